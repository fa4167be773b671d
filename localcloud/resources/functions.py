"""Give functions what ministack's CloudFormation drops of their properties."""

from localcloud import (
    ministack_functions,
    ministack_provisioning,
    ministack_releases,
    ministack_types,
)
from localcloud.ministack import Properties


def install() -> None:
    """Complete functions after they are created or updated, and wait for snapshots and logs."""
    ministack_types.then("AWS::Lambda::Function", _finish)
    ministack_provisioning.stabilize("AWS::Lambda::Version", ministack_releases.wait_for_snapshot)
    ministack_functions.read_numbers_of_event_sources()
    ministack_functions.wait_for_logs()
    ministack_functions.forget_late_logs()


def _finish(name: str, given: Properties, previous: Properties) -> None:
    settings = {"KMSKeyArn": given.get("KmsKeyArn", "")}
    for key, empty in (
        ("DeadLetterConfig", {}),
        ("VpcConfig", {"SubnetIds": [], "SecurityGroupIds": []}),
        ("FileSystemConfigs", []),
    ):
        if key in given or key in previous:
            settings[key] = given.get(key, empty)
    reserved = given.get("ReservedConcurrentExecutions")
    ministack_functions.configure(
        name, settings, concurrency=None if reserved is None else int(reserved)
    )
