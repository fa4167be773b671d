"""E9801: how an alias moves to a new version."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.text import WHOLE

UPDATE = ("UpdatePolicy", "CodeDeployLambdaAliasUpdate")
APPLICATION = "AWS::CodeDeploy::Application"
GROUP = "AWS::CodeDeploy::DeploymentGroup"


class AliasUpdate(Guardrail):
    """Where CodeDeploy is there, it moves the aliases."""

    id = "E9801"
    shortdesc = "Alias that CloudFormation moves at once although CodeDeploy is there"
    description = (
        "Without an update policy CloudFormation moves the alias to the new version at once: no "
        "canary, no alarm, no rollback; the deployment group stands beside it and does nothing."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-attribute-updatepolicy.html"
    )
    bad = """
Resources:
  Application:
    Type: AWS::CodeDeploy::Application
    Properties: {ComputePlatform: Lambda}
  Live:  # <- Live
    Type: AWS::Lambda::Alias
    Properties: {Name: live, FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version}
"""
    good = """
Resources:
  Application:
    Type: AWS::CodeDeploy::Application
    Properties: {ComputePlatform: Lambda}
  Group:
    Type: AWS::CodeDeploy::DeploymentGroup
    Properties: {ApplicationName: !Ref Application, ServiceRoleArn: !GetAtt Role.Arn}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {Name: live, FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version}
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        ApplicationName: !Ref Application
        DeploymentGroupName: !Ref Group
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        applications = [each for each in template.of_type(APPLICATION) if _is_for_lambda(each)]
        for alias in template.of_type("AWS::Lambda::Alias"):
            for policy in alias.body.get(*UPDATE):
                there = any(
                    template.conditions.both(policy.given, each.body.given) is not None
                    for each in applications
                )
                if there and policy.is_absent:
                    yield Flaw.at(
                        policy,
                        "set UpdatePolicy.CodeDeployLambdaAliasUpdate with ApplicationName and "
                        "DeploymentGroupName of this template",
                    )
                elif there:
                    yield from _strangers(template, policy)


def _is_for_lambda(application: Resource) -> bool:
    return any(node.value == "Lambda" for node in application.get("ComputePlatform"))


def _strangers(template: Template, policy: Node) -> Iterator[Flaw]:
    """Find names of what is not in the template, or does not go together."""
    for name in policy.get("ApplicationName"):
        if not _may_be(template, name, APPLICATION):
            yield Flaw.at(name, "set ApplicationName to the CodeDeploy application of the template")
            continue
        for named in policy.get("DeploymentGroupName", given=name.given):
            group = template.target(named, GROUP)
            if not _may_be(template, named, GROUP):
                yield Flaw.at(
                    named, "set DeploymentGroupName to a deployment group of the template"
                )
            elif group and _is_of_another(template, group, name):
                yield Flaw.at(
                    named, f"set DeploymentGroupName to a group of ApplicationName, not {group.id}"
                )


def _is_of_another(template: Template, group: Resource, name: Node) -> bool:
    application = template.target(name, APPLICATION)
    return application is not None and any(
        (other := template.target(of, APPLICATION)) is not None and other.id != application.id
        for of in group.get("ApplicationName", given=name.given)
    )


def _may_be(template: Template, name: Node, kind: str) -> bool:
    """Whether a name is that of a resource of the template, or nobody can tell."""
    if name.is_absent:
        return False
    if name.text is None or template.target(name, kind) is not None:
        return True
    if kind == GROUP and name.text in template.once(_names_of_groups):
        return True
    whole = WHOLE.fullmatch(name.text)
    return whole is not None and whole[1] not in template.resources


def _names_of_groups(template: Template) -> frozenset[str]:
    return frozenset(
        node.text
        for group in template.of_type(GROUP)
        for node in group.get("DeploymentGroupName")
        if node.text
    )
