"""`headroom keys drill`: a key is rotated while it is in use."""

from __future__ import annotations

import json
import re

from operations.keys.attempts import by_command


def test_a_drill_goes_through_every_step_without_a_refused_call(town):
    town.api_key(settle_seconds=2)
    printed = town.keys("drill", "dev", "--cache-seconds", "1")
    steps = re.findall(r"^  ([\w ]+): (\d+) calls, (\d+) refused$", printed, flags=re.MULTILINE)
    assert [step for step, _, _ in steps] == [
        "before",
        "rotation",
        "both valid",
        "old one brought back",
        "new one current again",
        "all read the new one",
        "old one ended",
        "after",
    ]
    assert all(int(calls) > 5 and refused == "0" for _, calls, refused in steps)
    assert re.search(r"^No call was refused, of \d+; the old one is, now\.$", printed, flags=re.MULTILINE)
    assert "previous" not in town.digests()


def test_a_drill_counts_the_calls_that_a_careless_rotation_loses(town):
    # Services go by what they have read for an hour, and the new key is handed out at once.
    town.api_key(settle_seconds=0)
    printed = town.keys("drill", "dev", "--cache-seconds", "3600", code=1)
    assert re.search(r"Error: \d+ of \d+ calls were refused in the step 'rotation'", printed)
    assert "previous" in town.digests()


def test_a_drill_of_a_key_that_is_not_there_is_refused(town):
    town.api_key()
    assert "dev has no API key partner; there are: frontend" in town.keys(
        "drill", "dev", "--consumer", "partner", code=1
    )


def test_a_drill_of_a_databases_user_signs_in_throughout_and_not_with_the_old_password_afterwards(town):
    town.database()
    printed = town.keys("drill", "dev", "--user", "service/api/database")
    assert "by headroom/dev/database/main/logins" in printed
    steps = re.findall(r"^  ([\w ]+): (\d+) calls, (\d+) refused$", printed, flags=re.MULTILINE)
    assert len(steps) == 8
    assert all(int(calls) > 2 and refused == "0" for _, calls, refused in steps), steps
    assert sorted(town.valid()) == ["api__2", "web"]


def test_a_sign_in_is_a_command_of_yours_with_the_secrets_fields_as_variables():
    attempt = by_command('test "$USERNAME:$PASSWORD" = "api:swordfish" && test -n "$DIRECT_URL"')
    value = {"username": "api", "password": "swordfish", "direct_url": "postgresql://h/api"}
    assert attempt(json.dumps(value)) == 200
    assert attempt(json.dumps({**value, "password": "x"})) == 403


def test_a_drill_of_what_nobody_signs_in_with_is_refused(town):
    town.secret("service/api/SESSION_KEY", {"a": "b"})
    printed = town.keys("drill", "dev", "--user", "SESSION_KEY", code=1)
    assert "service/api/SESSION_KEY is a secret, and nobody signs in with it" in printed
