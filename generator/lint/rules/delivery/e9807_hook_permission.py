"""E9807: whether a lifecycle hook may tell how its check ended."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.functions import SAM_FUNCTION, callee
from generator.lint.template.grants import lacks
from generator.lint.template.reach import allows_action

REPORT = "codedeploy:PutLifecycleEventHookExecutionStatus"
HOOKS = ("BeforeAllowTrafficHook", "AfterAllowTrafficHook")
SAM_HOOKS = ("PreTraffic", "PostTraffic")
ROLE = "AWS::IAM::Role"


class HookPermission(Guardrail):
    """A hook can report its result."""

    id = "E9807"
    shortdesc = "Lifecycle hook that may not report its result"
    description = (
        "CodeDeploy waits for the hook's answer: without the permission to give it, every "
        "deployment hangs for an hour and is then rolled back, however good the version is."
    )
    source_url = (
        "https://docs.aws.amazon.com/codedeploy/latest/userguide/"
        "reference-appspec-file-structure-hooks.html"
    )
    bad = """
Resources:
  Live:
    Type: AWS::Lambda::Alias
    Properties: {Name: live, FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version}
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        ApplicationName: !Ref Application
        DeploymentGroupName: !Ref Group
        BeforeAllowTrafficHook: !Ref Check
  Check:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Role: !GetAtt CheckRole.Arn  # <- Check
      Code: {S3Key: !Ref Key}
  CheckRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: check
          PolicyDocument:
            Version: "2012-10-17"
            Statement: {Effect: Allow, Action: lambda:InvokeFunction, Resource: !Ref Version}
"""
    good = """
Resources:
  Live:
    Type: AWS::Lambda::Alias
    Properties: {Name: live, FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version}
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        ApplicationName: !Ref Application
        DeploymentGroupName: !Ref Group
        BeforeAllowTrafficHook: !Ref Check
  Check:
    Type: AWS::Lambda::Function
    Properties: {Handler: index.handler, Role: !GetAtt CheckRole.Arn, Code: {S3Key: !Ref Key}}
  CheckRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: check
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: lambda:InvokeFunction, Resource: !Ref Version}
              - Effect: Allow
                Action: codedeploy:PutLifecycleEventHookExecutionStatus
                Resource: "*"
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for hook in _hooks(template):
            called = callee(template, hook)
            if called is None:
                continue
            function = called.function
            for role in function.get("Role"):
                found = template.target(role, ROLE)
                if role.is_absent and function.type == SAM_FUNCTION:
                    yield from _of_sam(function)
                elif found and lacks(template, found, REPORT, None, {**hook.given, **role.given}):
                    yield Flaw.at(
                        role,
                        f"allow {REPORT} in {found.id}, so that the hook can report its result",
                    )


def _hooks(template: Template) -> Iterator[Node]:
    for alias in template.of_type("AWS::Lambda::Alias"):
        for name in HOOKS:
            yield from alias.body.get("UpdatePolicy", "CodeDeployLambdaAliasUpdate", name)
    for function in template.of_type(SAM_FUNCTION):
        for name in SAM_HOOKS:
            yield from function.get("DeploymentPreference", "Hooks", name)


def _of_sam(function: Resource) -> Iterator[Flaw]:
    """Judge the policies from which SAM makes the role."""
    for policies in function.get("Policies"):
        if not any(_may_allow(policy) for policy in policies.elements()):
            yield Flaw.at(policies, f"allow {REPORT} in Policies")


def _may_allow(policy: Node) -> bool:
    if not isinstance(policy.value, dict) or policy.is_unknown:
        # A managed policy: AWS's basic ones for functions don't allow it, others may.
        return not (policy.literal or "").startswith(("AWSLambda", "AWSXray", "AWSXRay"))
    if "Statement" not in policy.value:
        # One of SAM's own policy templates: none of them is about CodeDeploy.
        return "Fn::Transform" in policy.value
    return any(
        _may_allow_here(statement)
        for listed in policy.get("Statement")
        for statement in listed.elements()
    )


def _may_allow_here(statement: Node) -> bool:
    if statement.is_unknown or any(not node.is_absent for node in statement.get("NotAction")):
        return True
    return any(
        action.literal is None or allows_action(action.literal, REPORT)
        for listed in statement.get("Action")
        for action in listed.elements()
    )
