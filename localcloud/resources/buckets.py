"""What a template asks of a bucket, as the calls of S3's API that bring it about."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Call = tuple[str, dict[str, Any]]
Given = Mapping[str, Any]


def calls(properties: Given, previous: Given) -> Iterator[Call]:
    """Yield operation and parameters for each configuration that is set or was taken away."""
    for name, (operation, deletion, translate) in _CONFIGURATIONS.items():
        if name in properties and properties[name] != previous.get(name):
            yield operation, translate(properties[name])
        elif name in previous and name not in properties:
            yield deletion


def _versioning(given: Given) -> dict[str, Any]:
    return {"VersioningConfiguration": {"Status": given["Status"]}}


def _encryption(given: Given) -> dict[str, Any]:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": _boolean(rule.get("BucketKeyEnabled", False)),
        }
        for rule in given["ServerSideEncryptionConfiguration"]
        if "ServerSideEncryptionByDefault" in rule
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _ownership(given: Given) -> dict[str, Any]:
    return {"OwnershipControls": {"Rules": given["Rules"]}}


def _tags(given: list[Given]) -> dict[str, Any]:
    return {"Tagging": {"TagSet": given}}


def _logging(given: Given) -> dict[str, Any]:
    if "DestinationBucketName" not in given:
        return {"BucketLoggingStatus": {}}
    target = {
        "TargetBucket": given["DestinationBucketName"],
        "TargetPrefix": given.get("LogFilePrefix", ""),
    }
    return {"BucketLoggingStatus": {"LoggingEnabled": target}}


def _lifecycle(given: Given) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in given["Rules"]]}}


def _lifecycle_rule(rule: Given) -> dict[str, Any]:
    found: dict[str, Any] = {"Status": rule["Status"], "Filter": _filter(rule)}
    if "Id" in rule:
        found["ID"] = rule["Id"]
    expiration = _renamed(
        rule,
        ExpirationInDays=("Days", int),
        ExpirationDate=("Date", str),
        ExpiredObjectDeleteMarker=("ExpiredObjectDeleteMarker", _boolean),
    )
    if expiration:
        found["Expiration"] = expiration
    transitions = [_transition(one, "Days") for one in _listed(rule, "Transition")]
    if transitions:
        found["Transitions"] = transitions
    old = [
        _transition(one, "NoncurrentDays") for one in _listed(rule, "NoncurrentVersionTransition")
    ]
    if old:
        found["NoncurrentVersionTransitions"] = old
    if "NoncurrentVersionExpirationInDays" in rule:
        days = int(rule["NoncurrentVersionExpirationInDays"])
        found["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in rule:
            found[name] = {key: int(value) for key, value in rule[name].items()}
    return found


def _filter(rule: Given) -> dict[str, Any]:
    """Return a rule's filter; several conditions together are one And."""
    parts = _renamed(
        rule,
        Prefix=("Prefix", str),
        ObjectSizeGreaterThan=("ObjectSizeGreaterThan", int),
        ObjectSizeLessThan=("ObjectSizeLessThan", int),
    )
    tags = list(rule.get("TagFilters", []))
    if len(parts) + len(tags) > 1:
        return {"And": {**parts, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else parts or {"Prefix": ""}


def _transition(one: Given, days: str) -> dict[str, Any]:
    return _renamed(
        one,
        StorageClass=("StorageClass", str),
        TransitionInDays=(days, int),
        TransitionDate=("Date", str),
        NewerNoncurrentVersions=("NewerNoncurrentVersions", int),
    )


def _replication(given: Given) -> dict[str, Any]:
    rules = [_replication_rule(rule) for rule in given["Rules"]]
    return {"ReplicationConfiguration": {"Role": given["Role"], "Rules": rules}}


def _replication_rule(rule: Given) -> dict[str, Any]:
    found = {key: value for key, value in rule.items() if key not in ("Id", "Filter")}
    if "Id" in rule:
        found["ID"] = rule["Id"]
    if "Priority" in found:
        found["Priority"] = int(found["Priority"])
    wanted = rule.get("Filter")
    if wanted is not None:
        found["Filter"] = _renamed(wanted, Prefix=("Prefix", str), TagFilter=("Tag", dict))
        if "And" in wanted:
            both = wanted["And"]
            found["Filter"] = {"And": {"Prefix": both["Prefix"], "Tags": both["TagFilters"]}}
    destination = rule.get("Destination", {})
    for name in ("ReplicationTime", "Metrics"):
        times = destination.get(name, {})
        for part in ("Time", "EventThreshold"):
            if part in times:
                times[part] = {"Minutes": int(times[part]["Minutes"])}
    return found


def _renamed(given: Given, **names: tuple[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {new: convert(given[old]) for old, (new, convert) in names.items() if old in given}


def _listed(rule: Given, name: str) -> list[Given]:
    """Return what a template gives as one (the older form) or as a list."""
    return [*rule.get(f"{name}s", []), *([rule[name]] if name in rule else [])]


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"


# By property: the operation that sets it, the call that takes it away, and the translation.
_CONFIGURATIONS: dict[str, tuple[str, Call, Callable[[Any], dict[str, Any]]]] = {
    "VersioningConfiguration": (
        "PutBucketVersioning",
        ("PutBucketVersioning", _versioning({"Status": "Suspended"})),
        _versioning,
    ),
    "BucketEncryption": ("PutBucketEncryption", ("DeleteBucketEncryption", {}), _encryption),
    "LifecycleConfiguration": (
        "PutBucketLifecycleConfiguration", ("DeleteBucketLifecycle", {}), _lifecycle,
    ),
    "OwnershipControls": (
        "PutBucketOwnershipControls", ("DeleteBucketOwnershipControls", {}), _ownership,
    ),
    "ReplicationConfiguration": (
        "PutBucketReplication", ("DeleteBucketReplication", {}), _replication,
    ),
    "LoggingConfiguration": ("PutBucketLogging", ("PutBucketLogging", _logging({})), _logging),
    "Tags": ("PutBucketTagging", ("DeleteBucketTagging", {}), _tags),
}  # fmt: skip
