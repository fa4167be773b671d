"""How ministack's CloudFormation makes resources: checked first, watchable, some slowly."""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import asyncio
import copy
import functools
import json
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import yaml
from ministack.services import cloudformation as _cfn
from ministack.services.cloudformation import changesets as _changesets
from ministack.services.cloudformation import engine as _engine
from ministack.services.cloudformation import handlers as _handlers
from ministack.services.cloudformation import stacks as _stacks

from localcloud import ministack_nested
from localcloud.ministack import Properties, Template
from localcloud.ministack_types import taken_name


def install_checks(
    *,
    parameters: Callable[[Template, Mapping[str, bool]], None],
    template: Callable[[Template, Mapping[str, bool]], None],
    properties: Callable[[str, str, Properties], None],
    complete: Callable[[str, str, Properties, dict[str, Any]], dict[str, Any]],
) -> None:
    """Ask before parameters are resolved, a template is accepted, a resource is made.

    Each check refuses by ValueError, in AWS's words. `parameters` gets the template and the given
    names (True: its previous value), `template` the conditions by name, `properties` the type,
    the logical id and the resolved properties. `complete` gets the type, the physical id, the
    properties and the attributes of what was made, and returns all attributes.
    """
    resolve, accept = _engine._resolve_parameters, _engine.validate_template_support

    def resolve_checked(body: Any, given: Any, previous: Any = None) -> Any:
        parameters(body, {one["Key"]: bool(one.get("UsePreviousValue")) for one in given})
        return resolve(body, given, previous)

    def accept_checked(body: Any, conditions: Any, params: Any = None) -> None:
        accept(body, conditions, params=params)
        if not body.get("Transform"):
            template(body, conditions)

    for module in (_handlers, _changesets):
        module._resolve_parameters = resolve_checked
        module.validate_template_support = accept_checked
        module._parse_template = _parse_once
    _handlers._capabilities_enforced = lambda: True
    _stacks._runs_on_worker_thread = lambda _: True
    _stacks.run_reentrant = functools.partial(
        _provision, properties, complete, _stacks.run_reentrant
    )

    def check_nested(resource_type: str, logical_id: str, given: Properties) -> None:
        _refuse_taken_name(resource_type, given)
        properties(resource_type, logical_id, given)

    ministack_nested.install(check_nested, complete)


class _FastLoader(yaml.CSafeLoader):
    """ministack's loader on libyaml's parser: a service template in 20 ms instead of 300."""


_FastLoader.yaml_constructors = _engine.CfnLoader.yaml_constructors


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else yaml.load(text, Loader=_FastLoader)


def _parse_once(text: str) -> Any:
    template = _parsed(text.strip())
    if not isinstance(template, dict):
        raise ValueError("Template must be a JSON or YAML mapping")
    return copy.deepcopy(template)


_really_blocks = _stacks._runs_on_worker_thread


async def _provision(
    check: Callable[[str, str, Properties], None],
    complete: Callable[[str, str, Properties, dict[str, Any]], dict[str, Any]],
    on_own_thread: Callable[..., Awaitable[Any]],
    action: Callable[..., Any],
    resource_type: str,
    *arguments: Any,
) -> Any:
    """Create, update or delete one resource, letting other stacks and readers in between."""
    await asyncio.sleep(0)
    creates = action is _stacks._provision_keeping_seed
    updates = action is _stacks._update_keeping_seed
    properties = arguments[1] if creates else arguments[2] if updates else {}
    if creates:
        _refuse_taken_name(resource_type, properties)
    if creates or updates:
        check(resource_type, arguments[0] if creates else arguments[4], properties)
    if updates and resource_type in _slow_updates:
        made = await _update_slowly(action, resource_type, *arguments)
    elif _really_blocks(resource_type):
        made = await on_own_thread(action, resource_type, *arguments)
    else:
        made = action(resource_type, *arguments)
    if creates or updates:
        (physical_id, attributes), seed = made
        if resource_type in _stabilizing:
            await _stabilizing[resource_type](physical_id)
        made = (physical_id, complete(resource_type, physical_id, properties, attributes)), seed
    return made


_stabilizing: dict[str, Callable[[str], Awaitable[None]]] = {}


def stabilize(resource_type: str, wait: Callable[[str], Awaitable[None]]) -> None:
    """Let stacks wait for what they made of a type, by its physical id; ValueError: it failed.

    What failed is for `wait` to delete: the stack never knew it. Nested stacks do not wait.
    """
    _stabilizing[resource_type] = wait


@dataclass(frozen=True, slots=True)
class SlowUpdate:
    """A stack's update of a resource that may take its time.

    `policy` is the resource's UpdatePolicy, resolved; `apply` updates the resource to properties,
    the wanted ones if none are given.
    """

    physical_id: str
    old: Properties
    new: Properties
    policy: Mapping[str, Any]
    apply: Callable[[Properties | None], Any]


_slow_updates: dict[str, Callable[[SlowUpdate], Awaitable[Any]]] = {}


# What the stack that is being made will be: its record tells only when all is done.
_deploying: ContextVar[tuple[Template, dict[str, Any]]] = ContextVar("deploying")


def update_slowly(resource_type: str, update: Callable[[SlowUpdate], Awaitable[Any]]) -> None:
    """Let stack updates (not rollbacks) of a type wait for `update`; it answers what `apply` did.

    Nested stacks are made elsewhere: their resources are updated at once.
    """
    _slow_updates[resource_type] = update
    extract = _engine._extract_deps

    def extract_with_policy(resource: Any, names: set[str]) -> set[str]:
        found = extract(resource, names)
        references = _engine._intrinsic_references(resource.get("UpdatePolicy") or {})
        return found | {name for name, _ in references if name in names}

    deploy = _stacks._deploy_stack_async

    async def deploy_known(
        name: str,
        stack_id: str,
        template: Template,
        values: dict[str, Any],
        *rest: Any,
        **more: Any,
    ) -> None:
        _deploying.set((template, values))
        await deploy(name, stack_id, template, values, *rest, **more)

    # On AWS, too, what an update policy refers to comes first.
    _engine._extract_deps = _stacks._extract_deps = extract_with_policy
    for module in (_stacks, _handlers, _changesets):
        module._deploy_stack_async = deploy_known


async def _update_slowly(
    action: Callable[..., Any],
    resource_type: str,
    physical_id: str,
    old: Properties,
    new: Properties,
    stack_name: str,
    logical_id: str,
    *rest: Any,
) -> Any:
    record = _cfn._stacks[stack_name]
    template, values = _deploying.get()
    policy = _engine._resolve_refs(
        copy.deepcopy(template["Resources"][logical_id].get("UpdatePolicy") or {}),
        record["_resources"],
        values,
        _engine._evaluate_conditions(template, values),
        template.get("Mappings", {}),
        stack_name,
        record["StackId"],
    )

    def apply(given: Properties | None) -> Any:
        wanted = new if given is None else given
        return action(resource_type, physical_id, old, wanted, stack_name, logical_id, *rest)

    known = policy if isinstance(policy, dict) else {}
    present = {key: value for key, value in known.items() if value is not _engine._NO_VALUE}
    asked = SlowUpdate(physical_id, old, new, present, apply)
    return await _slow_updates[resource_type](asked)


def _refuse_taken_name(resource_type: str, properties: Properties) -> None:
    name = taken_name(resource_type, properties)
    if name is not None:
        raise ValueError(
            f"Resource of type '{resource_type}' with identifier '{name}' already exists."
        )
