"""Who performs the actions of each provider: one function, called on a thread of its own."""

from collections.abc import Callable, Mapping

from localcloud.codepipeline.jobs import Job
from localcloud.codepipeline.providers import approvals, builds, functions, stack_sets
from localcloud.codepipeline.providers.sources import Sources

Perform = Callable[[Job], None]


def performers(sources: Sources) -> Mapping[str, Perform]:
    """Return who performs the actions of each provider."""
    return {
        "S3": sources.from_bucket,
        "CodeCommit": sources.from_repository,
        "CodeStarSourceConnection": sources.from_connection,
        "CodeBuild": builds.build,
        "Manual": approvals.ask,
        "CloudFormationStackSet": stack_sets.deploy,
        "CloudFormationStackInstances": stack_sets.deploy_instances,
        "Lambda": functions.invoke,
    }
