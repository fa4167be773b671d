"""A secret is rotated in four steps, which may come twice, late, broken off, and at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

ARN = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:orders-AbCdEf"
OLD, NEW = "00000000-old", "11111111-new"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
# The modules that a fixture loads hold no state, so examples may share them.
shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


class FakeSecretsManager:
    """One secret in memory: labels move, and calls are refused, as the API reference says."""

    def __init__(self, value: str = "first") -> None:
        self.enabled = True
        self.values: dict[str, dict[str, str]] = {OLD: {"SecretString": value}}
        self.stages: dict[str, list[str]] = {OLD: ["AWSCURRENT"]}
        self.generated: list[str] = []
        self.before: Callable[[str], None] = lambda call: None
        self.after: Callable[[str], None] = lambda call: None

    def rotate_secret(self, token: str) -> None:
        """Stage a version without a value, as RotateSecret does before the first step."""
        self._label(token, "AWSPENDING")

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803
        with Call(self, "describe_secret", SecretId):
            stages = {version: list(labels) for version, labels in self.stages.items() if labels}
            return {"RotationEnabled": self.enabled, "VersionIdsToStages": stages}

    def get_secret_value(
        self, *, SecretId: str, VersionStage: str, VersionId: str | None = None  # noqa: N803
    ) -> dict[str, Any]:  # fmt: skip
        with Call(self, "get_secret_value", SecretId):
            staged = [token for token, labels in self.stages.items() if VersionStage in labels]
            for token in staged:
                if VersionId in (None, token) and token in self.values:
                    return {"VersionId": token, **self.values[token]}
            raise client_error("ResourceNotFoundException")

    def get_random_password(
        self, *, PasswordLength: int, ExcludeCharacters: str  # noqa: N803
    ) -> dict[str, str]:  # fmt: skip
        with Call(self, "get_random_password", ARN):
            alphabet = [c for c in "abcdefghij0123456789!%" if c not in ExcludeCharacters]
            number = len(self.generated)
            password = (f"new{number}-" + "".join(alphabet) * PasswordLength)[:PasswordLength]
            self.generated.append(password)
            return {"RandomPassword": password}

    def put_secret_value(
        self,
        *,
        SecretId: str,  # noqa: N803
        ClientRequestToken: str,  # noqa: N803
        SecretString: str,  # noqa: N803
        VersionStages: list[str],  # noqa: N803
    ) -> dict[str, Any]:
        with Call(self, "put_secret_value", SecretId):
            value = {"SecretString": SecretString}
            if self.values.setdefault(ClientRequestToken, value) != value:
                raise client_error("ResourceExistsException")
            for label in VersionStages:
                self._label(ClientRequestToken, label)
            return {}

    def update_secret_version_stage(
        self,
        *,
        SecretId: str,  # noqa: N803
        VersionStage: str,  # noqa: N803
        MoveToVersionId: str,  # noqa: N803
        RemoveFromVersionId: str,  # noqa: N803
    ) -> dict[str, Any]:
        with Call(self, "update_secret_version_stage", SecretId):
            if VersionStage not in self.stages[RemoveFromVersionId]:
                raise client_error("InvalidParameterException")
            self._label(MoveToVersionId, VersionStage)
            if MoveToVersionId != RemoveFromVersionId:
                self._label(RemoveFromVersionId, "AWSPREVIOUS")
            return {}

    def _label(self, token: str, label: str) -> None:
        for labels in self.stages.values():
            if label in labels:
                labels.remove(label)
        self.stages.setdefault(token, []).append(label)

    def staged(self, label: str) -> str | None:
        """Give the value of the one version with a label."""
        (token,) = [token for token, labels in self.stages.items() if label in labels]
        return self.values.get(token, {}).get("SecretString")


class Call:
    """Lets a test get in before a call, and after it took effect."""

    def __init__(self, client: FakeSecretsManager, name: str, secret: str):
        assert secret == ARN
        self.client, self.name = client, name

    def __enter__(self) -> None:
        self.client.before(self.name)

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self.client.after(self.name)


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, "Call")


@pytest.fixture
def function(load_function: Any) -> SimpleNamespace:
    return load_function("secret_rotation")


def do(
    function: SimpleNamespace,
    client: FakeSecretsManager,
    step: str,
    token: str = NEW,
    **environment: str,
) -> None:
    request = function.rotation.Request.of(
        {"Step": step, "SecretId": ARN, "ClientRequestToken": token}
    )
    recipe = function.values.Recipe.of({"LENGTH": "32", **environment})
    function.rotation.rotate(request, recipe, client)


def rotated(function: SimpleNamespace, value: str, **environment: str) -> FakeSecretsManager:
    client = FakeSecretsManager(value)
    client.rotate_secret(NEW)
    for step in STEPS:
        do(function, client, step, **environment)
    return client


def test_a_text_becomes_another_text_and_the_old_one_stays_readable(function: SimpleNamespace):
    client = rotated(function, "first", LENGTH="20", EXCLUDE_CHARACTERS="!%0")
    assert client.staged("AWSPREVIOUS") == "first"
    current = client.staged("AWSCURRENT")
    assert current == client.generated[0]
    assert len(str(current)) == 20
    assert not set("!%0") & set(str(current)[5:])  # behind the fake's own new0-


@pytest.mark.parametrize("field", ["password", "value"])
def test_of_a_json_object_only_the_secret_field_is_new(function: SimpleNamespace, field: str):
    before = {"user": "jörg", field: "first", "ports": [1, 2], "tls": None}
    client = rotated(function, json.dumps(before))
    after = json.loads(str(client.staged("AWSCURRENT")))
    assert after == {**before, field: client.generated[0]}
    assert list(after) == list(before)


def test_a_password_goes_before_a_value(function: SimpleNamespace):
    client = rotated(function, '{"value": "kept", "password": "first"}')
    assert json.loads(str(client.staged("AWSCURRENT")))["value"] == "kept"


@pytest.mark.parametrize("text", ["12345678", '"quoted"', "[1]", "{broken", "null", "[" * 100_000])
def test_json_that_is_no_object_is_plain_text(function: SimpleNamespace, text: str):
    client = rotated(function, text)
    assert client.staged("AWSCURRENT") == client.generated[0]


def test_nothing_is_current_before_the_last_step(function: SimpleNamespace):
    client = FakeSecretsManager()
    client.rotate_secret(NEW)
    for step in STEPS[:-1]:
        do(function, client, step)
        assert client.staged("AWSCURRENT") == "first"


def test_steps_after_the_end_change_nothing(function: SimpleNamespace):
    client = rotated(function, "first")
    stages, values = dict(client.stages), dict(client.values)
    for step in STEPS:
        do(function, client, step)
    assert (client.stages, client.values) == (stages, values)
    assert len(client.generated) == 1


def fails(function: SimpleNamespace, client: FakeSecretsManager, step: str, **more: str) -> str:
    with pytest.raises(function.values.RotationError) as caught:
        do(function, client, step, **more)
    return str(caught.value)


@pytest.mark.parametrize("step", STEPS)
def test_a_secret_without_rotation_is_refused(function: SimpleNamespace, step: str):
    client = FakeSecretsManager()
    client.rotate_secret(NEW)
    client.enabled = False
    assert "not enabled" in fails(function, client, step)


@pytest.mark.parametrize("step", STEPS)
def test_a_version_that_is_unknown_or_not_pending_is_refused(function: SimpleNamespace, step: str):
    client = rotated(function, "first")
    assert "has no version" in fails(function, client, step, token="unknown")
    assert "is not AWSPENDING" in fails(function, client, step, token=OLD)
    assert client.staged("AWSPREVIOUS") == "first"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({}, "must have Step"),
        ({"Step": "createSecret", "SecretId": ARN}, "must have Step"),
        ({"Step": 1, "SecretId": ARN, "ClientRequestToken": NEW}, "must have Step"),
        ({"Step": "rotate", "SecretId": ARN, "ClientRequestToken": NEW}, "unknown step 'rotate'"),
    ],
)
def test_an_event_that_is_no_step_is_refused(
    function: SimpleNamespace, event: dict[str, Any], reason: str
):
    with pytest.raises(function.values.RotationError, match=reason):
        function.app.handler(event, None)


@pytest.mark.parametrize("length", ["", "0", "-1", "4097", "ten", "1.5", "²", "9" * 5000])
def test_a_bad_length_is_refused(function: SimpleNamespace, length: str):
    client = FakeSecretsManager()
    assert "LENGTH must be" in fails(function, client, "createSecret", LENGTH=length)


def test_an_empty_version_may_be_tried_but_never_becomes_current(function: SimpleNamespace):
    client = FakeSecretsManager()
    client.rotate_secret(NEW)
    do(function, client, "testSecret")  # what RotateImmediately: false may do
    assert "no pending value" in fails(function, client, "finishSecret")
    assert client.staged("AWSCURRENT") == "first"


def test_trying_a_configuration_finds_a_secret_that_can_not_be_renewed(function: SimpleNamespace):
    client = FakeSecretsManager('{"user": "u"}')
    client.rotate_secret(NEW)
    assert "without password or value" in fails(function, client, "testSecret")


@pytest.mark.parametrize(
    ("current", "pending", "reason"),
    [
        ("first", "", "is empty"),
        ('{"password": "a"}', "text", "is not a JSON object"),
        ('{"password": "a"}', '{"password": "b", "more": 1}', "other fields"),
        ('{"password": "a"}', "{}", "other fields"),
        ('{"password": "a"}', '{"password": ""}', "no text in 'password'"),
        ('{"password": "a"}', '{"password": 1}', "no text in 'password'"),
    ],
)
@pytest.mark.parametrize("step", ["testSecret", "finishSecret"])
def test_a_value_that_readers_could_not_read_never_becomes_current(
    function: SimpleNamespace, step: str, current: str, pending: str, reason: str
):
    client = FakeSecretsManager(current)
    client.rotate_secret(NEW)
    client.values[NEW] = {"SecretString": pending}
    assert reason in fails(function, client, step)
    assert client.staged("AWSCURRENT") == current


@pytest.mark.parametrize("value", ["first", '{"password": "first", "user": "u"}'])
def test_the_same_value_may_be_tried_but_does_not_end_a_rotation(
    function: SimpleNamespace, value: str
):
    client = FakeSecretsManager(value)
    client.rotate_secret(NEW)
    client.values[NEW] = {"SecretString": value}
    do(function, client, "testSecret")  # what RotateImmediately: false may do
    assert "is the current one" in fails(function, client, "finishSecret")


def test_a_json_object_with_nothing_to_renew_is_refused(function: SimpleNamespace):
    client = FakeSecretsManager('{"user": "u"}')
    client.rotate_secret(NEW)
    assert "without password or value" in fails(function, client, "createSecret")


def test_a_binary_secret_is_refused(function: SimpleNamespace):
    client = FakeSecretsManager()
    client.values[OLD] = {"SecretBinary": "AAAA"}
    client.rotate_secret(NEW)
    assert "is binary" in fails(function, client, "createSecret")


def test_a_secret_without_a_current_value_is_refused(function: SimpleNamespace):
    client = FakeSecretsManager()
    client.values.clear()
    client.rotate_secret(NEW)
    assert "no current value" in fails(function, client, "createSecret")


def test_a_refusal_of_aws_reaches_the_caller(function: SimpleNamespace):
    client = FakeSecretsManager()
    client.rotate_secret(NEW)

    def deny(call: str) -> None:
        if call == "put_secret_value":
            raise client_error("AccessDeniedException")

    client.before = deny
    with pytest.raises(ClientError, match="AccessDenied"):
        do(function, client, "createSecret")


def test_no_value_is_ever_logged(function: SimpleNamespace, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    client = rotated(function, '{"password": "first-secret"}')
    assert [record.message for record in caplog.records] == [f"{step}: done" for step in STEPS]
    said = " ".join(str(vars(record)) for record in caplog.records)
    assert ARN in said
    assert NEW in said
    assert "first-secret" not in said
    assert client.generated[0] not in said


def test_the_handler_does_a_step_as_its_environment_says(
    function: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
):
    client = FakeSecretsManager()
    client.rotate_secret(NEW)
    monkeypatch.setenv("LENGTH", "12")
    function.app.connect = lambda: client
    event = {"Step": "createSecret", "SecretId": ARN, "ClientRequestToken": NEW}
    assert function.app.handler(event, None) is None
    assert len(str(client.staged("AWSPENDING"))) == 12


def test_the_client_is_opened_once_and_gives_up_in_time(
    function: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    client = function.app.connect()
    assert client is function.app.connect()
    assert client.meta.config.read_timeout == 5
    assert client.meta.config.connect_timeout == 2


class Disturbance:
    """Gets into calls as a list of choices says: breaks them off, or runs another step first."""

    def __init__(self, choices: list[str], run: Callable[[str], None]):
        self.choices, self.run = choices, run

    def before(self, call: str) -> None:
        choice = self.choices.pop() if self.choices else "nothing"
        if choice == "lost":
            raise EndpointConnectionError(endpoint_url="https://secretsmanager")
        if choice in STEPS:
            self.run(choice)

    def after(self, call: str) -> None:
        if self.choices and self.choices[-1] == "lost answer":
            self.choices.pop()
            raise EndpointConnectionError(endpoint_url="https://secretsmanager")


choices = st.lists(st.sampled_from([*STEPS, "nothing", "lost", "lost answer"]), max_size=40)
values = st.sampled_from(["first", '{"user": "u", "password": "first"}'])


@given(choices=choices, value=values, ahead=st.lists(st.sampled_from(STEPS), max_size=4))
@shared
def test_however_steps_are_repeated_lost_or_mixed_the_new_value_wins_and_the_old_one_is_kept(
    function: SimpleNamespace, choices: list[str], value: str, ahead: list[str]
):
    client = FakeSecretsManager(value)
    client.rotate_secret(NEW)

    def attempt(step: str) -> bool:
        try:
            do(function, client, step)
        except (function.values.RotationError, ClientError, EndpointConnectionError):
            return False
        return True

    disturbance = Disturbance(choices, lambda step: attempt(step) and None)
    client.before, client.after = disturbance.before, disturbance.after
    for step in ahead:  # out of order
        attempt(step)
    for step in STEPS:  # Secrets Manager repeats a step until it is done
        assert any(attempt(step) for _ in range(50))  # more than there are choices
    labels = [label for labels in client.stages.values() for label in labels]
    assert labels.count("AWSCURRENT") == labels.count("AWSPREVIOUS") == 1
    assert "AWSCURRENT" in client.stages[NEW]
    assert client.staged("AWSPREVIOUS") == value
    current = client.staged("AWSCURRENT")
    assert current in {function.values.renew(value, one) for one in client.generated}


@given(late=st.sampled_from(STEPS), at=st.integers(1, 8))
@shared
def test_a_step_that_wakes_up_after_the_next_rotation_changes_nothing(
    function: SimpleNamespace, late: str, at: int
):
    """A duplicate is held up before its n-th call, while this rotation ends and another passes."""
    client = FakeSecretsManager()
    client.rotate_secret(NEW)
    do(function, client, "createSecret")
    seen = 0

    def pass_by(call: str) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            client.before = lambda call: None
            for step in STEPS:
                do(function, client, step)
            client.rotate_secret("next")
            for step in STEPS:
                do(function, client, step, token="next")

    client.before = pass_by
    try:
        do(function, client, late)
    except (function.values.RotationError, ClientError):
        assert seen >= at
    if seen >= at:
        assert client.stages["next"] == ["AWSPENDING", "AWSCURRENT"]
        assert client.stages[NEW] == ["AWSPREVIOUS"]
