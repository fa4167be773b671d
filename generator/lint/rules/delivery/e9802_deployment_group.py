"""E9802: what ends a deployment that goes wrong."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Resource, Template
from generator.lint.template.conditions import Given

APPLICATION = "AWS::CodeDeploy::Application"
GROUP = "AWS::CodeDeploy::DeploymentGroup"
CONFIG = "AWS::CodeDeploy::DeploymentConfig"
EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")
STYLE = {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"}
AWS_OWN = "CodeDeployDefault."
FOR_LAMBDA = "CodeDeployDefault.Lambda"


class DeploymentGroup(Guardrail):
    """A Lambda deployment group watches alarms, and takes a bad version back by itself."""

    id = "E9802"
    shortdesc = "Lambda deployment group that does not roll back by itself"
    description = (
        "Without alarms nothing stops a bad version, and without rollback it keeps the traffic "
        "that it has got until somebody wakes up; with another platform's style or configuration "
        "the group cannot be made at all."
    )
    source_url = (
        "https://docs.aws.amazon.com/codedeploy/latest/userguide/"
        "deployments-rollback-and-redeploy.html"
    )
    bad = """
Resources:
  Application:
    Type: AWS::CodeDeploy::Application
    Properties: {ComputePlatform: Lambda}
  Group:
    Type: AWS::CodeDeploy::DeploymentGroup
    Properties:  # <- Group
      ApplicationName: !Ref Application
      ServiceRoleArn: !GetAtt Role.Arn
      DeploymentConfigName: CodeDeployDefault.OneAtATime  # <- Group
      DeploymentStyle: {DeploymentType: BLUE_GREEN, DeploymentOption: WITH_TRAFFIC_CONTROL}
      AutoRollbackConfiguration:
        Enabled: true
        Events: [DEPLOYMENT_FAILURE]  # <- Group
"""
    good = """
Resources:
  Application:
    Type: AWS::CodeDeploy::Application
    Properties: {ComputePlatform: Lambda}
  Group:
    Type: AWS::CodeDeploy::DeploymentGroup
    Properties:
      ApplicationName: !Ref Application
      ServiceRoleArn: !GetAtt Role.Arn
      DeploymentConfigName: CodeDeployDefault.LambdaCanary10Percent5Minutes
      DeploymentStyle: {DeploymentType: BLUE_GREEN, DeploymentOption: WITH_TRAFFIC_CONTROL}
      AutoRollbackConfiguration:
        Enabled: true
        Events: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM, DEPLOYMENT_STOP_ON_REQUEST]
      AlarmConfiguration:
        Enabled: true
        Alarms: [{Name: !Ref ErrorRate}]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        named = {
            target.id
            for alias in template.of_type("AWS::Lambda::Alias")
            for node in alias.body.get(
                "UpdatePolicy", "CodeDeployLambdaAliasUpdate", "DeploymentGroupName"
            )
            if (target := template.target(node, GROUP))
        }
        for group in template.of_type(GROUP):
            for given in _for_lambda(template, group, group.id in named):
                yield from _rollback(group, given)
                yield from _alarms(group, given)
                yield from _configuration(template, group, given)
                for name, value in STYLE.items():
                    for node in group.get("DeploymentStyle", name, given=given):
                        if not node.is_unknown and node.value != value:
                            yield Flaw.at(node, f"set DeploymentStyle.{name}: {value}")


def _for_lambda(template: Template, group: Resource, named: bool) -> Iterator[Given]:
    """Yield where a group is certainly for functions."""
    if named:
        yield group.body.given
        return
    for name in group.get("ApplicationName"):
        application = template.target(name, APPLICATION)
        if application is not None:
            for platform in application.get("ComputePlatform", given=name.given):
                if platform.value == "Lambda":
                    yield platform.given
        else:
            for config in group.get("DeploymentConfigName", given=name.given):
                if (config.literal or "").startswith(FOR_LAMBDA):
                    yield config.given


def _rollback(group: Resource, given: Given) -> Iterator[Flaw]:
    for rollback in group.get("AutoRollbackConfiguration", given=given):
        if rollback.is_unknown:
            continue
        for enabled in rollback.get("Enabled"):
            if not enabled.is_true and not enabled.is_unknown:
                yield Flaw.at(enabled, "set AutoRollbackConfiguration.Enabled: true")
                continue
            for events in rollback.get("Events", given=enabled.given):
                for listed in events.together() if not events.is_absent else [[]]:
                    there = {item.literal for item in listed}
                    missing = [name for name in EVENTS if name not in there]
                    if missing and not any(item.is_unknown for item in listed):
                        names = ", ".join(missing)
                        yield Flaw.at(events, f"add {names} to AutoRollbackConfiguration.Events")


def _alarms(group: Resource, given: Given) -> Iterator[Flaw]:
    found = list(group.get("AlarmConfiguration", "Alarms", given=given))
    for alarms in found:
        if alarms.is_absent or alarms.value == []:
            yield Flaw.at(alarms, "set AlarmConfiguration with the alarms that end a deployment")
    if all(alarms.is_absent for alarms in found):
        return
    # One branch may be off: an alarm that rings already would keep the fix from being deployed.
    switches = list(group.get("AlarmConfiguration", "Enabled", given=given))
    if not any(switch.is_true or switch.is_unknown for switch in switches):
        for switch in switches:
            yield Flaw.at(switch, "set AlarmConfiguration.Enabled: true")


def _configuration(template: Template, group: Resource, given: Given) -> Iterator[Flaw]:
    for config in group.get("DeploymentConfigName", given=given):
        name = config.literal or ""
        target = template.target(config, CONFIG)
        if name.startswith(AWS_OWN) and not name.startswith(FOR_LAMBDA):
            yield Flaw.at(config, f"set DeploymentConfigName to one of {FOR_LAMBDA}*")
        elif target is not None:
            for platform in target.get("ComputePlatform", given=config.given):
                if not platform.is_unknown and platform.value != "Lambda":
                    yield Flaw.at(
                        config, f"set ComputePlatform: Lambda on {target.id}, or name another"
                    )
