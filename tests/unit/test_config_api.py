"""What is wrong with `api`, by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.config import load
from generator.errors import GenError

pytestmark = pytest.mark.unit

MISTAKES = [
    ("{waf: true}", "REST APIs only", "choose `type: rest`"),
    ("{waf: {rate_limit: 500}}", "REST APIs only", "choose `type: rest`"),
    ("{api_keys: true}", "neither usage plans nor API keys", "choose `type: rest`"),
    ("{type: rest, waf: {rate_limit: 5}}", "must be at least 10", None),
    (
        "{type: rest, waf: {managed_rules: [AWSManagedRulesComonRuleSet]}}",
        "managed_rules",
        "Common",
    ),
    ("{type: rest, waf: 5}", "'waf' must be a mapping", None),
    (
        "{type: rest, authorization: JWT, jwt: {issuer: 'https://x', audience: [a]}}",
        "does not check JWTs",
        "choose `type: http`",
    ),
    ("{domain: {name: Api.Example, hosted_zone_id: Z1}}", "does not fit the pattern", None),
    ("{domain: {name: api.example.com, hosted_zone_id: example}}", "does not fit", None),
    ("{type: soap}", "must be 'http' or 'rest'", None),
]
ROUTES = [
    ("$default", "no $default route", "ANY /{proxy+}"),
    ("GET /a/{rest+}/b", "only the last part of the path may be greedy", "leave out the '+'"),
    ("GET /a~b", "'a~b' is no path part", "use letters"),
    ("GET /orders/{key}/items", "name the same part of the path differently", "write {id} in both"),
]


@pytest.mark.parametrize(("api", "message", "hint"), MISTAKES)
def test_what_an_api_cannot_be_is_one_error_with_its_line(
    project: Path, api: str, message: str, hint: str | None
) -> None:
    with (project / "params/dev.yaml").open("a") as file:
        file.write(f"api: {api}\n")
    with pytest.raises(GenError) as caught:
        load(project, "dev")
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint is None or hint in (problem.hint or "")
    assert (problem.file, problem.line) == ("params/dev.yaml", 7)


@pytest.mark.parametrize(("route", "message", "hint"), ROUTES)
def test_what_a_rest_api_cannot_route_is_one_error_with_its_line(
    project: Path, route: str, message: str, hint: str
) -> None:
    with (project / "params/dev.yaml").open("a") as file:
        file.write("api: {type: rest}\n")
        file.write("functions:\n  orders:\n    routes:\n      - GET /orders/{id}\n")
        file.write(f"      - {route}\n")
    with pytest.raises(GenError) as caught:
        load(project, "dev")
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint in (problem.hint or "")
    assert (problem.file, problem.line) == ("params/dev.yaml", 12)


@pytest.mark.parametrize(
    ("waf", "rules"), [("true", 3), ("{managed_rules: [AWSManagedRulesSQLiRuleSet]}", 1)]
)
def test_what_a_rest_api_can_be_is_taken(project: Path, waf: str, rules: int) -> None:
    with (project / "params/dev.yaml").open("a") as file:
        file.write("api: {type: rest, api_keys: true, authorization: AWS_IAM, waf: " + waf + "}\n")
        file.write("functions: {orders: {routes: [ANY /, 'ANY /{proxy+}', GET /a-b/c_d]}}\n")
    api = load(project, "dev").config.api
    assert api.waf is not None
    assert (api.waf.rate_limit, len(api.waf.managed_rules)) == (2000, rules)


def test_a_domain_belongs_to_one_account(project: Path) -> None:
    file = project / "params/dev.yaml"
    text = file.read_text().replace(
        'targets: {tools_account: "111111111111"}',
        'targets: {tools_account: "111111111111", accounts: ["111111111111", "222222222222"]}',
    )
    file.write_text(text + "api: {domain: {name: api.example.com, hosted_zone_id: Z1}}\n")
    with pytest.raises(GenError) as caught:
        load(project, "dev")
    (problem,) = caught.value.problems
    assert "2 accounts would share api.example.com" in problem.message
    assert (problem.file, problem.line) == ("params/dev.yaml", 7)


def test_a_domain_needs_a_region_s_health(project: Path) -> None:
    with (project / "params/dev.yaml").open("a") as file:
        file.write("functions: {orders: {routes: [GET /orders]}}\n")
        file.write("api: {domain: {name: api.example.com, hosted_zone_id: Z1}}\n")
    with pytest.raises(GenError) as caught:
        load(project, "dev")
    (problem,) = caught.value.problems
    assert "no function answers 'GET /health'" in problem.message
    assert (problem.file, problem.line) == ("params/dev.yaml", 8)
