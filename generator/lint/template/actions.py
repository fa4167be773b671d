"""The actions that CodePipeline knows, and what each of them is configured by.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference.html
"""

from __future__ import annotations

import re

ANY: frozenset[str] | None = None
"""Of an action whose keys are not listed here."""


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


_CODEBUILD = _keys(
    "ProjectName PrimarySource BatchEnabled BuildspecOverride CombineArtifacts EnvironmentVariables"
)

ACTIONS: dict[str, dict[str, frozenset[str] | None]] = {
    "Source": {
        "CodeCommit": _keys("RepositoryName BranchName PollForSourceChanges OutputArtifactFormat"),
        "CodeStarSourceConnection": _keys(
            "ConnectionArn FullRepositoryId BranchName OutputArtifactFormat DetectChanges"
        ),
        "ECR": _keys("RepositoryName ImageTag"),
        "S3": _keys("S3Bucket S3ObjectKey PollForSourceChanges AllowOverrideForS3ObjectKey"),
    },
    "Build": {
        "CodeBuild": _CODEBUILD,
        "ECRBuildAndPublish": _keys("ECRRepositoryName DockerFilePath ImageTags RegistryType"),
    },
    "Test": {"CodeBuild": _CODEBUILD, "DeviceFarm": ANY},
    "Deploy": {
        "AppConfig": _keys(
            "Application Environment ConfigurationProfile InputArtifactConfigurationPath"
            " DeploymentStrategy"
        ),
        "CloudFormation": _keys(
            "ActionMode StackName ChangeSetName Capabilities OutputFileName ParameterOverrides"
            " RoleArn TemplateConfiguration TemplatePath"
        ),
        "CloudFormationStackInstances": _keys(
            "StackSetName Regions DeploymentTargets ParameterOverrides FailureTolerancePercentage"
            " MaxConcurrentPercentage"
        ),
        "CloudFormationStackSet": _keys(
            "StackSetName TemplatePath Description Parameters Capabilities PermissionModel"
            " AdministrationRoleArn ExecutionRoleName OrganizationsAutoDeployment DeploymentTargets"
            " Regions FailureTolerancePercentage MaxConcurrentPercentage"
        ),
        "CodeDeploy": _keys("ApplicationName DeploymentGroupName"),
        "CodeDeployToECS": _keys(
            "ApplicationName DeploymentGroupName TaskDefinitionTemplateArtifact"
            " TaskDefinitionTemplatePath AppSpecTemplateArtifact AppSpecTemplatePath"
            " Image#ArtifactName Image#ContainerName"
        ),
        "EC2": ANY,
        "ECS": _keys("ClusterName ServiceName FileName DeploymentTimeout"),
        "EKS": ANY,
        "ElasticBeanstalk": _keys("ApplicationName EnvironmentName"),
        "Lambda": _keys("FunctionName FunctionAlias PublishedTargetVersion DeployStrategy Alarms"),
        "OpsWorks": _keys("Stack Layer App"),
        "S3": _keys("BucketName Extract ObjectKey KMSEncryptionKeyARN CannedACL CacheControl"),
        "ServiceCatalog": _keys(
            "ConfigurationFilePath TemplateFilePath ProductId ProductType ProductVersionName"
            " ProductVersionDescription"
        ),
    },
    "Approval": {"Manual": _keys("CustomData ExternalEntityLink NotificationArn")},
    "Invoke": {
        "CodePipeline": _keys("PipelineName SourceRevisions Variables"),
        "InspectorScan": ANY,
        "Lambda": _keys("FunctionName UserParameters"),
        "StepFunctions": _keys("StateMachineArn ExecutionNamePrefix InputType Input"),
    },
    "Compute": {"Commands": ANY},
}
"""AWS's own, by category and provider; `#` in a key is a number."""
V2_ONLY = {
    ("Build", "ECRBuildAndPublish"),
    ("Compute", "Commands"),
    ("Deploy", "EC2"),
    ("Deploy", "EKS"),
    ("Deploy", "Lambda"),
    ("Invoke", "CodePipeline"),
    ("Invoke", "InspectorScan"),
}
"""https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-valid-providers.html"""
NUMBER = re.compile(r"\d+")


def takes(category: str, provider: str, key: str) -> bool:
    """Tell whether an action is documented to have a key; true where nothing is known."""
    keys = ACTIONS.get(category, {}).get(provider)
    return keys is None or key in keys or NUMBER.sub("#", key) in keys
