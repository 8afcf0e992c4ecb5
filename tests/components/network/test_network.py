import json
from dataclasses import replace

import pulumi
import pytest

from components.access import Scope
from components.links import KeyLink
from components.network.network import INTERFACE_ENDPOINTS, Network, NetworkArgs

KEY = "arn:aws:kms:eu-central-1:111111111111:key/1234"
ARGS = NetworkArgs(
    scope=Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    cidr="10.10.0.0/16",
    zones=["a", "b", "c"],
    nat="per-zone",
    flow_log_days=30,
    key=KeyLink(arn=KEY, alias="alias/headroom-dev-operations"),
)


@pytest.fixture
def network(run):
    def registered(preview=False, **changes):
        return run(lambda: Network("network", replace(ARGS, **changes)), preview=preview)

    return registered


def route_tables_of(stack, tier):
    """Route table ids of a tier's subnets."""
    subnets = {f"network-{tier}-{zone}-id" for zone in "abc"}
    links = [r["inputs"] for r in stack.all("RouteTableAssociation")]
    return {link["routeTableId"] for link in links if link["subnetId"] in subnets}


def ways_out_of(stack, tier):
    """What routes to the internet a tier has, by route table."""
    tables = route_tables_of(stack, tier)
    routes = [r["inputs"] for r in stack.all("Route") if r["inputs"]["routeTableId"] in tables]
    return {r["routeTableId"]: r.get("gatewayId") or r["natGatewayId"] for r in routes}


def test_each_zone_has_a_public_a_private_and_an_isolated_subnet(network):
    stack = network()
    zones = {r["name"]: r["inputs"]["availabilityZone"] for r in stack.all("Subnet")}
    assert zones == {
        f"network-{tier}-{zone}": f"eu-central-1{zone}"
        for tier in ("public", "private", "isolated")
        for zone in ("a", "b", "c")
    }


def test_public_subnets_reach_the_internet_gateway(network):
    assert ways_out_of(network(), "public") == {"network-public-id": "network-id"}


def test_private_subnets_leave_by_the_nat_gateway_of_their_own_zone(network):
    assert ways_out_of(network(), "private") == {
        f"network-private-{zone}-id": f"network-nat-{zone}-id" for zone in "abc"
    }


def test_each_nat_gateway_stands_in_the_public_subnet_of_its_zone(network):
    places = {r["name"]: r["inputs"]["subnetId"] for r in network().all("NatGateway")}
    assert places == {f"network-nat-{zone}": f"network-public-{zone}-id" for zone in "abc"}


def test_a_nat_gateway_waits_for_the_way_to_the_internet(network):
    stack = network()
    route = stack.one("Route", "network-public-internet")["urn"]
    assert all(route in nat["options"]["depends_on"] for nat in stack.all("NatGateway"))


def test_a_single_nat_gateway_serves_all_zones(network):
    stack = network(nat="single")
    assert stack.names("NatGateway") == ["network-nat-a"]
    assert set(ways_out_of(stack, "private").values()) == {"network-nat-a-id"}


def test_without_nat_nothing_leaves_and_endpoints_reach_what_tasks_need(network):
    stack = network(nat="none")
    assert stack.all("NatGateway") == stack.all("Eip") == []
    assert ways_out_of(stack, "private") == {}
    interfaces = [r["inputs"] for r in stack.all("VpcEndpoint") if r["inputs"]["vpcEndpointType"] == "Interface"]
    assert [i["serviceName"] for i in interfaces] == [f"com.amazonaws.eu-central-1.{s}" for s in INTERFACE_ENDPOINTS]
    assert all(i["privateDnsEnabled"] for i in interfaces)
    assert all(len(i["subnetIds"]) == 3 for i in interfaces)


def test_interface_endpoints_answer_https_from_inside_the_vpc_only(network):
    stack = network(nat="none")
    rule = stack.one("SecurityGroupIngressRule")["inputs"]
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.10.0.0/16", 443, 443)
    assert stack.all("SecurityGroupEgressRule") == []


def test_isolated_subnets_have_no_way_out(network):
    stack = network()
    assert route_tables_of(stack, "isolated") == {"network-isolated-id"}
    assert ways_out_of(stack, "isolated") == {}


@pytest.mark.parametrize("nat", ["single", "per-zone", "none"])
def test_s3_is_always_reached_inside_aws(network, nat):
    (gateway,) = [
        r["inputs"] for r in network(nat=nat).all("VpcEndpoint") if r["inputs"]["vpcEndpointType"] == "Gateway"
    ]
    assert gateway["serviceName"] == "com.amazonaws.eu-central-1.s3"
    assert set(gateway["routeTableIds"]) == {
        *(f"network-private-{zone}-id" for zone in "abc"),
        "network-isolated-id",
    }


def test_no_subnet_gives_out_public_addresses(network):
    assert {r["inputs"]["mapPublicIpOnLaunch"] for r in network().all("Subnet")} == {False}


def test_the_default_security_group_is_emptied(network):
    default = network().one("DefaultSecurityGroup")["inputs"]
    assert (default["ingress"], default["egress"]) == ([], [])


def test_flow_logs_record_all_traffic_encrypted_for_as_long_as_told(network):
    stack = network(flow_log_days=90)
    group, flow = stack.one("LogGroup"), stack.one("FlowLog")["inputs"]
    assert group["inputs"]["name"] == "/headroom/dev/network-flow-logs"
    assert (group["inputs"]["retentionInDays"], group["inputs"]["kmsKeyId"]) == (90, KEY)
    assert (flow["trafficType"], flow["logDestination"]) == ("ALL", "arn:aws:cloudwatch:" + group_arn())


def group_arn():
    """As the pretended engine makes it."""
    return "eu-central-1:111111111111:loggroup//headroom/dev/network-flow-logs"


def test_a_flow_log_that_is_replaced_goes_before_the_new_one_comes(network):
    assert network(flow_log_days=90).one("FlowLog")["options"]["delete_before_replace"] is True


def test_the_flow_logs_role_writes_to_its_one_log_group_and_is_known_beforehand(network):
    stack = network(preview=True)
    group = "arn:aws:logs:eu-central-1:111111111111:log-group:/headroom/dev/network-flow-logs"
    (statement,) = json.loads(stack.one("RolePolicy")["inputs"]["policy"])["Statement"]
    assert statement["Resource"] == [group, f"{group}:*"]
    assert "logs:CreateLogGroup" not in statement["Action"]


def test_only_flow_logs_of_this_account_take_that_role(network):
    (trust,) = json.loads(network(preview=True).one("Role")["inputs"]["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-central-1:111111111111:vpc-flow-log/*"},
    }


def inputs_by_name(stack):
    return {(r["type"], r["name"]): r["inputs"] for r in stack.resources if r["type"].startswith("aws:")}


def test_a_new_zone_only_adds(network):
    before, after = inputs_by_name(network(zones=["a", "b"])), inputs_by_name(network(zones=["a", "b", "c"]))
    gateway = ("aws:ec2/vpcEndpoint:VpcEndpoint", "network-s3")  # its list of route tables grows in place
    assert before.keys() < after.keys()
    assert {key for key in before if before[key] != after[key]} == {gateway}


def test_a_zone_can_be_taken_from_the_middle(network):
    before, after = inputs_by_name(network()), inputs_by_name(network(zones=["a", "c"]))
    gateway = ("aws:ec2/vpcEndpoint:VpcEndpoint", "network-s3")
    assert {key for key in after if before[key] != after[key]} == {gateway}
    assert all("-b" in name for _, name in before.keys() - after.keys())


@pytest.mark.parametrize("zones", [["a"], ["a", "a"], []])
def test_fewer_than_two_zones_are_refused(zones):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared as a whole)
        replace(ARGS, zones=zones)
    assert str(error.value) == f"zones are {zones}; name at least two, each once"


def test_every_child_belongs_to_the_network(network):
    stack = network(nat="none")
    component = stack.one("headroom:network:Network")
    assert {r["parent"] for r in stack.resources if r is not component} == {component["urn"]}
    assert set(stack.registered_outputs[component["urn"]]) == {
        "vpcId",
        "publicSubnetIds",
        "privateSubnetIds",
        "isolatedSubnetIds",
    }


def test_subnets_are_handed_on_in_the_order_of_the_zones(run):
    def program():
        network = Network("network", replace(ARGS, zones=["b", "a"]))
        pulumi.export("ids", network.link.private_subnet_ids)

    assert run(program).exports["ids"] == ["network-private-b-id", "network-private-a-id"]


def test_nat_gateways_wait_for_the_way_to_the_internet(network):
    stack = network()
    route = stack.one("Route", "network-public-internet")["urn"]
    assert all(route in gateway["options"]["depends_on"] for gateway in stack.all("NatGateway"))


@pytest.mark.parametrize(
    ("nat", "ways"),
    [
        ("single", {f"network-private-{zone}-nat" for zone in "abc"}),
        ("none", {f"network-{service.replace('.', '-')}" for service in INTERFACE_ENDPOINTS}),
    ],
)
def test_tasks_can_wait_for_their_way_to_image_and_secrets(run, nat, ways):
    def program():
        network = Network("network", replace(ARGS, nat=nat))
        pulumi.export("ready", [resource._name for resource in network.link.private_ready])

    assert set(run(program).exports["ready"]) == {"network-s3", *ways}
