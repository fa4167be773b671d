"""Connect CodePipeline's JSON protocol, rules and pushes to the service."""

import logging
from collections.abc import Callable
from typing import Any

from localcloud import ministack, ministack_functions, ministack_pipelines, ministack_requests
from localcloud.clock import Clock
from localcloud.codepipeline import declaration
from localcloud.codepipeline.answers import Answers
from localcloud.codepipeline.clients import Clients
from localcloud.codepipeline.engine import Engine
from localcloud.codepipeline.executions import Executions
from localcloud.codepipeline.model import Pipeline, Store
from localcloud.codepipeline.providers.sources import Connections, Repositories, Repository, Sources
from localcloud.codepipeline.service import Message, Service
from localcloud.codepipeline.stages import Stages
from localcloud.errors import AwsError

Handler = Callable[[Message], dict[str, Any]]
log = logging.getLogger("localcloud")


class CodePipeline:
    """All of CodePipeline, put together."""

    def __init__(self, endpoint: str, clock: Clock, sources: Sources) -> None:
        self._store = Store()
        stages = Stages(Clients(endpoint), clock, sources)
        self.engine = Engine(self._store, stages)
        self.service = Service(self._store, self.engine)
        self.executions = Executions(self.service, self.engine)
        self.answers = Answers(self.service, self.executions)

    async def end(self) -> None:
        """End every execution, and forget every pipeline."""
        await self.engine.end()

    def start_by_rule(self, arn: str, role: str, rule: str) -> None:
        """Start the pipeline that is a rule's target, if the target's role may do so."""
        place, name = ministack_functions.place_of(arn), arn.rpartition(":")[2]
        pipeline = self._store.at(place).get(name)
        if pipeline is None:
            log.warning("rule %s: there is no pipeline %s", rule, arn)
            return
        try:
            declaration.check_role(role, "events.amazonaws.com", rule)
        except AwsError:
            log.warning("rule %s: EventBridge may not assume the role %s", rule, role or "(none)")
            return
        action = "codepipeline:StartPipelineExecution"
        refused = ministack_pipelines.refusal(role, action, arn, place.region)
        if refused:
            log.warning("rule %s: %s", rule, refused)
            return
        self._begin(pipeline, {"triggerType": "CloudWatchEvent", "triggerDetail": rule})

    def pushed(self, repository: Repository, branch: str, _: str) -> None:
        """Start the pipelines whose source is a branch of a repository behind a connection."""
        if repository.place is not None:
            # CodeCommit's own: a rule of EventBridge starts pipelines.
            return
        for pipeline in list(self._store.all()):
            for action in pipeline.declaration["stages"][0]["actions"]:
                given = action["configuration"]
                if (
                    action["actionTypeId"]["provider"] == "CodeStarSourceConnection"
                    and given.get("FullRepositoryId") == repository.name
                    and given.get("BranchName") == branch
                    and given.get("DetectChanges", "true").lower() != "false"
                ):
                    detail = str(given["ConnectionArn"])
                    self._begin(pipeline, {"triggerType": "Webhook", "triggerDetail": detail})

    def _begin(self, pipeline: Pipeline, trigger: dict[str, str]) -> None:
        try:
            self.service.begin(pipeline, trigger)
        except AwsError as error:
            log.warning("pipeline %s is not started: %s", pipeline.arn, error.message)


def install(
    endpoint: str, clock: Clock, repositories: Repositories, connections: Connections
) -> CodePipeline:
    """Let the cloud answer CodePipeline's actions; `endpoint` is the cloud's own."""
    whole = CodePipeline(endpoint, clock, Sources(repositories, connections))
    repositories.on_push(whole.pushed)
    ministack.add_json_service("codepipeline", "CodePipeline_20150709", _actions(whole))
    ministack_requests.name_resources("codepipeline", _resource)
    ministack_pipelines.on_pipeline_target(whole.start_by_rule)
    return whole


def _resource(message: Message) -> str | None:
    """Return what a call acts on, as CodePipeline's permissions name it.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
    """
    if message.get("resourceArn"):
        return str(message["resourceArn"])
    declared = message.get("pipeline") or {}
    name = declared.get("name") or message.get("name") or message.get("pipelineName")
    if not name:
        return None
    place = ministack.current_place()
    parts = [name, message.get("stageName"), message.get("actionName")]
    resource = "/".join(str(part) for part in parts if part)
    return f"arn:aws:codepipeline:{place.region}:{place.account}:{resource}"


def _actions(whole: CodePipeline) -> dict[str, Handler]:
    service, executions, answers = whole.service, whole.executions, whole.answers
    return {
        "CreatePipeline": service.create,
        "GetPipeline": service.get,
        "UpdatePipeline": service.update,
        "DeletePipeline": service.delete,
        "ListPipelines": service.list,
        "EnableStageTransition": service.enable_transition,
        "DisableStageTransition": service.disable_transition,
        "TagResource": service.tag,
        "UntagResource": service.untag,
        "ListTagsForResource": service.list_tags,
        "StartPipelineExecution": executions.start,
        "StopPipelineExecution": executions.stop,
        "RetryStageExecution": executions.retry,
        "RollbackStage": executions.roll_back,
        "PutApprovalResult": executions.approve,
        "PutJobSuccessResult": executions.job_succeeded,
        "PutJobFailureResult": executions.job_failed,
        "GetPipelineExecution": answers.execution,
        "ListPipelineExecutions": answers.executions,
        "ListActionExecutions": answers.actions,
        "GetPipelineState": answers.state,
    }
