"""How what lies and travels encrypted comes to be read."""

import json
from typing import Any

from policies.graph import Resource
from tests.policies.mutations.mutation import Mutation, drop, edit_each, put, without

INSTANCE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
LISTENER = "aws:lb/listener:Listener"
CDN = "aws:cloudfront/distribution:Distribution"
VPC_ORIGIN = "aws:cloudfront/vpcOrigin:VpcOrigin"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
WITH_A_DOMAIN = ("staging", "prod")
"""Environments that have certificates."""


def https(listener: Resource) -> bool:
    return bool(listener.properties["protocol"] == "HTTPS")


def http(listener: Resource) -> bool:
    return bool(listener.properties["protocol"] == "HTTP")


def without_force(group: dict[str, Any]) -> None:
    group["family"] = "postgres14"
    group["parameters"] = [one for one in group["parameters"] if one["name"] != "rds.force_ssl"]


def without_tls_only(policy: dict[str, Any]) -> None:
    document = json.loads(policy["policy"])
    document["Statement"] = [one for one in document["Statement"] if one["Sid"] != "TlsOnly"]
    policy["policy"] = json.dumps(document)


MUTATIONS = [
    Mutation(rule="rds-encrypted", change=put(INSTANCE, "storageEncrypted", False)),
    Mutation(rule="cmk-used", change=put("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId", "alias/aws/logs")),
    Mutation(rule="cmk-used", change=drop("aws:secretsmanager/secret:Secret", "kmsKeyId")),
    Mutation(rule="cache-encrypted", change=put(CACHE, "transitEncryptionEnabled", False)),
    Mutation(rule="cache-encrypted", change=put(CACHE, "transitEncryptionMode", "preferred")),
    Mutation(rule="cache-encrypted", change=put(CACHE, "atRestEncryptionEnabled", False)),
    Mutation(
        rule="bucket-encrypted",
        change=without("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"),
    ),
    Mutation(rule="eks-secrets-encrypted", change=drop("aws:eks/cluster:Cluster", "encryptionConfig"), compute="eks"),
    Mutation(rule="queue-topic-encrypted", change=put("aws:sns/topic:Topic", "kmsMasterKeyId", "")),
    Mutation(rule="rds-tls-forced", change=put(PARAMETERS, "parameters.2.value", "0")),
    Mutation(rule="rds-tls-forced", change=edit_each(PARAMETERS, without_force)),
    Mutation(
        rule="proxy-tls", change=put("aws:rds/proxy:Proxy", "requireTls", False), environments=("prod",)
    ),  # the others have none
    Mutation(rule="bucket-tls-only", change=without(BUCKET_POLICY)),
    Mutation(rule="bucket-tls-only", change=edit_each(BUCKET_POLICY, without_tls_only)),
    Mutation(
        rule="listener-https",
        change=put(LISTENER, "defaultActions", [{"type": "fixed-response"}], http),
        environments=WITH_A_DOMAIN,
    ),
    Mutation(
        rule="listener-https", change=put("aws:lb/loadBalancer:LoadBalancer", "internal", False), environments=("dev",)
    ),
    Mutation(
        rule="listener-tls-policy",
        change=put(LISTENER, "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06", https),
        environments=WITH_A_DOMAIN,
    ),
    Mutation(
        rule="cdn-viewer-tls",
        change=put(CDN, "orderedCacheBehaviors.0.viewerProtocolPolicy", "allow-all"),
        environments=WITH_A_DOMAIN,
    ),
    Mutation(
        rule="cdn-viewer-tls",
        change=put(CDN, "viewerCertificate.minimumProtocolVersion", "TLSv1"),
        environments=WITH_A_DOMAIN,
    ),
    Mutation(
        rule="cdn-origin-tls",
        change=put(VPC_ORIGIN, "vpcOriginEndpointConfig.originProtocolPolicy", "http-only"),
        environments=WITH_A_DOMAIN,
    ),
    Mutation(
        rule="cdn-origin-tls", change=put(VPC_ORIGIN, "vpcOriginEndpointConfig.originSslProtocols.items", ["TLSv1"])
    ),
]
