"""Read the AppSpec of a Lambda deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from localcloud.errors import AwsError

HOOKS = ("BeforeAllowTraffic", "AfterAllowTraffic")


@dataclass(frozen=True, slots=True)
class AppSpec:
    """Which alias of which function moves from which version to which, and who checks."""

    function: str
    alias: str
    current: str
    target: str
    before: str | None = None
    after: str | None = None

    def reversed(self) -> "AppSpec":
        """Return the way back; nobody checks a version that answered before."""
        return replace(self, current=self.target, target=self.current, before=None, after=None)

    def revision(self) -> dict[str, Any]:
        """Return this as a revision of the API."""
        properties = {
            "Name": self.function,
            "Alias": self.alias,
            "CurrentVersion": self.current,
            "TargetVersion": self.target,
        }
        resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
        hooks = [
            {name: function}
            for name, function in zip(HOOKS, (self.before, self.after), strict=True)
            if function
        ]
        content = {"version": 0.0, "Resources": [{"TargetFunction": resource}], "Hooks": hooks}
        text = yaml.safe_dump(content, sort_keys=False)
        return {"revisionType": "AppSpecContent", "appSpecContent": {"content": text}}


def read(revision: Mapping[str, Any] | None) -> AppSpec:
    """Return the AppSpec of a revision, or refuse it."""
    if not revision:
        raise AwsError("RevisionRequiredException", "Revision is required")
    holder = {"AppSpecContent": "appSpecContent", "String": "string"}.get(
        str(revision.get("revisionType"))
    )
    text = (revision.get(holder) or {}).get("content") if holder else None
    if not isinstance(text, str):
        raise _invalid("Lambda deployments take their revision as AppSpecContent here")
    try:
        # JSON is YAML.
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _invalid(f"The AppSpec file is neither YAML nor JSON: {error}") from error
    return _of(document)


def _of(document: Any) -> AppSpec:
    sections = (
        {key.lower(): value for key, value in document.items()}
        if isinstance(document, dict)
        else {}
    )
    resources = sections.get("resources")
    if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], dict):
        raise _invalid("The AppSpec file must contain exactly one resource")
    resource = next(iter(resources[0].values()), None)
    if not isinstance(resource, dict) or resource.get("Type") != "AWS::Lambda::Function":
        raise _invalid("The AppSpec file's resource must be an AWS::Lambda::Function")
    given = resource.get("Properties") or {}
    missing = [
        name for name in ("Name", "Alias", "CurrentVersion", "TargetVersion") if not given.get(name)
    ]
    if missing:
        raise _invalid(f"The AppSpec file's function lacks {', '.join(missing)}")
    hooks: dict[str, str] = {}
    for hook in sections.get("hooks") or []:
        for name, function in hook.items():
            if name not in HOOKS:
                raise _invalid(f"The AppSpec file's hook {name} is not one of {', '.join(HOOKS)}")
            hooks[name] = str(function)
    return AppSpec(
        function=str(given["Name"]),
        alias=str(given["Alias"]),
        current=str(given["CurrentVersion"]),
        target=str(given["TargetVersion"]),
        before=hooks.get(HOOKS[0]),
        after=hooks.get(HOOKS[1]),
    )


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRevisionException", message)
