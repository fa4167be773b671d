"""The action providers: what each takes in, puts out and wants to be told.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """What AWS checks of an action of a provider, all of version 1."""

    categories: tuple[str, ...]
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    required: frozenset[str]
    optional: frozenset[str]


def _provider(
    categories: str, inputs: tuple[int, int], outputs: tuple[int, int], required: str, optional: str
) -> Provider:
    return Provider(
        categories=tuple(categories.split()),
        inputs=inputs,
        outputs=outputs,
        required=frozenset(required.split()),
        optional=frozenset(optional.split()),
    )


PROVIDERS = {
    "S3": _provider("Source", (0, 0), (1, 1), "S3Bucket S3ObjectKey", "PollForSourceChanges"),
    "CodeCommit": _provider(
        "Source",
        (0, 0),
        (1, 1),
        "RepositoryName BranchName",
        "PollForSourceChanges OutputArtifactFormat",
    ),
    "CodeStarSourceConnection": _provider(
        "Source",
        (0, 0),
        (1, 1),
        "ConnectionArn FullRepositoryId BranchName",
        "OutputArtifactFormat DetectChanges",
    ),
    "CodeBuild": _provider(
        "Build Test",
        (1, 5),
        (0, 5),
        "ProjectName",
        "PrimarySource EnvironmentVariables BatchEnabled CombineArtifacts",
    ),
    "Manual": _provider(
        "Approval", (0, 0), (0, 0), "", "NotificationArn CustomData ExternalEntityLink"
    ),
    "CloudFormationStackSet": _provider(
        "Deploy",
        (1, 3),
        (0, 0),
        "StackSetName TemplatePath",
        "Description Parameters Capabilities PermissionModel AdministrationRoleArn "
        "ExecutionRoleName OrganizationsAutoDeployment DeploymentTargets Regions "
        "FailureTolerancePercentage MaxConcurrentPercentage",
    ),
    "CloudFormationStackInstances": _provider(
        "Deploy",
        (0, 2),
        (0, 0),
        "StackSetName Regions",
        "DeploymentTargets ParameterOverrides FailureTolerancePercentage MaxConcurrentPercentage",
    ),
    "Lambda": _provider("Invoke", (0, 5), (0, 5), "FunctionName", "UserParameters"),
}

# Values that would make the local cloud do something else than AWS.
REFUSED = {
    ("PollForSourceChanges", "true"): "it does not poll sources: let a rule of EventBridge start",
    ("OutputArtifactFormat", "CODEBUILD_CLONE_REF"): "it gives sources as CODE_ZIP only",
    ("BatchEnabled", "true"): "it runs single builds only",
    ("PermissionModel", "SERVICE_MANAGED"): "it knows self-managed stack sets only",
}
