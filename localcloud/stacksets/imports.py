"""What may be imported into a set, and what it then keeps of its own.

The rules are AWS's; its words for breaking them are not documented, and ours here.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-import.html
"""

from collections.abc import Iterable, Mapping

from localcloud import ministack, ministack_stacks
from localcloud.errors import AwsError, validation_error
from localcloud.ministack import Place
from localcloud.ministack_stacks import StackDefinition
from localcloud.stacksets.model import StackSet, Target
from localcloud.stacksets.operations import MemberError
from localcloud.stacksets.requests import Query

INLINE = 10
BY_URL = 200
_HEALTHY = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


def read_stacks(query: Query) -> dict[Target, str]:
    """Return the ids of the call's stacks by where they are; refused where one is not there."""
    inline, url = query.strings("StackIds"), query.optional("StackIdsUrl")
    if bool(inline) == bool(url):
        raise validation_error("Specify either StackIds or StackIdsUrl")
    if url and (listed := _read_list(url)) is not None:
        ids, most = listed, BY_URL
    else:
        ids, most = inline, INLINE
    if not ids or len(ids) > most:
        raise validation_error(f"Between 1 and {most} stack ids must be specified")
    stacks: dict[Target, str] = {}
    for stack_id in ids:
        parts = stack_id.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("stack/"):
            raise validation_error(f"{stack_id} is not a stack id")
        target = Target(parts[4], parts[3])
        if target in stacks:
            raise validation_error(
                f"More than one stack of account {target.account} in region {target.region}"
            )
        stacks[target] = _existing(target, stack_id)
    return stacks


def refuse_taken(
    stack_set: StackSet, stacks: Mapping[Target, str], all_sets: Iterable[StackSet]
) -> None:
    """Refuse stacks of another instance, and pairs that have an instance."""
    owners = {one.stack_id: each for each in all_sets for one in each.instances.values()}
    for target, stack_id in stacks.items():
        instance = stack_set.instances.get(target)
        retried = instance is not None and instance.detailed == "FAILED_IMPORT"
        if (owner := owners.get(stack_id)) is not None and not (retried and owner is stack_set):
            raise AwsError(
                "InvalidOperationException",
                f"Stack {stack_id} belongs to stack set {owner.set_id} already",
            )
        if instance is not None and not retried:
            raise AwsError(
                "InvalidOperationException",
                f"Stack set {stack_set.set_id} has an instance in account {target.account} and "
                f"region {target.region} already",
            )


def overrides_of(
    stack_set: StackSet, stack: StackDefinition | None, stack_id: str
) -> dict[str, str]:
    """Return the values in which a stack differs from the set, or refuse it (MemberError)."""
    if stack is None or stack.stack_id != stack_id:
        raise MemberError(f"Stack {stack_id} does not exist")
    if stack.status not in _HEALTHY:
        raise MemberError(f"Stack {stack_id} is in {stack.status} state and cannot be imported")
    wanted, present = map(ministack_stacks.parse_template, (stack_set.template, stack.template))
    if wanted != present:
        raise MemberError(
            f"The template of stack {stack_id} does not match the template of stack set "
            f"{stack_set.name}"
        )
    declared = present.get("Parameters") or {}
    if hidden := sorted(key for key in declared if _is_hidden(declared[key])):
        raise MemberError(
            f"Stack {stack_id} has NoEcho parameters [{', '.join(hidden)}], which stack import "
            "does not support"
        )
    defaults = {key: str(one["Default"]) for key, one in declared.items() if "Default" in one}
    values = {**defaults, **stack_set.parameters}
    return {key: value for key, value in stack.parameters.items() if values.get(key) != value}


def _is_hidden(parameter: Mapping[str, object]) -> bool:
    return str(parameter.get("NoEcho", False)).lower() == "true"


def _existing(target: Target, stack_id: str) -> str:
    name = stack_id.split("/")[1]
    with ministack.at(Place(*target)):
        stack = ministack_stacks.stack(name)
    if stack is None or stack.status == "DELETE_COMPLETE" or stack.stack_id != stack_id:
        raise AwsError("StackNotFoundException", f"Stack {stack_id} does not exist", 404)
    return stack_id


def _read_list(url: str) -> list[str] | None:
    """Read a list of stack ids, separated by commas or line ends, from its object in S3."""
    text = ministack_stacks.read_document({"TemplateURL": [url]}, "StackIds")
    return None if text is None else [one for one in text.replace(",", "\n").split() if one]
