"""Make up names, ids and ARNs of the shape that AWS gives them."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.schemas import JsonSchema, ResourceSchema

# What Ref answers where it is not the schema's primary identifier.
_REFS: dict[str, str] = {
    "AWS::Budgets::Budget": "{Budget.BudgetName}",
    "AWS::CodeDeploy::DeploymentGroup": "{DeploymentGroupName}",
    "AWS::CodeDeploy::DeploymentConfig": "{DeploymentConfigName}",
    "AWS::EC2::EIP": "{PublicIp}",
    "AWS::SecretsManager::RotationSchedule": "{SecretId}",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "{Arn}",
}
# ARNs that do not follow arn:aws:service:region:account:type/id.
_ARNS: dict[str, str] = {
    "AWS::ApplicationAutoScaling::ScalingPolicy.Arn": (
        "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{token}:resource/{PolicyName}"
    ),
    "AWS::CE::AnomalyMonitor.MonitorArn": "arn:aws:ce::{account}:anomalymonitor/{uuid}",
    "AWS::CE::AnomalySubscription.SubscriptionArn": (
        "arn:aws:ce::{account}:anomalysubscription/{uuid}"
    ),
    "AWS::CodePipeline::Pipeline.Arn": "arn:aws:codepipeline:{region}:{account}:{Name}",
}
# Other attributes whose value a template's reader depends on.
_VALUES: dict[str, Any] = {
    "AWS::CodePipeline::Pipeline.Version": "1",
    "AWS::EC2::EIP.PublicIp": "203.0.113.{octet}",
    "AWS::EC2::EIP.AllocationId": "eipalloc-{token}",
    "AWS::EC2::NatGateway.NatGatewayId": "nat-{token}",
    "AWS::EC2::NatGateway.EniId": "eni-{token}",
}
_SCALARS: dict[str, Any] = {
    "integer": 0, "number": 0, "boolean": False, "array": [], "object": {},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a resource is: enough to make up the same names for it every time."""

    account: str
    region: str
    seed: str
    properties: Mapping[str, Any]

    def fill(self, pattern: str) -> str:
        """Replace a pattern's {fields} by this resource's properties and made-up parts."""
        digest = hashlib.sha256(f"{self.account}:{self.region}:{self.seed}".encode()).hexdigest()
        fields = _Fields(self.properties)
        fields.update(
            account=self.account,
            region=self.region,
            token=digest[:17],
            uuid="-".join([digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]]),
            octet=str(int(digest[:2], 16)),
        )
        return fields.fill(pattern)


class _Fields(dict[str, str]):
    """Properties by name and by dotted path, as text."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        super().__init__()
        self._add("", properties)

    def _add(self, prefix: str, properties: Mapping[str, Any]) -> None:
        for name, value in properties.items():
            if isinstance(value, Mapping):
                self._add(f"{prefix}{name}.", value)
            else:
                self[prefix + name] = str(value)

    def fill(self, pattern: str) -> str:
        for name, value in self.items():
            pattern = pattern.replace(f"{{{name}}}", value)
        return pattern


def attributes(schema: ResourceSchema, identity: Identity) -> dict[str, Any]:
    """Return a value for every attribute: what the template set, or something made up."""
    found = {}
    for name, attribute in schema.attributes.items():
        if "*" not in name:
            set_by_template = _at(identity.properties, name)
            found[name] = (
                _made_up(schema, name, attribute, identity)
                if set_by_template is None
                else set_by_template
            )
    return found


def physical_id(
    schema: ResourceSchema,
    identity: Identity,
    known: Mapping[str, Any],
    fallback: Callable[[], str],
) -> str:
    """Return what Ref answers: the identifier, its parts joined by bars."""
    every = {**identity.properties, **known}
    pattern = _REFS.get(schema.type_name)
    if pattern is not None:
        filled = Identity(identity.account, identity.region, identity.seed, every).fill(pattern)
        return fallback() if "{" in filled else filled
    parts = [every.get(name) for name in schema.identifier]
    if not parts or None in parts:
        return fallback()
    return "|".join(map(str, parts))


def name_property(schema: ResourceSchema) -> str | None:
    """Return the property that names the resource and may be left out, if there is one."""
    for name in schema.identifier:
        if name not in schema.read_only and name not in schema.document.get("required", []):
            return name
    return None


def _made_up(schema: ResourceSchema, name: str, attribute: JsonSchema, who: Identity) -> Any:
    key = f"{schema.type_name}.{name}"
    if key in _ARNS or key in _VALUES:
        return who.fill(_ARNS.get(key) or _VALUES[key])
    types = attribute.get("type", "string")
    kind = types if isinstance(types, str) else types[0]
    if kind in _SCALARS:
        return _SCALARS[kind]
    if "enum" in attribute:
        return attribute["enum"][0]
    if name.lower().endswith("arn"):
        _, service, resource = schema.type_name.split("::")
        return who.fill(
            f"arn:aws:{service.lower()}:{{region}}:{{account}}:{resource.lower()}/{{token}}"
        )
    if attribute.get("format") == "date-time" or name.endswith(("Date", "Time", "At")):
        return "2026-01-01T00:00:00Z"
    if name.endswith("AccountId"):
        return who.account
    return who.fill("{uuid}")


def _at(properties: Mapping[str, Any], path: str) -> Any:
    value: Any = properties
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
