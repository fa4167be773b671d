"""What the calls that change stack sets do and refuse."""

from collections.abc import Callable

from localcloud.errors import AwsError, validation_error
from localcloud.stacksets import guards, imports, templates
from localcloud.stacksets.model import (
    DEFAULT_ADMINISTRATION_ROLE,
    DEFAULT_EXECUTION_ROLE,
    Action,
    Instance,
    Operation,
    Preferences,
    Result,
    StackSet,
    Target,
    now,
)
from localcloud.stacksets.operations import Queue
from localcloud.stacksets.requests import (
    Query,
    read_parameters,
    read_preferences,
    read_tags,
    read_targets,
)
from localcloud.stacksets.store import Store, get_operation


class StackSets:
    """Change the stack sets of one administrator account and region at a time."""

    def __init__(self, store: Store, queue: Queue, new_id: Callable[[], str]) -> None:
        self._store = store
        self._queue = queue
        self._new_id = new_id

    def create_set(self, account: str, region: str, query: Query) -> StackSet:
        """Make a set without instances."""
        name = query.text("StackSetName")
        if not name or not name[0].isalpha() or not name.replace("-", "").isalnum():
            raise validation_error(
                f"1 validation error detected: Value '{name}' at 'stackSetName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        if self._store.find(account, region, name) is not None:
            raise AwsError("NameAlreadyExistsException", f"StackSet {name} already exists", 409)
        if query.text("PermissionModel", "SELF_MANAGED") != "SELF_MANAGED":
            raise validation_error(
                "The local cloud has no organizations: only permission model SELF_MANAGED works"
            )
        text = templates.read(query)
        if text is None:
            raise validation_error("Either Template URL or Template Body must be specified.")
        default_role = f"arn:aws:iam::{account}:role/{DEFAULT_ADMINISTRATION_ROLE}"
        stack_set = StackSet(
            name=name,
            set_id=f"{name}:{self._new_id()}",
            account=account,
            region=region,
            template=text,
            parameters=read_parameters(query, "Parameters", {}),
            tags=read_tags(query),
            capabilities=tuple(query.strings("Capabilities")),
            description=query.text("Description"),
            administration_role=query.text("AdministrationRoleARN", default_role),
            execution_role=query.text("ExecutionRoleName", DEFAULT_EXECUTION_ROLE),
            managed_execution=query.flag("ManagedExecution.Active") or False,
        )
        templates.check(text, stack_set.parameters, stack_set.capabilities)
        self._store.add(stack_set)
        return stack_set

    def update_set(self, stack_set: StackSet, query: Query) -> Operation:
        """Change the set's definition and bring its instances, or some of them, to it."""
        operation_id = self._claim(stack_set, query)
        new_text = templates.read(query)
        if new_text is None and not query.flag("UsePreviousTemplate"):
            raise validation_error(
                "Either Template URL or Template Body must be specified, or UsePreviousTemplate"
            )
        text = stack_set.template if new_text is None else new_text
        parameters = read_parameters(query, "Parameters", stack_set.parameters)
        capabilities = tuple(query.strings("Capabilities"))
        tags = read_tags(query) if query.has("Tags") else stack_set.tags
        preferences = read_preferences(query)
        administration_role = self._administration_role(stack_set, query)
        templates.check(text, parameters, capabilities)
        targets = read_targets(query)
        guards.refuse_missing(stack_set, targets)
        if new_text is not None or query.has("Parameters"):
            for instance in stack_set.instances.values():
                _outdate(instance)
        stack_set.template, stack_set.parameters = text, parameters
        stack_set.capabilities, stack_set.tags = capabilities, tags
        stack_set.administration_role = administration_role
        stack_set.execution_role = query.text("ExecutionRoleName", stack_set.execution_role)
        stack_set.description = query.text("Description", stack_set.description)
        managed = query.flag("ManagedExecution.Active")
        stack_set.managed_execution = stack_set.managed_execution if managed is None else managed
        chosen = targets or _operable(stack_set)
        return self._start(stack_set, "UPDATE", operation_id, chosen, preferences)

    def delete_set(self, stack_set: StackSet) -> None:
        """Delete an empty set."""
        guards.refuse_in_progress(stack_set)
        if stack_set.instances:
            raise AwsError("StackSetNotEmptyException", "StackSet is not empty", 409)
        stack_set.deleted = True

    def create_instances(self, stack_set: StackSet, query: Query) -> Operation:
        """Make stacks in every account and region of the call."""
        operation_id = self._claim(stack_set, query)
        targets = guards.required(read_targets(query))
        overrides = self._overrides(stack_set, query)
        preferences = read_preferences(query)
        for target in targets:
            instance = stack_set.instances.setdefault(target, Instance(target))
            if overrides is not None:
                instance.overrides = dict(overrides)
        return self._start(stack_set, "CREATE", operation_id, targets, preferences)

    def update_instances(self, stack_set: StackSet, query: Query) -> Operation:
        """Change the overrides of instances and bring them to the set's definition."""
        operation_id = self._claim(stack_set, query)
        targets = guards.required(read_targets(query))
        guards.refuse_missing(stack_set, targets)
        overrides = self._overrides(stack_set, query)
        preferences = read_preferences(query)
        for target in targets:
            if overrides is not None:
                # A key left out of a supplied list goes back to the set's value.
                stack_set.instances[target].overrides = dict(overrides)
        return self._start(stack_set, "UPDATE", operation_id, targets, preferences)

    def delete_instances(self, stack_set: StackSet, query: Query) -> Operation:
        """Delete instances and, unless retained, their stacks."""
        operation_id = self._claim(stack_set, query)
        retain = query.flag("RetainStacks")
        if retain is None:
            raise validation_error("RetainStacks must be specified")
        targets = [
            one for one in guards.required(read_targets(query)) if one in stack_set.instances
        ]
        preferences = read_preferences(query)
        operation = self._start(stack_set, "DELETE", operation_id, targets, preferences)
        operation.retain_stacks = retain
        return operation

    def detect_drift(self, stack_set: StackSet, query: Query) -> Operation:
        """Compare the stacks of all instances with what is there."""
        operation_id = self._claim(stack_set, query)
        preferences = read_preferences(query)
        targets = list(stack_set.instances)
        return self._start(stack_set, "DETECT_DRIFT", operation_id, targets, preferences)

    def import_stacks(self, stack_set: StackSet, query: Query) -> Operation:
        """Make instances of stacks that exist."""
        operation_id = self._claim(stack_set, query)
        stacks = imports.read_stacks(query)
        imports.refuse_taken(stack_set, stacks, self._store.all())
        preferences = read_preferences(query)
        for target, stack_id in stacks.items():
            stack_set.instances[target] = Instance(target, stack_id=stack_id)
        operation = self._start(stack_set, "CREATE", operation_id, list(stacks), preferences)
        operation.imports = stacks
        return operation

    def stop(self, stack_set: StackSet, operation_id: str) -> None:
        """Let what runs finish and cancel the rest."""
        operation = get_operation(stack_set, operation_id)
        if operation.has_ended or operation.status == "STOPPING":
            raise AwsError(
                "InvalidOperationException",
                f"Operation {operation_id} is in {operation.status} status and cannot be stopped",
            )
        if operation.status == "QUEUED":
            operation.status, operation.ended = "STOPPED", now()
            for result in operation.results.values():
                result.status = "CANCELLED"
        else:
            operation.status = "STOPPING"

    def _start(
        self,
        stack_set: StackSet,
        action: Action,
        operation_id: str,
        targets: list[Target],
        preferences: Preferences,
    ) -> Operation:
        operation = Operation(
            operation_id=operation_id,
            action=action,
            results={target: Result() for target in targets},
            preferences=preferences,
            administration_role=stack_set.administration_role,
            execution_role=stack_set.execution_role,
        )
        stack_set.operations[operation_id] = operation
        for target in targets:
            instance = stack_set.instances[target]
            instance.last_operation = operation_id
            if action != "DETECT_DRIFT":
                instance.detailed = "PENDING"
                _outdate(instance)
        self._queue.add(stack_set, operation)
        return operation

    def _claim(self, stack_set: StackSet, query: Query) -> str:
        """Return the operation's id, refused when it was used or another operation runs."""
        operation_id = query.text("OperationId") or self._new_id()
        if operation_id in stack_set.operations:
            raise AwsError(
                "OperationIdAlreadyExistsException",
                f"The specified operation ID already exists: {operation_id}",
                409,
            )
        if query.text("CallAs", "SELF") != "SELF":
            raise validation_error(
                "CallAs DELEGATED_ADMIN is for stack sets with permission model SERVICE_MANAGED"
            )
        if not stack_set.managed_execution:
            guards.refuse_in_progress(stack_set)
        return operation_id

    def _overrides(self, stack_set: StackSet, query: Query) -> dict[str, str] | None:
        if not query.has("ParameterOverrides"):
            return None
        overrides = read_parameters(query, "ParameterOverrides", stack_set.parameters)
        unknown = sorted(overrides.keys() - templates.declared_parameters(stack_set.template))
        if unknown:
            raise validation_error(
                f"Parameters: [{', '.join(unknown)}] do not exist in the template"
            )
        return overrides

    def _administration_role(self, stack_set: StackSet, query: Query) -> str:
        given = query.optional("AdministrationRoleARN")
        if given is None and not stack_set.administration_role.endswith(
            f"/{DEFAULT_ADMINISTRATION_ROLE}"
        ):
            # [I] AWS documents the rule, not the words.
            raise validation_error(
                "AdministrationRoleARN must be specified: the stack set uses a customized "
                "administrator role"
            )
        return given or stack_set.administration_role


def _operable(stack_set: StackSet) -> list[Target]:
    return [target for target, one in stack_set.instances.items() if one.status != "INOPERABLE"]


def _outdate(instance: Instance) -> None:
    if instance.status != "INOPERABLE":
        instance.status = "OUTDATED"
