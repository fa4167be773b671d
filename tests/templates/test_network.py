"""The network that a service makes, or is given."""

from __future__ import annotations

import json

import pytest
from templates.rendered import Template, resolve, units_of

pytestmark = pytest.mark.unit

MANAGED = units_of("network")["service"]
NAT = units_of("network-nat")["service"]
managed = pytest.mark.parametrize("made", [MANAGED, NAT], ids=str)


def test_without_a_network_there_is_none() -> None:
    dev = units_of("dev")["service"]
    assert not any(r["Type"].startswith("AWS::EC2::") for r in dev.body["Resources"].values())
    assert all("VpcConfig" not in f for f in dev.of_type("AWS::Lambda::Function").values())


@managed
def test_functions_run_in_private_subnets_of_two_zones_or_more(made: Template) -> None:
    subnets = made.of_type("AWS::EC2::Subnet")
    config = made.of_type("AWS::Lambda::Function")["OrdersFunction"]["VpcConfig"]
    own = [each["Ref"] for each in config["SubnetIds"]]
    assert len(own) == made.config.network.zones >= 2
    zones = {json.dumps(subnets[each]["AvailabilityZone"]) for each in own}
    assert len(zones) == len(own)
    assert config["SecurityGroupIds"] == [{"Ref": "FunctionsSecurityGroup"}]
    blocks = [json.dumps(subnet["CidrBlock"]) for subnet in subnets.values()]
    assert len(set(blocks)) == len(blocks)
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets.values())


def test_nothing_is_public_unless_a_nat_is_asked_for() -> None:
    kinds = {r["Type"] for r in MANAGED.body["Resources"].values()}
    assert not kinds & {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route"}
    assert len(NAT.of_type("AWS::EC2::NatGateway")) == 3
    ways_out = {
        id_: route["NatGatewayId"]["Ref"]
        for id_, route in NAT.of_type("AWS::EC2::Route").items()
        if "NatGatewayId" in route
    }
    assert ways_out == {f"PrivateRoute{n}": f"NatGateway{n}" for n in (1, 2, 3)}


def test_no_security_group_lets_anything_out_but_to_the_endpoints_and_services_named() -> None:
    groups = MANAGED.of_type("AWS::EC2::SecurityGroup")
    assert "0.0.0.0/0" not in json.dumps(groups)
    for group in groups.values():
        assert group["SecurityGroupEgress"], "none would mean all"
    to = json.dumps(groups["FunctionsSecurityGroup"]["SecurityGroupEgress"])
    for target in ("EndpointsSecurityGroup", "S3PrefixList", "DynamoDbPrefixList"):
        assert target in to


@managed
def test_endpoints_are_those_of_what_functions_call_and_let_own_credentials_through(
    made: Template,
) -> None:
    endpoints = made.of_type("AWS::EC2::VPCEndpoint")
    services = {e["ServiceName"]["Fn::Sub"].rsplit(".", 1)[1] for e in endpoints.values()}
    assert services == {"s3", "dynamodb", "xray"} | set(made.config.network.endpoints)
    for endpoint in endpoints.values():
        (statement,) = endpoint["PolicyDocument"]["Statement"]
        service = endpoint["ServiceName"]["Fn::Sub"].rsplit(".", 1)[1]
        assert statement["Action"] == f"{service}:*"
        condition = statement["Condition"]["StringEquals"]
        assert condition["aws:PrincipalAccount"] == {"Ref": "AWS::AccountId"}


@managed
def test_subnets_fit_their_block(made: Template) -> None:
    (network,) = [made.view.values()["network"]]
    assert 2**network.block_bits * network.blocks == 2 ** (32 - network.prefix_length)
    assert made.config.network.zones <= 8


def test_interfaces_are_made_in_the_function_s_own_subnets_only() -> None:
    for variant, wanted in (("network", "PrivateSubnet1"), ("network-existing", "SubnetIds")):
        service = units_of(variant)["service"]
        statements = {s["Sid"]: s for id_, s in service.statements() if id_ == "OrdersRole"}
        condition = statements["MakeInterfacesInSubnets"]["Condition"]
        assert wanted in json.dumps(condition)


def test_an_existing_network_is_in_the_description_of_a_version() -> None:
    version = units_of("network-existing")["service"].of_type("AWS::Lambda::Version")
    _, own = version["OrdersVersion"]["Description"]["Fn::Sub"]
    assert resolve(own["Subnet"], {}) is not None
    assert own["Subnet"] == {"Fn::Select": [0, {"Ref": "SubnetIds"}]}
