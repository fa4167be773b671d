"""A typed view of what we need of ministack: with ministack_*.py all that knows its names.

ministack is pinned exactly because of these files. Nothing here decides anything: other modules
decide, these carry it into ministack. Import it only after `environment.prepare`.
"""

# ministack carries no types, so here, and only here, everything that comes from it is Any.
# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlencode

import ministack.app as _app
from ministack.core import iam_actions as _iam_actions
from ministack.core import lambda_runtime as _lambda_runtime
from ministack.core import responses as _responses
from ministack.core import router as _router
from ministack.services import apigateway as _http_apis
from ministack.services import apigateway_v1 as _rest_apis
from ministack.services import iam as _iam

from localcloud.asgi import Application
from localcloud.errors import AwsError

Params = dict[str, list[str]]
Template = dict[str, Any]
Properties = dict[str, Any]
Action = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """An account and a region: where a call acts."""

    account: str
    region: str


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


def call_service(
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
    return json.loads(call_service(service, headers, json.dumps(message).encode()) or b"{}")


def call_form(service: str, action: str, form: Mapping[str, str]) -> None:
    """Call a service of the Query protocol in the present place (ValueError when refused)."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    call_service(service, headers, urlencode({"Action": action, **form}).encode())


def ask_form(service: str, action: str, form: Mapping[str, str]) -> dict[str, str]:
    """Call a service of the Query protocol; return the answer's texts by element name."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = call_service(service, headers, urlencode({"Action": action, **form}).encode()).decode()
    return {name: unescape(text) for name, text in re.findall(r"<(\w+)>([^<]+)</\1>", answer)}


# --- the services that ours touch ---------------------------------------------------------------


def role_trust(account: str, role_name: str) -> Mapping[str, Any] | None:
    """Return a role's trust policy, or None when there is no such role."""
    with at(Place(account, "us-east-1")):
        role = _iam._roles.get(role_name)
    if role is None:
        return None
    document = role["AssumeRolePolicyDocument"]
    return json.loads(document) if isinstance(document, str) else document


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
