"""The offline AWS provider: Pulumi's provider protocol towards the engine, boto3 towards the emulated AWS."""
