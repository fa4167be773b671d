"""Pipelines: made, described, changed, deleted, tagged; the ways into stages opened and closed."""

import contextlib
import copy
import time
from collections.abc import Mapping
from typing import Any

from localcloud import ministack, ministack_access
from localcloud.codepipeline import declaration
from localcloud.codepipeline.engine import Engine
from localcloud.codepipeline.model import Declaration, Execution, Pipeline, Store, Transition
from localcloud.errors import AwsError

Message = Mapping[str, Any]
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
MAX_QUEUED = 50


class Service:
    """Answer the API's actions on pipelines."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine

    def here(self) -> dict[str, Pipeline]:
        return self._store.at(ministack.current_place())

    def find(self, message: Message, key: str = "name") -> Pipeline:
        """Return the pipeline that a message names."""
        name = message.get(key)
        found = self.here().get(str(name))
        if found is None:
            place = ministack.current_place()
            raise AwsError(
                "PipelineNotFoundException",
                f"Account '{place.account}' does not have a pipeline with name '{name}'",
            )
        return found

    def create(self, message: Message) -> dict[str, Any]:
        """Make a pipeline; it runs at once for the first time, as on AWS."""
        given = self._checked(message)
        if given["name"] in self.here():
            raise AwsError(
                "PipelineNameInUseException",
                f"A pipeline with the name '{given['name']}' already exists in account "
                f"'{ministack.current_place().account}'",
            )
        pipeline = Pipeline(ministack.current_place(), {1: {**given, "version": 1}})
        pipeline.tags = _tags(message.get("tags"))
        self.here()[pipeline.name] = pipeline
        # Variables without a default have no value yet: then nothing starts.
        with contextlib.suppress(AwsError):
            self.begin(pipeline, {"triggerType": "CreatePipeline", "triggerDetail": ""})
        return {"pipeline": pipeline.declaration, "tags": message.get("tags") or []}

    def update(self, message: Message) -> dict[str, Any]:
        """Give a pipeline a new version; executions of the one before are cancelled."""
        pipeline = self.find(message.get("pipeline") or {})
        given = self._checked(message)
        version = pipeline.version + 1
        pipeline.versions[version] = {**given, "version": version}
        pipeline.updated = time.time()
        self._engine.cancel_outdated(pipeline)
        self._engine.open(pipeline)
        return {"pipeline": pipeline.declaration}

    def get(self, message: Message) -> dict[str, Any]:
        pipeline = self.find(message)
        version = message.get("version") or pipeline.version
        if version not in pipeline.versions:
            raise AwsError(
                "PipelineVersionNotFoundException",
                f"Pipeline '{pipeline.name}' has no version {version}",
            )
        times = {"created": pipeline.created, "updated": pipeline.updated}
        return {
            "pipeline": pipeline.versions[version],
            "metadata": {"pipelineArn": pipeline.arn, **times},
        }

    def delete(self, message: Message) -> dict[str, Any]:
        # Deleting what is not there succeeds, as on AWS.
        pipeline = self.here().pop(str(message.get("name")), None)
        if pipeline is not None:
            self._engine.forget(pipeline)
        return {}

    def list(self, _: Message) -> dict[str, Any]:
        return {
            "pipelines": [
                {
                    "name": one.name,
                    "version": one.version,
                    "pipelineType": one.declaration["pipelineType"],
                    "executionMode": one.declaration["executionMode"],
                    "created": one.created,
                    "updated": one.updated,
                }
                for one in self.here().values()
            ]
        }

    def begin(
        self,
        pipeline: Pipeline,
        trigger: dict[str, str],
        variables: Mapping[str, str] | None = None,
        overrides: dict[str, dict[str, str]] | None = None,
    ) -> Execution:
        """Start an execution of the newest version."""
        running = [one for one in pipeline.running() if not one.rollback_of]
        if pipeline.declaration["executionMode"] != "SUPERSEDED" and len(running) >= MAX_QUEUED:
            raise AwsError(
                "ConcurrentPipelineExecutionsLimitExceededException",
                f"The pipeline has reached the limit for concurrent pipeline executions: "
                f"{MAX_QUEUED}",
            )
        values = _variables(pipeline.declaration, variables or {})
        execution = Execution(
            pipeline.place, pipeline.declaration, trigger, values, overrides or {}
        )
        self._engine.start(pipeline, execution)
        return execution

    # --- the ways into stages

    def enable_transition(self, message: Message) -> dict[str, Any]:
        pipeline, transition = self._transition(message)
        transition.enabled, transition.reason = True, ""
        self._engine.open(pipeline)
        return {}

    def disable_transition(self, message: Message) -> dict[str, Any]:
        _, transition = self._transition(message)
        transition.enabled, transition.reason = False, str(message.get("reason", ""))
        return {}

    def _transition(self, message: Message) -> tuple[Pipeline, Transition]:
        pipeline = self.find(message, "pipelineName")
        names, name = pipeline.stage_names, self.stage_name(pipeline, message)
        if message.get("transitionType") == "Outbound":
            after = names[names.index(name) + 1 :]
            if not after:
                raise AwsError("ValidationException", f"Nothing comes after stage {name}")
            name = after[0]
        transition = pipeline.transitions[name]
        transition.changed_by, transition.changed_at = ministack_access.caller(), time.time()
        return pipeline, transition

    @staticmethod
    def stage_name(pipeline: Pipeline, message: Message) -> str:
        """Return the stage that a message names, or refuse it."""
        name = str(message.get("stageName"))
        if name not in pipeline.stage_names:
            raise AwsError(
                "StageNotFoundException",
                f"Pipeline '{pipeline.name}' does not have a stage with name '{name}'",
            )
        return name

    # --- tags

    def tag(self, message: Message) -> dict[str, Any]:
        self._tagged(message).tags.update(_tags(message.get("tags")))
        return {}

    def untag(self, message: Message) -> dict[str, Any]:
        tags = self._tagged(message).tags
        for key in message.get("tagKeys") or []:
            tags.pop(key, None)
        return {}

    def list_tags(self, message: Message) -> dict[str, Any]:
        tags = self._tagged(message).tags
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _tagged(self, message: Message) -> Pipeline:
        arn = str(message.get("resourceArn"))
        for pipeline in self.here().values():
            if pipeline.arn == arn:
                return pipeline
        raise AwsError("ResourceNotFoundException", f"There is no resource {arn}")

    def _checked(self, message: Message) -> Declaration:
        given: Declaration = copy.deepcopy(dict(message.get("pipeline") or {}))
        declaration.check(given, ministack.current_place())
        given.setdefault("pipelineType", "V1")
        given.setdefault("executionMode", "SUPERSEDED")
        for stage in given["stages"]:
            for action in stage["actions"]:
                action.setdefault("runOrder", 1)
                for key in ("inputArtifacts", "outputArtifacts"):
                    action.setdefault(key, [])
                action.setdefault("configuration", {})
        return given


def _tags(given: Any) -> dict[str, str]:
    return {one["key"]: one.get("value", "") for one in given or []}


def _variables(declared: Declaration, given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a pipeline's variables for an execution."""
    known = {one["name"]: one.get("defaultValue") for one in declared.get("variables") or []}
    for name in given.keys() - known.keys():
        raise AwsError("ValidationException", f"The pipeline has no variable {name}")
    values = {**known, **given}
    for name, value in values.items():
        if not value:
            raise AwsError("ValidationException", f"The variable {name} has no value")
    return {name: str(value) for name, value in values.items()}
