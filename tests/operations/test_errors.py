"""What went wrong is said once, in words that a user can act on."""

from __future__ import annotations

import pytest

from operations import events
from operations.changes import Run
from operations.errors import CLOUD_LOST, CloudLost, Failure, Invocation, Outcome, check

DEV = Invocation(environment="dev", offline=True)
GROUP = "urn:pulumi:dev::headroom::headroom:compute:EcsService$aws:cloudwatch/logGroup:LogGroup::api"
STACK = "urn:pulumi:dev::headroom::pulumi:pulumi:Stack::headroom-dev"


def failure(stderr: str = "", *errors: tuple[str, str], invocation: Invocation = DEV, code: int = 255) -> Failure:
    run = Run()
    for message, urn in errors:
        run.add(events.read({"diagnosticEvent": {"severity": "error", "message": message, "urn": urn}}))
    with pytest.raises(Failure) as caught:
        check(Outcome(code=code, stdout="", stderr=stderr), invocation, run)
    return caught.value


def test_a_command_that_went_well_raises_nothing() -> None:
    check(Outcome(code=0, stdout="", stderr="error: not one"), DEV)


def test_a_resources_error_starts_with_the_resource_and_names_its_urn_nowhere() -> None:
    said = failure("", (f"creating {GROUP}: ResourceAlreadyExistsException: it exists", GROUP)).message
    assert said == "cloudwatch.LogGroup api: creating ResourceAlreadyExistsException: it exists"


def test_an_error_of_the_stack_is_shown_as_it_is() -> None:
    assert failure("", ("headroom:owner is missing", STACK)).message == "headroom:owner is missing"


def test_each_error_is_said_once() -> None:
    assert failure("error: x", ("same", STACK), ("same", STACK), ("other", STACK)).message == "2 errors:\nsame\nother"


def test_what_is_only_an_aftermath_is_left_out() -> None:
    assert failure("", ("no", STACK), ("Resource monitor has terminated, shutting down", STACK)).message == "no"
    assert failure("", ("update failed", STACK)).message == "update failed"


def test_a_resource_that_the_provider_names_again_is_named_once() -> None:
    message = "aws:cloudwatch/logGroup:LogGroup api: the name is taken"
    assert failure("", (message, GROUP)).message == "cloudwatch.LogGroup api: the name is taken"


def test_a_traceback_becomes_its_last_line_and_the_place_in_this_project() -> None:
    message = (
        "Program failed with an unhandled exception:\nTraceback (most recent call last):\n"
        '  File "/usr/lib/python3.11/runpy.py", line 1, in run\n    exec()\n'
        '  File "/home/me/headroom/infra/program.py", line 12, in main\n    boom()\n'
        '  File "/home/me/headroom/.venv/lib/python3.11/site-packages/pulumi/x.py", line 3, in y\n    z()\n'
        "ValueError: storage_gib is 5; RDS gp3 starts at 20\n"
    )
    said = failure("", (message, STACK)).message
    assert (
        said == "ValueError: storage_gib is 5; RDS gp3 starts at 20\n  in /home/me/headroom/infra/program.py, line 12"
    )


def test_without_diagnostics_the_engines_own_error_is_shown_without_its_label() -> None:
    assert failure("offline engine\nerror: no such flag: --magic").message == "no such flag: --magic"


def test_an_engine_that_says_nothing_is_still_an_error() -> None:
    assert failure("", code=9).message == "the engine stopped with exit code 9"


def test_a_locked_stack_says_who_holds_it_and_how_to_stop_that() -> None:
    said = failure("error: the stack is currently locked by 1 lock(s). pid 12 on laptop since 10:00")
    assert said.message.startswith("dev is in use by another run.\n")
    assert said.message.splitlines()[1] == "pid 12 on laptop since 10:00"
    assert any(remedy.startswith("headroom cancel dev --offline") for remedy in said.remedies)


def test_a_locked_stack_leaves_out_lock_files_and_advice_about_other_commands() -> None:
    said = failure(
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process to end or interrupt it "
        "with `pulumi cancel`.\n  /home/me/state/.pulumi/locks/headroom/dev.lock: update, pid 12 on laptop\n"
    )
    assert said.message == "dev is in use by another run.\nupdate, pid 12 on laptop"


def test_several_wrong_settings_are_counted() -> None:
    lines = ("Pulumi.dev.yaml: headroom:owner is missing", "Pulumi.dev.yaml: headroom:network.nat is 3")
    assert failure("", ("\n".join(lines), STACK)).message.splitlines() == ["2 settings are wrong:", *lines]
    assert failure("", (lines[0], STACK)).message == lines[0]


def test_what_is_said_of_the_run_and_of_a_resource_is_one_error() -> None:
    assert failure("", ("the pack has no rule x", ""), ("the pack has no rule x", GROUP)).message == (
        "the pack has no rule x"
    )


@pytest.mark.parametrize("words", ["/full/state: No space left on device", "/file/state: Not a directory"])
def test_a_home_that_keeps_nothing_names_the_variable_that_chooses_another(words: str) -> None:
    assert "HEADROOM_OFFLINE_HOME" in failure(f"error: {words}").remedies[0]
    aws = Invocation(environment="dev", offline=False)
    assert failure(f"error: {words}", invocation=aws).remedies == ()


def test_a_lost_cloud_offers_to_rebuild() -> None:
    said = failure(f"error: {CLOUD_LOST} (started ..., lost ...)")
    assert isinstance(said, CloudLost)
    assert "is gone" in said.message
    assert said.remedies[0].startswith("headroom up dev --offline --rebuild")


@pytest.mark.parametrize(
    "words",
    [
        "resource cannot be deleted because it is protected",
        "InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection",
        "OperationNotPermitted: Load balancer cannot be deleted because deletion protection is enabled",
    ],
)
def test_protection_names_the_setting_to_change_and_the_order_of_commands(words: str) -> None:
    prod = Invocation(environment="prod", offline=False)
    remedies = failure("", (words, GROUP), invocation=prod).remedies
    assert "Pulumi.prod.yaml" in remedies[0]
    assert [remedy.split("  ")[0] for remedy in remedies[1:]] == ["headroom up prod", "headroom down prod"]


def test_what_is_protected_is_named_in_a_line() -> None:
    words = f"resource '{GROUP}' cannot be deleted\nbecause it is protected. To unprotect the resource, remove the flag"
    assert failure("", (words, GROUP)).message == "cloudwatch.LogGroup api is protected and can't be deleted"


def test_expired_credentials_say_to_sign_in_again() -> None:
    assert "sign in" in failure("error: ExpiredToken: the token has expired").remedies[0]
