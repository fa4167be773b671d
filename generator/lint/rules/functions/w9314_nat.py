"""W9314: NAT gateways where a gateway endpoint would do."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Resource, Template
from generator.lint.template.networks import VPC, endpoints, nat_gateways


class Nat(Guardrail):
    """What gateway endpoints carry for nothing does not go through NAT gateways."""

    id = "W9314"
    shortdesc = "NAT gateways without a gateway endpoint for S3"
    description = (
        "A NAT gateway costs by the hour in every zone and by every gigabyte, also of what goes to "
        "S3 and DynamoDB. Gateway endpoints carry that for nothing, and often leave nothing for a "
        "NAT gateway to do."
    )
    source_url = "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html"
    bad = """
Resources:
  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.0.0.0/24}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.0.1.0/24}}
  NatA: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref A}}  # <- NatA
  NatB: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref B}}
"""
    good = """
Resources:
  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.0.0.0/24}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.0.1.0/24}}
  NatA: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref A}}
  NatB: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref B}}
  Objects:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcId: !Ref Network, ServiceName: !Sub "com.amazonaws.${AWS::Region}.s3"}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for vpc in template.of_type(VPC):
            gateways = nat_gateways(template, vpc)
            if len(gateways) > 1 and not any(
                _may_be_of_s3(endpoint) for endpoint in endpoints(template, vpc)
            ):
                yield Flaw.at(
                    gateways[0].at,
                    f"add an AWS::EC2::VPCEndpoint for S3 (and DynamoDB) to {vpc.id} first: "
                    f"{len(gateways)} NAT gateways carry it now",
                )


def _may_be_of_s3(endpoint: Resource) -> bool:
    return any(
        name.text is None or name.text.endswith((".s3", "}"))
        for name in endpoint.get("ServiceName")
    )
