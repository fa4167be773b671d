"""What we need of ministack's CloudFormation: its actions, stacks and templates."""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from ministack.services import cloudformation as _cfn
from ministack.services.cloudformation import engine as _engine
from ministack.services.cloudformation import handlers as _handlers
from ministack.services.cloudformation import helpers as _helpers

from localcloud.errors import AwsError, validation_error
from localcloud.ministack import Params, Template


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
