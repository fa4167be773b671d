"""What a parameter file may say of the pipeline, and what it may never hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.config import Config, load
from generator.config.operations import Scan
from generator.errors import GenError, Problem

pytestmark = pytest.mark.unit
Edit = Callable[[str, str], None]

SOURCE = "source: {type: codecommit, repository: shop}"


def said(project: Path, text: str) -> Config:
    with (project / "params" / "dev.yaml").open("a") as file:
        file.write(text + "\n")
    return load(project, "dev").config


def mistake(project: Path, text: str) -> Problem:
    with pytest.raises(GenError) as caught:
        said(project, text)
    (problem,) = caught.value.problems
    return problem


def test_a_release_is_watched_for_a_while_by_default(project: Path) -> None:
    delivery = said(project, f"pipeline: {{{SOURCE}}}").delivery
    assert (delivery.bake_minutes, delivery.rollback_window_minutes) == (10, 60)


@pytest.mark.parametrize(
    ("text", "scan"),
    [
        ("", Scan()),
        (", scan: true", Scan()),
        (", scan: false", Scan(secrets=False, dependencies=False, policies=False)),
        (", scan: {dependencies: false}", Scan(dependencies=False)),
        (", scan: {}", Scan()),
    ],
)
def test_a_scan_is_all_or_nothing_or_what_is_named(project: Path, text: str, scan: Scan) -> None:
    pipeline = said(project, f"pipeline: {{{SOURCE}{text}}}").pipeline
    assert pipeline is not None
    assert pipeline.scan == scan
    assert pipeline.scan.wanted is ("false" not in text or "dependencies" in text)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("delivery: {bake_minutes: 121}", "'bake_minutes' is 121, but may be at most 120", None),
        ("delivery: {bake_minutes: -1}", "'bake_minutes' is -1, but must be at least 0", None),
        ("delivery: {bake_minutes: 5m}", "'bake_minutes' must be a whole number", None),
        (
            "delivery: {rollback_window_minutes: 1441}",
            "'rollback_window_minutes' is 1441, but may be at most 1440",
            None,
        ),
        ("delivery: {bake: 5}", "unknown key 'bake'", "bake_minutes"),
        (f"pipeline: {{{SOURCE}, scan: all}}", "'scan' is true, false, or says of", None),
        (f"pipeline: {{{SOURCE}, scan: [secrets]}}", "'scan' is true, false, or says of", None),
        (f"pipeline: {{{SOURCE}, scan: {{secrets: 1}}}}", "'secrets' must be true or false", None),
        (
            f"pipeline: {{{SOURCE}, scan: {{secret: true}}}}",
            "unknown key 'secret'",
            "did you mean 'secrets'?",
        ),
    ],
)
def test_a_mistake_says_what_is_right(
    project: Path, text: str, message: str, hint: str | None
) -> None:
    problem = mistake(project, text)
    assert message in problem.message
    assert (hint or "") in (problem.hint or "")


TOKENS = [
    "OAuthToken", "oauth_token", "oauthToken", "token", "Token", "github_token", "GITHUB_TOKEN",
    "access_token", "personal_access_token", "pat", "github_pat", "secret", "client_secret",
    "webhook_secret", "password", "credentials", "api_key", "apikey", "deploy_key",
]  # fmt: skip


@pytest.mark.parametrize("key", TOKENS)
@pytest.mark.parametrize("place", ["source", "pipeline"])
def test_a_token_is_refused_unseen_and_the_connection_named(
    project: Path, key: str, place: str
) -> None:
    value = "ghp-not-a-real-one"
    source = "type: connection, repository: shop/orders"
    problem = mistake(
        project,
        f"pipeline: {{source: {{{source}, {key}: {value}}}}}"
        if place == "source"
        else f"pipeline: {{source: {{{source}}}, {key}: {value}}}",
    )
    assert problem.message == f"unknown key '{key}'"
    assert "'connection'" in (problem.hint or "")
    assert value not in str(problem)


def test_an_address_with_a_password_is_no_repository(project: Path) -> None:
    address = "https://me:pw@github.com/shop/orders"  # pragma: allowlist secret
    source = f"type: connection, repository: '{address}'"
    problem = mistake(project, f"pipeline: {{source: {{{source}}}}}")
    assert "'repository' is" in problem.message


@pytest.mark.parametrize("name", ["scan", "verify", "rollback-coordinator"])
def test_no_function_has_the_name_of_the_pipelines_own(project: Path, name: str) -> None:
    problem = mistake(project, f"functions: {{{name}: {{source: code/orders}}}}")
    assert "rename the function" in (problem.hint or "")
