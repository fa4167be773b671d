"""Networks, scaling, domains and tracing of a service are made by the local cloud."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from localaws import Answer, ask, stack, upload

pytestmark = pytest.mark.local

FIXTURES = Path(__file__).parents[1] / "fixtures/localcloud"
CODE = """
import os
from extra import GREETING

def handler(event, context):
    return [GREETING, os.environ["PARAMETER"], os.environ["SECRET"]]
"""


def network(cloud: Any) -> dict[str, str]:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("python/extra.py", "GREETING = 'from a layer'")
    layer = cloud.client("lambda").publish_layer_version(
        LayerName="extra", Content={"ZipFile": zipped.getvalue()}
    )
    ssm = cloud.client("ssm")
    ssm.put_parameter(Name="/shop/layer", Value=layer["LayerVersionArn"], Type="String")
    ssm.put_parameter(Name="/shop/name", Value="shop", Type="String")
    template = (FIXTURES / "network.yaml").read_text()
    return stack(cloud, template, Bucket=upload(cloud, CODE))


def test_a_network_is_made_as_its_template_says(local_cloud: Any) -> None:
    made = network(local_cloud)
    shapes = {
        "Nat": "nat-", "Allocation": "eipalloc-", "Out": "sgr-", "In": "sgr-", "FlowLog": "fl-",
        "Endpoint": "vpce-",
    }  # fmt: skip
    assert [name for name, start in shapes.items() if not made[name].startswith(start)] == []

    ec2 = local_cloud.client("ec2")
    routes = ec2.describe_route_tables(RouteTableIds=[made["Private"]])["RouteTables"][0]
    assert made["Nat"] in [route.get("NatGatewayId") for route in routes["Routes"]]
    assert ec2.describe_nat_gateways()["NatGateways"][0]["State"] == "available"
    assert ec2.describe_addresses()["Addresses"][0]["PublicIp"] == made["Address"]
    assert ec2.describe_flow_logs()["FlowLogs"][0]["ResourceId"] == made["Vpc"]
    groups = {
        one["GroupId"]: one
        for one in ec2.describe_security_groups(GroupIds=[made["Group"], made["EndpointGroup"]])[
            "SecurityGroups"
        ]
    }
    out = groups[made["Group"]]["IpPermissionsEgress"][-1]
    assert (out["FromPort"], out["UserIdGroupPairs"][0]["GroupId"]) == (443, made["EndpointGroup"])
    into = groups[made["EndpointGroup"]]["IpPermissions"]
    assert [one["UserIdGroupPairs"][0]["GroupId"] for one in into] == [made["Group"]]


def test_a_function_in_a_network_runs_with_its_layer_and_resolved_values(local_cloud: Any) -> None:
    made = network(local_cloud)
    functions = local_cloud.client("lambda")
    answer = functions.invoke(FunctionName="inside:live")["Payload"]
    assert json.load(answer) == ["from a layer", "shop", "t0"]
    config = functions.get_function_configuration(FunctionName="inside:1")
    assert config["VpcConfig"]["VpcId"] == made["Vpc"]
    assert config["VpcConfig"]["SecurityGroupIds"] == [made["Group"]]
    concurrency = functions.get_function_concurrency(FunctionName="inside")
    assert concurrency["ReservedConcurrentExecutions"] == 5
    provisioned = functions.get_provisioned_concurrency_config(
        FunctionName="inside", Qualifier="live"
    )
    assert provisioned["RequestedProvisionedConcurrentExecutions"] == 1
    snap = functions.get_function_configuration(FunctionName="snap:1")
    assert (snap["State"], snap["SnapStart"]["OptimizationStatus"]) == ("Active", "On")


def test_scaling_and_tracing_are_only_recorded(local_cloud: Any) -> None:
    made = network(local_cloud)
    assert made["Target"] == "function:inside:live|lambda:function:ProvisionedConcurrency|lambda"
    assert made["Policy"].startswith("arn:aws:autoscaling:us-east-1:111111111111:scalingPolicy:")
    _, recorded = local_cloud.get("/_localcloud/recorded")
    assert {one["type"] for one in recorded} == {
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::XRay::Group",
        "AWS::XRay::SamplingRule",
    }


def test_a_network_goes_with_its_stack(local_cloud: Any) -> None:
    network(local_cloud)
    local_cloud.client("cloudformation").delete_stack(StackName="shop")
    ec2 = local_cloud.client("ec2")
    local_cloud.until(lambda: not ec2.describe_addresses()["Addresses"])
    assert ec2.describe_flow_logs()["FlowLogs"] == []
    assert [one["State"] for one in ec2.describe_nat_gateways()["NatGateways"]] == ["deleted"]


def test_a_rule_that_changes_is_made_anew(local_cloud: Any) -> None:
    made = network(local_cloud)
    template = (FIXTURES / "network.yaml").read_text().replace("ToPort: 443", "ToPort: 444")
    updated = stack(local_cloud, template, action="update", Bucket="code-111111111111-us-east-1")
    assert updated["In"] != made["In"]
    assert updated["Nat"] == made["Nat"]
    group = local_cloud.client("ec2").describe_security_groups(GroupIds=[made["EndpointGroup"]])
    rules = group["SecurityGroups"][0]["IpPermissions"]
    assert [one["ToPort"] for one in rules] == [444]


def test_a_domain_leads_to_its_api(local_cloud: Any) -> None:
    route53 = local_cloud.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    zone = zone.rpartition("/")[2]
    made = stack(local_cloud, (FIXTURES / "domain.yaml").read_text(), Zone=zone)

    acm = local_cloud.client("acm")
    certificate = acm.describe_certificate(CertificateArn=made["Certificate"])["Certificate"]
    assert certificate["Status"] == "ISSUED"
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    record = next(one for one in records if one["Name"] == "api.example.com.")
    assert record["AliasTarget"]["DNSName"] == f"{made['Target']}."
    assert (record["Region"], record["HealthCheckId"]) == ("us-east-1", made["Health"])
    assert made["HealthId"] == made["Health"]
    # Of an API without routes; no other service words it so.
    for host in ("api.example.com", made["Target"]):
        assert ask(local_cloud, "/orders", Host=host) == Answer(404, {"message": "Not Found"})
