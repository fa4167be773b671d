"""E9313: service names of VPC endpoints."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template

REGION = re.compile(r"(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d+)(?:\.|$)")


class EndpointRegion(Guardrail):
    """An endpoint leads to the service of its own region."""

    id = "E9313"
    shortdesc = "VPC endpoint names a region"
    description = (
        "An endpoint leads to a service of the region it is in: with a written region, the "
        "template can be deployed in that one only."
    )
    source_url = (
        "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html"
    )
    bad = """
Resources:
  Objects:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !ImportValue vpc
      ServiceName: com.amazonaws.us-east-1.s3  # <- Objects
"""
    good = """
Resources:
  Objects:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !ImportValue vpc
      ServiceName: !Sub "com.amazonaws.${AWS::Region}.s3"
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for endpoint in template.of_type("AWS::EC2::VPCEndpoint"):
            for elsewhere in endpoint.get("ServiceRegion"):
                if not elsewhere.is_absent:
                    continue  # meant to lead to another region
                for name in endpoint.get("ServiceName", given=elsewhere.given):
                    text = name.text or ""
                    if found := REGION.search(text):
                        if "vpce-svc-" in text:
                            yield Flaw.at(name, "make ServiceName a parameter: it is of one region")
                        else:
                            written = text.replace(found[1], "${AWS::Region}")
                            yield Flaw.at(name, f'write ServiceName: !Sub "{written}"')
