"""A typed view of what we need of ministack: with ministack_*.py all that knows its names.

ministack is pinned exactly because of these files. Nothing here decides anything: other modules
decide, these carry it into ministack. Import it only after `environment.prepare`.
"""

# ministack carries no types, so here, and only here, everything that comes from it is Any.
# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import asyncio
import base64
import copy
import functools
import gzip
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode

import botocore.session
import ministack.app as _app
import yaml
from botocore import serialize as _serialize
from ministack.core import iam_actions as _iam_actions
from ministack.core import lambda_runtime as _lambda_runtime
from ministack.core import responses as _responses
from ministack.core import router as _router
from ministack.services import apigateway as _http_apis
from ministack.services import apigateway_v1 as _rest_apis
from ministack.services import cloudformation as _cfn
from ministack.services import cloudwatch_logs as _logs
from ministack.services import eventbridge as _events
from ministack.services import iam as _iam
from ministack.services import lambda_svc as _lambda
from ministack.services import s3 as _s3
from ministack.services.cloudformation import changesets as _changesets
from ministack.services.cloudformation import engine as _engine
from ministack.services.cloudformation import handlers as _handlers
from ministack.services.cloudformation import helpers as _helpers
from ministack.services.cloudformation import provisioners as _provisioners
from ministack.services.cloudformation import stacks as _stacks

from localcloud.asgi import Application
from localcloud.errors import AwsError, validation_error

Params = dict[str, list[str]]
Template = dict[str, Any]
Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
Action = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """An account and a region: where a call acts."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a CloudFormation action answered."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class StackView:
    """A stack as it is now."""

    stack_id: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class StackDefinition:
    """What a stack was made from."""

    stack_id: str
    status: str
    template: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ResourceType:
    """How resources of a type are made: physical id and attributes from properties.

    `update` answers the old physical id, or a new one when it replaced the resource.
    """

    create: Callable[[str, Properties, str], Created]
    update: Callable[[str, Properties, Properties, str, str], Created]
    delete: Callable[[str, Properties], None]


# --- the server -------------------------------------------------------------------------------


def application() -> Application:
    """Return ministack as an ASGI application."""
    return _app.app


def forget_everything() -> None:
    """Empty every service."""
    _app._reset_all_state()


def on_the_loop(act: Callable[[], None]) -> None:
    """Run something on the server's loop; callable on any thread."""
    if _app._MAIN_LOOP is not None:
        _app._MAIN_LOOP.call_soon_threadsafe(act)


def stop_functions() -> None:
    """End the processes in which functions run."""
    _lambda_runtime.reset()


def name_call(
    method: str, path: str, headers: dict[str, str], body: bytes, query: Params
) -> tuple[str, str | None, Place]:
    """Return the service, the action (None when unknown) and the place of a request."""
    routing = _app._routing_params(method, path, headers, body, query)
    service = _router.detect_service(method, path, headers, routing)
    action = _iam_actions.extract_iam_action(service, method, path, headers, body, routing)
    if service == "apigateway":
        action = _iam_actions._match_rest_action(service, method, path, query)
    key = _router.extract_access_key_id(headers, query)
    with here():
        if key:
            _responses.set_request_account_id(key)
        place = Place(_responses.get_account_id(), _router.extract_region(headers, query))
    return service, action.partition(":")[2] or action if action else None, place


def add_json_service(name: str, target: str, actions: Mapping[str, Action]) -> None:
    """Answer a service of the JSON protocol that ministack lacks."""

    async def answer(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Params
    ) -> Any:
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action not in actions:
            message = f"The local cloud does not answer {name}:{action}"
            return _responses.error_response_json("UnknownOperationException", message, 400)
        try:
            found = actions[action](json.loads(body or b"{}"))
        except AwsError as error:
            return _responses.error_response_json(error.code, error.message, error.status)
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(found).encode()

    patterns = {"host_patterns": [rf"{name}\."], "target_prefixes": [target]}
    _router.SERVICE_PATTERNS[name] = patterns
    _iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name
    _app.SERVICE_HANDLERS[name] = answer


# --- places -----------------------------------------------------------------------------------


def current_place() -> Place:
    """Return where the present call or task acts."""
    return Place(_responses.get_account_id(), _responses.get_region())


@contextmanager
def at(place: Place) -> Iterator[None]:
    """Act in another account and region."""
    with _responses.request_scope(place.account, place.region):
        yield


def here() -> Any:
    """Keep whatever is set inside from leaking out."""
    return at(current_place())


def new_id() -> str:
    return _responses.new_uuid()


# --- CloudFormation: the API ------------------------------------------------------------------


def answer_action(name: str, handler: Callable[[Params], str]) -> None:
    """Let CloudFormation answer one more action: the handler returns the result's inner XML."""

    def answer(params: Params) -> Any:
        try:
            inner = handler(params)
        except AwsError as error:
            return _helpers._error(error.code, error.message, error.status)
        return _helpers._xml(200, f"{name}Response", f"<{name}Result>{inner}</{name}Result>")

    _handlers._ACTION_HANDLERS[name] = answer


def rewrite_action(
    name: str, *, when: Callable[[Params], bool], rewrite: Callable[[Params], Params]
) -> None:
    """Answer some calls of an action as if they had been other calls."""
    before = _handlers._ACTION_HANDLERS[name]

    def answer(params: Params) -> Any:
        try:
            return before(rewrite(params) if when(params) else params)
        except AwsError as error:
            return _helpers._error(error.code, error.message, error.status)

    _handlers._ACTION_HANDLERS[name] = answer


def run_action(name: str, params: Params) -> Answer:
    """Run a CloudFormation action in the present place, as AWS itself would.

    A template that was read from S3 once may be longer here than a call may carry.
    """
    limit, _helpers._template_body_problem = _helpers._template_body_problem, lambda _: None
    try:
        status, _, body = _handlers._ACTION_HANDLERS[name](params)
    finally:
        _helpers._template_body_problem = limit
    return Answer(status, body.decode() if isinstance(body, bytes) else body)


def error_of(answer: Answer) -> AwsError:
    """Return the error that an action answered."""
    code = re.search("<Code>(.*?)</Code>", answer.text, re.DOTALL)
    message = re.search("<Message>(.*?)</Message>", answer.text, re.DOTALL)
    return AwsError(
        code[1] if code else "ValidationError",
        unescape(message[1]) if message else answer.text,
        answer.status,
    )


def stack(name: str) -> StackView | None:
    """Return a stack of the present place by name."""
    record = _cfn._stacks.get(name)
    if record is None:
        return None
    return StackView(record["StackId"], record["StackStatus"], record["StackStatusReason"])


def stack_definition(name: str) -> StackDefinition | None:
    """Return what a stack of the present place was made from, by its name."""
    record = _cfn._stacks.get(name)
    if record is None:
        return None
    values = {one["ParameterKey"]: str(one["ParameterValue"]) for one in record["Parameters"]}
    body = record.get("_template_body") or "{}"
    return StackDefinition(record["StackId"], record["StackStatus"], body, values)


def stack_events(stack_id: str) -> list[dict[str, str]]:
    """Return a stack's events, oldest first."""
    return list(_cfn._stack_events.get(stack_id, []))


# --- CloudFormation: templates ----------------------------------------------------------------


def read_document(params: Params, label: str = "Template") -> str | None:
    """Return the text that TemplateBody or TemplateURL gives."""
    body, error = _helpers._resolve_template(params)
    if error:
        raise error_of(Answer(error[0], error[2].decode()))
    return body


def parse_template(text: str) -> Template:
    """Return a template with its intrinsic functions in long form."""
    try:
        return _engine._apply_transforms(_handlers._parse_template(text), [])
    except Exception as error:
        raise validation_error(f"Template format error: {error}") from error


def required_capabilities(template: Template) -> list[str]:
    """Return the IAM capabilities that a template needs."""
    return _handlers._required_iam_capabilities(template)


def check_template(template: Template, parameters: Mapping[str, str]) -> None:
    """Refuse a template that no stack could be made of (ValueError)."""
    given = [{"Key": key, "Value": value} for key, value in parameters.items()]
    values = _handlers._resolve_parameters(template, given, {})
    conditions = _engine._evaluate_conditions(template, values)
    _handlers.validate_template_support(template, conditions, params=values)


# --- CloudFormation: what is stricter, faster and more watchable than in ministack ---------------


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
        made = (physical_id, complete(resource_type, physical_id, properties, attributes)), seed
    return made


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


# --- CloudFormation: resource types --------------------------------------------------------------


def resource_types() -> frozenset[str]:
    """Return the types that CloudFormation can make here."""
    return frozenset(_provisioners._RESOURCE_HANDLERS)


def add_resource_type(name: str, resource: ResourceType) -> None:
    """Teach CloudFormation a type."""
    _provisioners._RESOURCE_HANDLERS[name] = {
        "create": resource.create,
        "update": resource.update,
        "update_with_logical_id": True,
        "delete": resource.delete,
    }


def then(resource_type: str, step: Callable[[str, Properties, Properties], None]) -> None:
    """Take one more step after a type's resources are created or updated in place.

    The step gets the physical id, the properties and the previous properties.
    """
    handlers = _provisioners._RESOURCE_HANDLERS[resource_type]
    create, update = handlers["create"], handlers["update"]

    def create_then(logical_id: str, given: Properties, stack_name: str) -> Created:
        made: Created = create(logical_id, given, stack_name)
        step(made[0], given, {})
        return made

    def update_then(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
        made: Created = update(physical_id, old, new, *rest)
        step(made[0], new, old if made[0] == physical_id else {})
        return made

    handlers["create"], handlers["update"] = create_then, update_then


def before(resource_type: str, check: Callable[[Properties], None]) -> None:
    """Check a type's properties against what exists before a resource is created or updated."""
    handlers = _provisioners._RESOURCE_HANDLERS[resource_type]
    create, update = handlers["create"], handlers["update"]

    def check_and_create(logical_id: str, given: Properties, stack_name: str) -> Created:
        check(given)
        return create(logical_id, given, stack_name)

    def check_and_update(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
        check(new)
        return update(physical_id, old, new, *rest)

    handlers["create"], handlers["update"] = check_and_create, check_and_update


def describe_replacements(by_schema: Callable[[str, str], str]) -> None:
    """Let change sets tell by the schema what ministack has no table for.

    Only what change sets say: which updates replace is still up to each type.
    """
    by_table = _stacks._property_recreation

    def recreation(resource_type: str, name: str) -> str:
        known = resource_type in _provisioners._REPLACING_PROPERTIES
        return by_table(resource_type, name) if known else by_schema(resource_type, name)

    _stacks._property_recreation = recreation


def draw_new_name() -> None:
    """Let the resource that is being replaced get another generated name."""
    _provisioners._NAME_SEED.set(new_id()[:8])


def physical_name(stack_name: str, logical_id: str, *, max_length: int, lower: bool) -> str:
    """Return the name that CloudFormation gives a resource whose template names it not."""
    return _provisioners._physical_name(stack_name, logical_id, max_len=max_length, lowercase=lower)


def _run(
    service: str,
    headers: dict[str, str],
    body: bytes,
    *,
    method: str = "POST",
    path: str = "/",
    query: Params | None = None,
) -> bytes:
    """Call a service in this process; only those that answer without waiting can be called."""
    handler = _app.SERVICE_HANDLERS[service](method, path, headers, body, query or {})
    try:
        handler.send(None)
    except StopIteration as done:
        status, _, answer = done.value
    else:
        handler.close()
        raise RuntimeError(f"{service} does not answer at once")
    text = answer.decode() if isinstance(answer, bytes) else str(answer)
    if status >= 300:
        message = re.search(r'(?i)<message>(.*?)</message>|"message"\s*:\s*"([^"]*)"', text)
        raise ValueError(unescape(message[1] or message[2]) if message else text)
    return text.encode()


def call_json(service: str, target: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Call a service of the JSON protocol in the present place (ValueError when refused)."""
    headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.1"}
    return json.loads(_run(service, headers, json.dumps(message).encode()) or b"{}")


def call_form(service: str, action: str, form: Mapping[str, str]) -> None:
    """Call a service of the Query protocol in the present place (ValueError when refused)."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    _run(service, headers, urlencode({"Action": action, **form}).encode())


def ask_form(service: str, action: str, form: Mapping[str, str]) -> dict[str, str]:
    """Call a service of the Query protocol; return the answer's texts by element name."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = _run(service, headers, urlencode({"Action": action, **form}).encode()).decode()
    return {name: unescape(text) for name, text in re.findall(r"<(\w+)>([^<]+)</\1>", answer)}


def call_s3(operation: str, parameters: Mapping[str, Any]) -> None:
    """Call S3 in the present place (ValueError when refused)."""
    model = _s3_model().operation_model(operation)
    request = _serialize.create_serializer("rest-xml").serialize_to_request(parameters, model)
    path, _, query = request["url_path"].partition("?")
    body = request["body"]
    place = current_place()
    # The account's own: where calls are judged, one of nobody is anonymous.
    scope = f"{place.account}/20260101/{place.region}/s3/aws4_request"
    _run(
        "s3",
        {name.lower(): value for name, value in request["headers"].items()}
        | {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}"},
        body if isinstance(body, bytes) else str(body).encode(),
        method=request["method"],
        path=path,
        query=parse_qs(query, keep_blank_values=True),
    )


@functools.cache
def _s3_model() -> Any:
    return botocore.session.Session().get_service_model("s3")


def refer_to_secrets_by_arn() -> None:
    """Let Ref answer a secret's ARN, as AWS does, where ministack answers its name."""
    handlers = _provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def by_arn(made: Created) -> Created:
        return made[1]["Id"], made[1]

    def name(arn: str) -> str:
        return arn.partition(":secret:")[2][:-7] or arn

    handlers["create"] = lambda *given: by_arn(create(*given))
    handlers["update"] = lambda arn, *given: by_arn(update(name(arn), *given))
    handlers["delete"] = lambda arn, properties: delete(name(arn), properties)


# Types whose names are unique: the property, and where ministack keeps those that exist.
_UNIQUE: dict[str, tuple[str, str, str, str]] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch", "_alarms", "{}"),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "cloudwatch", "_composite_alarms", "{}"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb", "_tables", "{}"),
    "AWS::Events::EventBus": ("Name", "eventbridge", "_event_buses", "{}"),
    "AWS::IAM::ManagedPolicy": (
        "ManagedPolicyName", "iam", "_policies", "arn:aws:iam::{account}:policy/{}",
    ),
    "AWS::IAM::Role": ("RoleName", "iam", "_roles", "{}"),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "firehose", "_streams", "{}"),
    "AWS::KMS::Alias": ("AliasName", "kms", "_aliases", "arn:aws:kms:{region}:{account}:{}"),
    "AWS::Lambda::Function": ("FunctionName", "lambda_svc", "_functions", "{}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "cloudwatch_logs", "_log_groups", "{}"),
    "AWS::SecretsManager::Secret": ("Name", "secretsmanager", "_secrets", "{}"),
    "AWS::SNS::Topic": ("TopicName", "sns", "_topics", "arn:aws:sns:{region}:{account}:{}"),
    "AWS::SQS::Queue": ("QueueName", "sqs", "_queue_name_to_url", "{}"),
    "AWS::SSM::Parameter": ("Name", "ssm", "_parameters", "{}"),
}  # fmt: skip


def taken_name(resource_type: str, properties: Properties) -> str | None:
    """Return the name that properties give a resource, when there is such a resource already."""
    if resource_type not in _UNIQUE:
        return None
    property_name, module, store, pattern = _UNIQUE[resource_type]
    name = properties.get(property_name)
    place = current_place()
    key = pattern.format(name, account=place.account, region=place.region)
    return name if name and key in getattr(_app._get_module(module), store) else None


# --- the services that ours touch ---------------------------------------------------------------


def role_trust(account: str, role_name: str) -> Mapping[str, Any] | None:
    """Return a role's trust policy, or None when there is no such role."""
    with at(Place(account, "us-east-1")):
        role = _iam._roles.get(role_name)
    if role is None:
        return None
    document = role["AssumeRolePolicyDocument"]
    return json.loads(document) if isinstance(document, str) else document


def read_object(bucket: str, key: str, version: str | None = None) -> bytes | None:
    """Return an object of whoever owns the bucket: names are global, access is not checked."""
    owner = _s3._bucket_owner_account(bucket)
    if owner is None:
        return None
    with at(Place(owner, _responses.get_region())):
        return _s3._get_object_data(bucket, key, version_id=version)


def bucket_region(bucket: str) -> str | None:
    """Return where a bucket lies, whoever owns it."""
    owner = _s3._bucket_owner_account(bucket)
    if owner is None:
        return None
    with at(Place(owner, _responses.get_region())):
        return _s3.bucket_region(bucket)


def put_event(
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    arns: list[str],
    bus: str = "default",
) -> None:
    """Publish an event of an AWS service on a bus of the present place."""
    entry = {"Source": source, "DetailType": detail_type, "Resources": arns, "EventBusName": bus}
    entries = [{**entry, "Detail": json.dumps(detail)}]
    _events._put_events({"Entries": entries}, allow_aws_source=True)


def on_event_target(deliver: Callable[[str, str, Mapping[str, Any]], bool]) -> None:
    """Ask first whether somebody else delivers an event to a target.

    `deliver` gets the target's ARN, the text to deliver and the event; False leaves the target
    to ministack.
    """
    invoke = _events._invoke_target

    def invoke_or_deliver(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        view = view or _events._pattern_event_view(event)
        text = json.dumps(view.event_with_detail())
        if target.get("InputTransformer"):
            text = _events._apply_input_transformer(target["InputTransformer"], rule, view)
        elif target.get("Input"):
            text = target["Input"]
        if not deliver(target["Arn"], text, event):
            invoke(target, event, rule, view)

    _events._invoke_target = invoke_or_deliver


def bus_exists(bus: str) -> bool:
    return bus == "default" or bus in _events._event_buses


def bus_statements(bus: str) -> list[dict[str, Any]]:
    """Return the statements of an event bus's resource policy in the present place."""
    return list((_events._event_bus_policies.get(bus) or {}).get("Statement", []))


def set_bus_statements(bus: str, statements: list[dict[str, Any]]) -> None:
    """Replace the resource policy of an event bus of the present place."""
    _events._event_bus_policies.pop(bus, None)
    if statements:
        _events._event_bus_policies[bus] = {"Version": "2012-10-17", "Statement": statements}


def forward_event(bus: str, event: Mapping[str, Any]) -> None:
    """Put an event of elsewhere on a bus of the present place, its origin unchanged."""
    _events._dispatch_event({**event, "EventBusName": bus})


def on_subscribed_logs(deliver: Callable[[str, bytes], None]) -> None:
    """Hand log events to the destinations that ministack does not serve.

    `deliver` gets the destination's ARN and the events as CloudWatch Logs sends them.
    """
    fan_out = _logs._fanout_to_subscription_filters

    def fan_out_and_deliver(group: str, stream: str, events: Any) -> None:
        fan_out(group, stream, events)
        filters = (_logs._log_groups.get(group) or {}).get("subscriptionFilters") or {}
        for one in filters.values():
            pattern = one.get("filterPattern", "")
            wanted = [
                {"id": new_id(), "timestamp": event["timestamp"], "message": event["message"]}
                for event in events
                if _logs._subscription_pattern_matches(pattern, event.get("message", ""))
            ]
            message = {
                "messageType": "DATA_MESSAGE",
                "owner": current_place().account,
                "logGroup": group,
                "logStream": stream,
                "subscriptionFilters": [one["filterName"]],
                "logEvents": wanted,
            }
            if wanted:
                deliver(one["destinationArn"], gzip.compress(json.dumps(message).encode()))

    _logs._fanout_to_subscription_filters = fan_out_and_deliver


def put_record(delivery_stream: str, data: bytes) -> None:
    """Put a record into a Firehose stream of the present place."""
    record = {"Data": base64.b64encode(data).decode()}
    _app._get_module("firehose")._put_record(
        {"DeliveryStreamName": delivery_stream, "Record": record}
    )


def put_log_line(group: str, stream: str, message: str) -> None:
    """Write one line into a new stream of a log group of the present place."""
    _logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    line = {"timestamp": int(time.time() * 1000), "message": message}
    _logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [line]})


def read_code_and_templates_across_accounts() -> None:
    """Let Lambda and CloudFormation read the buckets of other accounts, in any form of URL."""
    read = _helpers._resolve_document

    def resolve(params: Params, body_key: str, url_key: str, label: str) -> Any:
        url = _helpers._p(params, url_key)
        if not url or _helpers._p(params, body_key):
            return read(params, body_key, url_key, label)
        bucket, path = _split_url(url)
        owner = _s3._bucket_owner_account(bucket)
        with at(Place(owner or _responses.get_account_id(), _responses.get_region())):
            plain = f"https://s3.amazonaws.com/{bucket}/{path}"
            return read({**params, url_key: [plain]}, body_key, url_key, label)

    _helpers._resolve_document = resolve
    _lambda._fetch_code_from_s3 = lambda bucket, key, version_id=None: read_object(
        bucket, key, version_id
    )


def find_apis_of_any_account() -> None:
    """Let unsigned requests reach an API by its id alone, by AWS's host name too."""

    def find(apis: Any, api_id: str) -> tuple[str, str] | None:
        return next((key[:2] for key, _ in apis.all_items() if key[2] == api_id), None)

    _http_apis.find_api_scope = functools.partial(find, _http_apis._apis)
    _rest_apis.find_api_scope = functools.partial(find, _rest_apis._rest_apis)
    _app._EXECUTE_API_RE = re.compile(
        r"^([a-z0-9]+)\.execute-api\.(?:[a-z0-9-]+\.amazonaws\.com|localhost)(?::\d+)?$"
    )


def leave_health_to_apis() -> None:
    """Let `/health` reach the APIs that have such a route; ministack's own has other names."""
    _app._HEALTH_PATHS = tuple(path for path in _app._HEALTH_PATHS if path != "/health")


_VIRTUAL_HOST = re.compile(r"https://(.+?)\.s3[.-](?:[a-z0-9-]+\.)*(?:amazonaws\.com|localhost)")


def _split_url(url: str) -> tuple[str, str]:
    host, _, path = url.partition("://")[2].partition("/")
    virtual = _VIRTUAL_HOST.match(f"https://{host}")
    bucket, key = (virtual[1], path) if virtual else path.partition("/")[::2]
    return bucket, key.partition("?")[0]
