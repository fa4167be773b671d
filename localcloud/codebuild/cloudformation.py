"""CodeBuild's resource types: projects, made by the service itself, and groups of reports."""

from typing import Any

from localcloud import messages, ministack, ministack_types
from localcloud.codebuild.projects import Projects
from localcloud.errors import AwsError
from localcloud.ministack import Properties
from localcloud.ministack_types import Created, ResourceType


def resource_types(projects: Projects) -> dict[str, ResourceType]:
    """Return how the types are made, by name."""

    def create(logical_id: str, given: Properties, stack: str) -> Created:
        name = given.get("Name") or ministack_types.physical_name(
            stack, logical_id, max_length=150, lower=False
        )
        return _made(projects.create, {**given, "Name": name})

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        if old.get("Name") != new.get("Name"):
            ministack_types.draw_new_name()
            return create(logical_id, new, stack)
        return _made(projects.replace, {**new, "Name": physical_id})

    def delete(physical_id: str, _: Properties) -> None:
        projects.delete({"name": physical_id})

    return {
        "AWS::CodeBuild::Project": ResourceType(create, update, delete),
        "AWS::CodeBuild::ReportGroup": ResourceType(
            _create_group, _update_group, lambda physical_id, _: None
        ),
    }


def _create_group(logical_id: str, given: Properties, stack: str) -> Created:
    # Nothing to keep: reports are kept by the ARN of their group, which its name makes.
    name = given.get("Name") or ministack_types.physical_name(
        stack, logical_id, max_length=128, lower=False
    )
    place = ministack.current_place()
    arn = f"arn:aws:codebuild:{place.region}:{place.account}:report-group/{name}"
    return arn, {"Arn": arn}


def _update_group(
    physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
) -> Created:
    if any(old.get(key) != new.get(key) for key in ("Name", "Type")):
        ministack_types.draw_new_name()
        return _create_group(logical_id, new, stack)
    return physical_id, {"Arn": physical_id}


def _made(action: Any, given: Properties) -> Created:
    message = messages.message("codebuild", "CreateProject", given)
    try:
        action(message)
    except AwsError as error:
        raise ValueError(f"{error.message} ({error.code})") from error
    place, name = ministack.current_place(), str(message["name"])
    return name, {"Arn": f"arn:aws:codebuild:{place.region}:{place.account}:project/{name}"}
