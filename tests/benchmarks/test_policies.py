"""What the benchmark of the policy pack sends and says; the pack's time is never judged here."""

from pulumi.runtime.proto import analyzer_pb2

from benchmarks.policies import Cost, judge, sent, table, verdict
from policies.catalog import RULES

URN = "urn:pulumi:dev::headroom::aws:rds/instance:Instance::main::of"
STATE = {
    "urn": URN,
    "type": "aws:rds/instance:Instance",
    "parent": "urn:parent",
    "inputs": {"publiclyAccessible": True, "tags": {"owner": "us"}},
    "propertyDependencies": {"tags": None, "vpcSecurityGroupIds": ["urn:group"]},
}


def test_a_resource_is_sent_as_an_engine_sends_it():
    resource = sent(STATE)
    assert (resource.name, resource.parent, resource.properties["publiclyAccessible"]) == (
        "main::of",
        "urn:parent",
        True,
    )
    assert list(resource.propertyDependencies["vpcSecurityGroupIds"].urns) == ["urn:group"]


def test_the_whole_pack_judges_all_of_them():
    cost = judge([sent(STATE)] * 3)
    assert (cost.resources, cost.rules) == (3, len(RULES) + 1)
    assert cost.peak_mib > 10
    assert isinstance(sent(STATE), analyzer_pb2.AnalyzerResource)


def test_the_verdict_names_the_sizes_that_take_too_much():
    fine, slow, large = Cost(100, 9, 0.1, 0.1, 60), Cost(300, 9, 0.5, 0.2, 60), Cost(1000, 9, 0.1, 0.1, 151)
    assert verdict([fine]) == "The pack stays within 2 ms a resource and 150 MiB."
    assert verdict([fine, slow, large]) == "More than 2 ms a resource and 150 MiB for 300, 1000 resources."
    assert table([fine]).splitlines()[1].split() == ["100", "9", "0.10", "s", "0.10", "s", "2.00", "60"]
