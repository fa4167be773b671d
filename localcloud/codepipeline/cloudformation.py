"""AWS::CodePipeline::Pipeline, made by CodePipeline's own service."""

from typing import Any

from localcloud import messages, ministack_types
from localcloud.codepipeline.service import Service
from localcloud.errors import AwsError
from localcloud.ministack import Properties
from localcloud.ministack_types import Created, ResourceType


def resource_types(service: Service) -> dict[str, ResourceType]:
    """Return how the type is made, by name."""
    made = _Type(service)
    return {
        "AWS::CodePipeline::Pipeline": ResourceType(
            create=made.create, update=made.update, delete=made.delete
        )
    }


class _Type:
    def __init__(self, service: Service) -> None:
        self._service = service

    def create(self, logical_id: str, given: Properties, stack: str) -> Created:
        name = given.get("Name") or ministack_types.physical_name(
            stack, logical_id, max_length=100, lower=False
        )
        tags = [{"key": one["Key"], "value": one["Value"]} for one in given.get("Tags") or []]
        message = {"pipeline": _declaration(given, name), "tags": tags}
        made = _asked(self._service.create, message)
        # Before the first execution gets beyond its first stage: it has not even begun.
        self._close(name, given)
        return name, {"Version": str(made["pipeline"]["version"])}

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        if old.get("Name") != new.get("Name"):
            ministack_types.draw_new_name()
            return self.create(logical_id, new, stack)
        pipeline = _asked(self._service.find, {"name": physical_id})
        wanted = _declaration(new, physical_id)
        # Tags and transitions alone make no new version, which would end every way back.
        if _declaration(old, physical_id) != wanted:
            _asked(self._service.update, {"pipeline": wanted})
        pipeline.tags = {one["Key"]: one["Value"] for one in new.get("Tags") or []}
        for one in old.get("DisableInboundStageTransitions") or []:
            if one["StageName"] in pipeline.stage_names:
                self._service.enable_transition(_transition(physical_id, one))
        self._close(physical_id, new)
        if str(new.get("RestartExecutionOnUpdate", "false")).lower() == "true":
            trigger = {"triggerType": "StartPipelineExecution", "triggerDetail": "CloudFormation"}
            _asked(lambda _: self._service.begin(pipeline, trigger), {})
        return physical_id, {"Version": str(pipeline.version)}

    def delete(self, physical_id: str, _: Properties) -> None:
        self._service.delete({"name": physical_id})

    def _close(self, name: str, given: Properties) -> None:
        for one in given.get("DisableInboundStageTransitions") or []:
            _asked(self._service.disable_transition, _transition(name, one))


def _transition(name: str, given: Properties) -> dict[str, str]:
    return {
        "pipelineName": name,
        "stageName": given["StageName"],
        "transitionType": "Inbound",
        "reason": given.get("Reason", ""),
    }


def _declaration(given: Properties, name: str) -> dict[str, Any]:
    """Return a template's properties as the API declares a pipeline."""
    properties = {**given, "Name": name}
    stores = properties.pop("ArtifactStores", None)
    if stores:
        properties["ArtifactStores"] = {one["Region"]: one["ArtifactStore"] for one in stores}
    made = messages.message("codepipeline", "CreatePipeline", {"pipeline": properties})
    found: dict[str, Any] = made["pipeline"]
    return found


def _asked(action: Any, message: dict[str, Any]) -> Any:
    """Ask the service; a refusal fails the resource in AWS's words."""
    try:
        return action(message)
    except AwsError as error:
        raise ValueError(f"{error.message} ({error.code})") from error
