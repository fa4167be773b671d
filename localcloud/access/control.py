"""Switch the judging of calls on and off, and give out credentials of roles."""

from typing import Any

from localcloud import ministack_access, ministack_keys, ministack_requests
from localcloud.access import keys
from localcloud.control import Control
from localcloud.errors import LocalCloudError


def install(control: Control) -> None:
    """Let the server's own API switch judging, and answer credentials of any role."""
    ministack_requests.count_as_tls()
    ministack_requests.name_resources_in_refusals()
    ministack_requests.name_calls_on_aliases()
    ministack_requests.judge_looks_at_alarms()
    ministack_requests.judge_log_streams()
    ministack_access.call_sessions_by_their_role()
    ministack_requests.tell_conditional_writes()
    ministack_keys.ask_for_keys(keys.needs)
    control.answer("GET", "iam", lambda _: _state())
    control.answer("POST", "iam", _switch)
    control.answer("POST", "credentials", _credentials)


def _state() -> dict[str, Any]:
    return {"enforce": ministack_access.are_judged()}


def _switch(message: dict[str, Any]) -> dict[str, Any]:
    enforce = message.get("enforce")
    if not isinstance(enforce, bool):
        raise LocalCloudError("enforce must be true or false")
    ministack_access.judge_calls(enforce)
    return _state()


def _credentials(message: dict[str, Any]) -> dict[str, str]:
    role = str(message.get("role", ""))
    found = ministack_access.role_session(role) if role.count(":") == 5 else None
    if found is None:
        raise LocalCloudError(f"no such role: {role}")
    return found
