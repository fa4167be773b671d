"""Refuse definitions of pipelines that AWS refuses, and those that cannot run here."""

import re
from collections.abc import Iterator
from typing import Any

from localcloud import ministack, ministack_access
from localcloud.codepipeline import conditions, variables
from localcloud.codepipeline.catalog import PROVIDERS, REFUSED
from localcloud.codepipeline.model import Declaration
from localcloud.errors import AwsError
from localcloud.ministack import Place

_NAME = re.compile(r"[A-Za-z0-9.@_-]{1,100}")
_ARTIFACT = re.compile(r"[A-Za-z0-9_-]{1,100}")
MAX_VALUE = 1000


def check(given: Declaration, place: Place) -> None:
    """Refuse a definition with the code and, where they are known, the words of AWS."""
    _check_name("Pipeline", given.get("name"))
    arn = f"arn:aws:codepipeline:{place.region}:{place.account}:{given['name']}"
    check_role(str(given.get("roleArn") or ""), "codepipeline.amazonaws.com", arn)
    stages = given.get("stages") or []
    if len(stages) < 2:
        raise structure(
            f"Pipeline has {len(stages)} stage(s). There should be a minimum of 2 stages in a "
            "pipeline"
        )
    _refuse_twice("All Stage names within a pipeline", [stage.get("name") for stage in stages])
    for stage in stages:
        _check_stage(stage)
    _check_sources(stages)
    _check_artifacts(stages)
    _check_variables(given)
    _check_stores(given, place.region)
    _check_kind(given)


def check_role(arn: str, service: str, source_arn: str) -> None:
    """Refuse a role that a service could not assume for one of its resources."""
    account, _, name = arn.partition(":role/")
    trust = ministack.role_trust(account.rpartition(":")[2], name.rpartition("/")[2])
    trusted = trust is not None and ministack_access.service_allowed(
        trust,
        service=service,
        action="sts:AssumeRole",
        resource=arn,
        source_arn=source_arn,
        source_account=source_arn.split(":")[4],
    )
    if not trusted:
        raise structure(f"CodePipeline is not authorized to perform AssumeRole on role {arn}")


def _check_kind(given: Declaration) -> None:
    version, mode = given.get("pipelineType", "V1"), given.get("executionMode", "SUPERSEDED")
    if version not in ("V1", "V2") or mode not in ("QUEUED", "SUPERSEDED", "PARALLEL"):
        raise AwsError(
            "ValidationException", f"Not a pipeline type and execution mode: {version}, {mode}"
        )
    if version == "V1" and (mode != "SUPERSEDED" or given.get("variables")):
        raise structure(
            "Execution modes other than SUPERSEDED, and pipeline variables, need a pipeline of "
            "type V2"
        )
    if given.get("triggers"):
        raise structure(
            "The local cloud does not filter pushes by triggers: it starts a pipeline at every "
            "push to the branch of its source"
        )


def _check_stage(stage: Declaration) -> None:
    _check_name("Stage", stage.get("name"))
    actions = stage.get("actions") or []
    if not actions:
        raise AwsError(
            "InvalidStageDeclarationException",
            f"Stage {stage['name']} has no actions. There should be a minimum of 1 action",
        )
    if stage.get("blockers"):
        raise AwsError("InvalidBlockerDeclarationException", "Blockers are reserved for AWS")
    _refuse_twice("All action names within a stage", [action.get("name") for action in actions])
    for action in actions:
        _check_action(action)
    for hook in conditions.HOOKS:
        wrong = conditions.problem(hook, stage)
        if wrong:
            raise structure(f"Condition {hook} of stage {stage['name']}: {wrong}")
    if (stage.get("onFailure") or {}).get("result") == "SKIP":
        raise structure(f"Result SKIP is for entry conditions only (stage {stage['name']})")


def _check_action(action: Declaration) -> None:
    _check_name("Action", action.get("name"))
    name, kind = action["name"], action.get("actionTypeId") or {}
    provider = PROVIDERS.get(kind.get("provider", ""))
    known = provider and kind.get("category") in provider.categories
    if not provider or not known or kind.get("owner") != "AWS" or kind.get("version") != "1":
        raise _action(
            f"ActionType (Category: '{kind.get('category')}', Provider: '{kind.get('provider')}', "
            f"Owner: '{kind.get('owner')}', Version: '{kind.get('version')}') in action '{name}' "
            f"is not available in region {ministack.current_place().region} of the local cloud"
        )
    if not 1 <= int(action.get("runOrder") or 1) <= 999:
        raise _action(f"The run order of action '{name}' is not between 1 and 999")
    if action.get("roleArn"):
        _check_action_role(str(action["roleArn"]))
    given = action.get("configuration") or {}
    for key in sorted(provider.required - given.keys()):
        raise _action(
            f"Action configuration for action '{name}' is missing required configuration '{key}'"
        )
    for key in sorted(given.keys() - provider.required - provider.optional):
        raise _action(f"Action configuration for action '{name}' contains unknown key '{key}'")
    for key, value in given.items():
        if len(value) > MAX_VALUE:
            raise AwsError(
                "ValidationException",
                f"The value of '{key}' in action '{name}' is longer than {MAX_VALUE} characters",
            )
        if (key, value.strip()) in REFUSED:
            why = REFUSED[key, value.strip()]
            raise _action(f"{key}={value} of action '{name}' is not for the local cloud: {why}")
    for key, (least, most) in (
        ("inputArtifacts", provider.inputs),
        ("outputArtifacts", provider.outputs),
    ):
        count = len(action.get(key) or [])
        if not least <= count <= most:
            raise _action(
                f"Action {name} declares {count} {key} which is not in the range of "
                f"{least} to {most}"
            )
    several = len(action.get("inputArtifacts") or []) > 1
    if kind["provider"] == "CodeBuild" and several and "PrimarySource" not in given:
        raise _action(
            f"Action configuration for action '{name}' is missing required configuration "
            "'PrimarySource'"
        )


def _check_action_role(arn: str) -> None:
    account, _, name = arn.partition(":role/")
    if ministack.role_trust(account.rpartition(":")[2], name.rpartition("/")[2]) is None:
        raise structure(f"The role {arn} of an action does not exist")


def _check_sources(stages: list[Declaration]) -> None:
    for number, stage in enumerate(stages):
        kinds = {action["actionTypeId"]["category"] for action in stage["actions"]}
        if number == 0 and kinds != {"Source"}:
            raise structure("Pipeline should start with a stage that only contains source actions")
        if number > 0 and "Source" in kinds:
            raise structure("Source action type can only be used in the first stage")
    if (stages[0].get("onFailure") or {}).get("result") == "ROLLBACK":
        raise structure(f"Stage {stages[0]['name']} is a source stage and cannot be rolled back")


def _ordered(stages: list[Declaration]) -> Iterator[Declaration]:
    for stage in stages:
        yield from sorted(stage["actions"], key=lambda one: int(one.get("runOrder") or 1))


def _check_artifacts(stages: list[Declaration]) -> None:
    # Where each is made: an action of the same run order is no preceding one.
    made: dict[str, tuple[int, int]] = {}
    for number, stage in enumerate(stages):
        for action in _ordered([stage]):
            when = number, int(action.get("runOrder") or 1)
            for artifact in action.get("inputArtifacts") or []:
                if made.get(artifact["name"], when) >= when:
                    raise _action(
                        f"Input Artifact Bundle {artifact['name']} in action {action['name']} has "
                        "not been declared as Output Artifact Bundle in any of the preceding "
                        "actions"
                    )
            for artifact in action.get("outputArtifacts") or []:
                name = artifact["name"]
                if not _ARTIFACT.fullmatch(name):
                    raise AwsError("ValidationException", f"Not a name of an artifact: {name}")
                if name in made:
                    raise _action(
                        "Output Artifact Bundle name must be unique within the pipeline. "
                        f"{name} has been used more than once."
                    )
                made[name] = when


def _check_variables(given: Declaration) -> None:
    own = [one.get("name") for one in given.get("variables") or []]
    _refuse_twice("All variable names within a pipeline", own)
    known = set(variables.RESERVED)
    for stage in given["stages"]:
        for action in _ordered([stage]):
            for key, text in (action.get("configuration") or {}).items():
                for reference, namespace, name in variables.references(text):
                    unknown = namespace == "variables" and name not in own
                    if namespace not in known or unknown:
                        raise structure(
                            "Valid format for a pipeline execution variable reference is a "
                            "namespace and a key separated by a period (.). The following pipeline "
                            "execution variables are referencing a namespace that does not exist. "
                            f"StageName=[{stage['name']}], ActionName=[{action['name']}], "
                            f"ActionConfigurationKey=[{key}], VariableReferenceText=[{reference}]"
                        )
            namespace = action.get("namespace")
            if namespace in known:
                raise structure(f"Namespace {namespace} must be unique within the pipeline")
            known |= {namespace} if namespace else set()


def _check_stores(given: Declaration, region: str) -> None:
    one, several = given.get("artifactStore"), given.get("artifactStores")
    if bool(one) == bool(several):
        raise structure(
            "The pipeline must have either artifactStore or artifactStores, and not both"
        )
    needed = {region} | {action.get("region") or region for action in _ordered(given["stages"])}
    missing = sorted(needed - (set(several) if several else {region}))
    if missing:
        raise structure(
            "The pipeline must have an artifact store in its own region and in that of every "
            f"action: there is none for {', '.join(missing)}"
        )


def _check_name(what: str, name: Any) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise AwsError("ValidationException", f"{what} name is invalid: {name}")


def _refuse_twice(what: str, names: list[Any]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise structure(f"{what} must be unique. {name} has been used more than once")


def structure(message: str) -> AwsError:
    """Return AWS's refusal of how a pipeline is put together."""
    return AwsError("InvalidStructureException", message)


def _action(message: str) -> AwsError:
    return AwsError("InvalidActionDeclarationException", message)
