"""How ministack makes nested stacks: by the rules of other stacks, and known to their parent.

ministack makes the resources of a nested stack by a way of its own, past every check; and it
forgets a nested stack whose creation failed, with all that was made of it.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import cloudformation as _cfn
from ministack.services.cloudformation import provisioners as _provisioners
from ministack.services.cloudformation import stacks as _stacks

from localcloud.ministack import Properties

_TYPE = "AWS::CloudFormation::Stack"
_creating: ContextVar[bool] = ContextVar("creating a nested stack", default=False)


def install(
    check: Callable[[str, str, Properties], None],
    complete: Callable[[str, str, Properties, dict[str, Any]], dict[str, Any]],
) -> None:
    """Check each resource before it is made in a new nested stack; complete its attributes."""
    provision = _provisioners._provision_resource
    handlers = _provisioners._RESOURCE_HANDLERS[_TYPE]
    create, delete = handlers["create"], handlers["delete"]

    def provision_checked(
        resource_type: str, logical_id: str, properties: Properties, stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        if not _creating.get():
            return provision(resource_type, logical_id, properties, stack_name)
        resolved, _ = _stacks._resolve_dynamic_references(
            properties, None, reuse_ssm=False, reuse_secrets=False
        )
        check(resource_type, logical_id, resolved)
        physical_id, known = provision(resource_type, logical_id, resolved, stack_name)
        return physical_id, complete(resource_type, physical_id, resolved, known)

    def create_known(logical_id: str, properties: Properties, parent: str) -> Any:
        token = _creating.set(True)
        try:
            return create(logical_id, properties, parent)
        except Exception:
            _keep_or_delete(parent, logical_id, properties, delete)
            raise
        finally:
            _creating.reset(token)

    _provisioners._provision_resource = provision_checked
    handlers["create"] = create_known


def _keep_or_delete(
    parent: str, logical_id: str, properties: Properties, delete: Callable[..., None]
) -> None:
    """Let a parent that does not roll back know what failed; one that does must not leave it."""
    stacks = _cfn._stacks
    made = [
        stack
        for name, stack in stacks.items()
        if stack.get("_parent_stack_name") == parent and name.startswith(f"{parent}-{logical_id}-")
    ]
    if not made:
        return
    child = made[-1]["StackId"]
    if not stacks[parent].get("DisableRollback"):
        delete(child, properties)
        return
    stacks[parent].setdefault("_resources", {})[logical_id] = {
        "PhysicalResourceId": child,
        "ResourceType": _TYPE,
        "ResourceStatus": "CREATE_FAILED",
        "LogicalResourceId": logical_id,
        "Properties": properties,
        "Attributes": {},
        "Timestamp": made[-1]["CreationTime"],
    }
