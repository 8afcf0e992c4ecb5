"""Registers as many plain resources as its stack asks for, and does nothing else."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
options = pulumi.ResourceOptions(
    provider=aws.Provider(
        "aws",
        region=pulumi.Config("aws").require("region"),
        allowed_account_ids=[config.require("account")],
        default_tags={"tags": {"Project": "bare"}},
    )
)
for number in range(config.require_int("count")):
    aws.cloudwatch.LogGroup(f"plain-{number}", retention_in_days=7, opts=options)
