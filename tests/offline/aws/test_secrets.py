"""Versions of secrets and their staging labels, as AWS moves them."""

from __future__ import annotations

from tests.offline.aws.provider_harness import Aws, Maker

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"


def test_a_label_of_ones_own_stays_with_its_version(aws: Aws, make: Maker) -> None:
    secret = make(SECRET, {"name": "labelled", "recoveryWindowInDays": 0}, "labelled")
    make(VERSION, {"secretId": secret.id, "secretString": "one", "versionStages": ["AWSCURRENT", "mine"]}, "first")
    make(VERSION, {"secretId": secret.id, "secretString": "two"}, "second")
    client = aws("secretsmanager")
    labels = client.list_secret_version_ids(SecretId="labelled")["Versions"]
    assert sorted(sorted(version["VersionStages"]) for version in labels) == [["AWSCURRENT"], ["AWSPREVIOUS", "mine"]]
    assert client.get_secret_value(SecretId="labelled", VersionStage="mine")["SecretString"] == "one"
