"""W9409: what stands between a REST API and the internet."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.apis import Stage, key_of, stages
from generator.lint.template.text import WHOLE, placeholders

ASSOCIATIONS = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")


class WebAcl(Guardrail):
    """A REST stage has a web ACL; one cannot be attached to an HTTP API."""

    id = "W9409"
    shortdesc = "REST stage without a web ACL"
    description = (
        "Without a web ACL, floods, scanners and known exploits reach the API's methods and are "
        "paid for, and there is no place to shut an address out during an attack."
    )
    source_url = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "apigateway-control-access-aws-waf.html"
    )
    bad = """
Resources:
  Live:  # <- Live
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: live}
"""
    good = """
Resources:
  Live:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: live}
  Protection:
    Type: AWS::WAFv2::WebACLAssociation
    Properties:
      WebACLArn: !GetAtt WebAcl.Arn
      ResourceArn:
        !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${Api}/stages/${Live}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        protected = [
            node
            for association in template.of_type(*ASSOCIATIONS)
            for node in association.get("ResourceArn")
        ]
        for stage in stages(template):
            if (
                stage.is_rest
                and not _is_private(template, stage)
                and not any(_means(template, each, stage) for each in protected)
            ):
                yield Flaw.at(
                    stage.resource.at,
                    "add an AWS::WAFv2::WebACLAssociation whose ResourceArn is this stage",
                )


def _is_private(template: Template, stage: Stage) -> bool:
    """Whether a stage is not on the internet."""
    apis = [
        template.target(node, "AWS::ApiGateway::RestApi")
        for node in stage.resource.get("RestApiId")
    ]
    return any(
        kind.value == "PRIVATE"
        for api in (stage.resource, *apis)
        if api is not None
        for name in (("EndpointConfiguration", "Types"), ("EndpointConfiguration", "Type"))
        for kinds in api.get(*name)
        for kind in kinds.items()
    )


def _means(template: Template, arn: Node, stage: Stage) -> bool:
    """Whether an ARN is a stage's, or may be."""
    if template.conditions.both(arn.given, stage.resource.body.given) is None:
        return False
    text = arn.text
    if text is None or ((whole := WHOLE.fullmatch(text)) and whole[1] not in template.resources):
        return arn.is_unknown
    if any(name.partition(".")[0] == stage.resource.id for name in placeholders(text)):
        return True
    before, _, named = text.rpartition("/stages/")
    api = before.rpartition("/")[2]
    return _is_api(template, api, stage) and _is_name(template, named, stage)


def _is_api(template: Template, api: str, stage: Stage) -> bool:
    apis = [node.text for node in stage.resource.get("RestApiId")]
    return any(text and key_of(template, text) == key_of(template, api) for text in apis)


def _is_name(template: Template, named: str, stage: Stage) -> bool:
    if named in [node.text for node in stage.resource.get("StageName")]:
        return True
    # A parameter may be this stage's name; another stage's reference is not.
    return bool(placeholders(named)) and not template.resources.keys() & set(placeholders(named))
