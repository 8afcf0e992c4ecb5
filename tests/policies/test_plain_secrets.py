"""What looks like a secret in plain text, and what only sounds like one."""

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.plain_secrets import secret_name, secret_value

DIGEST = "0123456789abcdef" * 4
SECRETS = [
    ("DB_PASSWORD", "changeme", "its name"),
    ("dbPassword", "hunter2", "its name"),
    ("SESSION_KEY", "two words", "its name"),
    ("JWT_SECRET", "deadbeefdeadbeefdeadbeef", "its name"),
    ("JWT_SECRET", "aB3/kL9mN2pQ5rS8tU1v/wX4", "its name"),
    ("USER", "AKIAABCDEFGHIJKLMNOP", "AWS access key"),
    ("NOTE", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "private key"),
    ("HOOK", "https://hooks.slack.com/services/T000/B000/abcdef", "web hook"),
    ("DATABASE_URL", "postgres://app:s3cr3t@db:5432/app", "address with a password"),
    ("REDIS_URL", "rediss://:hunter2@cache:6379", "address with a password"),
    ("CONNECTION", "Server=db;User Id=app;Password=hunter2;", "a password"),
    ("BEARER", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln", "JWT"),
    ("SETTINGS", "x7Kp2mQ9vR4tY8wZ3nB6cD1f", "random text"),
    ("CONFIG", '{"apiToken": "letmein"}', "its name"),
    ("CONFIG", '{"url": "https://a:b@example.com"}', "address with a password"),
]
HARMLESS = [
    ("LOG_LEVEL", "debug"),
    ("TOKEN_TTL", "3600"),
    ("PASSWORD_MIN_LENGTH", "12"),
    ("PASSWORD_FILE", "/run/secrets/password"),
    ("CSRF_TOKEN_HEADER", "x-csrf-token"),
    ("SECRETS_BACKEND", "aws"),
    ("PASS_THROUGH", "yes"),
    ("PASSWORD", ""),
    ("API_TOKEN", "${API_TOKEN}"),
    ("API_KEY_DIGESTS_SECRET", "headroom/prod/keys/digests"),
    ("DB_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:111111111111:secret:main-AbCdEf"),
    ("DB_SECRET", "arn:aws:secretsmanager:eu-central-1:111111111111:secret:main-AbCdEf"),
    ("QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/111111111111/headroom-prod-jobs"),
    ("DATABASE_URL", "postgres://app@db:5432/app"),
    ("DATABASE_URL", "postgres://app:${PASSWORD}@db:5432/app"),
    ("COMMIT", "b9a2c9f1e2d3c4b5a697887766554433221100ff"),
    ("IMAGE", f"api@sha256:{DIGEST}"),
    ("REQUEST_ID", "123e4567-e89b-12d3-a456-426614174000"),
    ("BUCKET", "headroom-prod-logs-333333333333"),
    ("USER_POOL", "eu-central-1_AbCdEfGhI"),
    ("CLIENT", "3n4b5urk1ft4fl3mg5e62d9ado"),
    ("STRIPE_PUBLISHABLE_KEY", "pk_live_x7Kp2mQ9vR4tY8wZ3nB6cD1f"),
    ("PUBLIC_KEY", "x7Kp2mQ9vR4tY8wZ3nB6cD1f"),
    ("LIMITS", '{"headroom-prod-uploads": 5242880}'),
    ("OTEL_RESOURCE_ATTRIBUTES", f"service.version=sha256:{DIGEST},deployment.environment=prod"),
    ("SEARCH_HOST", "vpc-search-abcdefghijklmnop123.eu-central-1.es.amazonaws.com"),
]


@pytest.mark.parametrize(("name", "value", "what"), SECRETS)
def test_a_secret_is_found_and_described_without_its_value(name: str, value: str, what: str) -> None:
    found = secret_value(name, value)
    assert found is not None
    assert what in found
    assert value not in found


@pytest.mark.parametrize(("name", "value"), HARMLESS)
def test_what_only_sounds_like_a_secret_is_left_alone(name: str, value: str) -> None:
    assert secret_value(name, value) is None


@pytest.mark.parametrize(
    ("name", "promises"),
    [("API_KEY", True), ("apiKey", True), ("PRIVATE-KEY", True), ("MONKEY", False), ("COMPASS", False), ("KEY", False)],
)
def test_a_name_promises_a_secret_by_whole_words(name: str, promises: bool) -> None:
    assert secret_name(name) is promises


def test_nearly_all_generated_keys_are_found_whatever_they_are_called() -> None:
    source = random.Random(8)
    letters = string.ascii_letters + string.digits
    keys = ["".join(source.choices(letters, k=32)) for _ in range(1000)]
    assert sum(secret_value("SETTING", key) is not None for key in keys) > 950


@settings(max_examples=100)
@given(st.text(alphabet=string.ascii_lowercase + string.digits + "-./:_", max_size=80))
def test_names_of_things_are_never_taken_for_keys(value: str) -> None:
    """What AWS and this project call things is lower case; keys are mixed."""
    assert secret_value("SETTING", value) in (None, "an address with a password", "an API key")
