"""A function that fails is heard of. O1."""

from components.links import FunctionLink
from components.tasks.function_alarms import function_conditions

FUNCTION = FunctionLink(name="headroom-dev-limit-uploads", arn="arn", made_arn="arn")


def test_one_failed_call_is_enough_and_silence_is_fine():
    [condition] = function_conditions(FUNCTION, undone="uploads may stay")
    assert (condition.name, condition.severity, condition.threshold, condition.missing) == (
        "errors",
        "warn",
        0,
        "notBreaching",
    )
    assert condition.metrics["errors"].dimensions == {"FunctionName": "headroom-dev-limit-uploads"}
    assert condition.what == "the function fails, so uploads may stay"
