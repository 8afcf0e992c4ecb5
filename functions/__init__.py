"""Code that runs in AWS: one folder a Lambda, nothing beyond boto3."""
