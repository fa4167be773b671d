"""What docs/cost.md counts is what the templates of the two examples hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from templates.rendered import Template, config_of, units_of

from generator.config import logical_id
from generator.config.network_checks import values_of
from generator.units import UNITS

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"


def metrics(template: Template) -> int:
    """Count what CloudWatch bills: each metric that an alarm looks at."""
    return sum(
        sum("MetricStat" in query for query in alarm.get("Metrics", ())) or 1
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
    )


def interface_endpoints(template: Template) -> int:
    """Count the interface endpoints, each once for every zone that it is in."""
    return sum(
        len(endpoint["SubnetIds"])
        for endpoint in template.of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint.get("VpcEndpointType") == "Interface"
    )


def firewall_rules(template: Template) -> int:
    return sum(len(acl["Rules"]) for acl in template.of_type("AWS::WAFv2::WebACL").values())


def of_type(kind: str) -> Callable[[Template], int]:
    return lambda template: len(template.of_type(kind))


COUNTS: dict[str, Callable[[Template], int]] = {
    "KMS keys": of_type("AWS::KMS::Key"),
    "metrics of alarms": metrics,
    "dashboards": of_type("AWS::CloudWatch::Dashboard"),
    "secrets": of_type("AWS::SecretsManager::Secret"),
    "web ACLs": of_type("AWS::WAFv2::WebACL"),
    "rules of web ACLs": firewall_rules,
    "interface endpoints × zones": interface_endpoints,
}


def total(environment: str, count: Callable[[Template], int]) -> int:
    """Count in every stack of an environment."""
    stacks = {u.name: sum(map(len, u.waves(config_of(environment)))) for u in UNITS}
    return sum(count(each) * stacks[name] for name, each in units_of(environment).items())


def test_the_page_counts_the_memory_that_is_kept_ready() -> None:
    found = [0.0, 0.0]
    for column, environment in enumerate(("dev", "prod")):
        config = config_of(environment)
        for name, function in config.functions.items():
            for pair in config.pairs if function.provisioned_concurrency else ():
                own = values_of(config, pair).get(f"{logical_id(name)}Memory", function.memory)
                found[column] += function.provisioned_concurrency.min * int(own) / 1024
    assert f"| GB of provisioned concurrency | {found[0]:g} | {found[1]:g} |" in PAGE.read_text()


@pytest.mark.parametrize("what", COUNTS)
def test_the_page_counts_what_is_rendered(what: str) -> None:
    dev, prod = total("dev", COUNTS[what]), total("prod", COUNTS[what])
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| {what} |")]
    assert len(rows) == 1, f"docs/cost.md has no row of {what}"
    assert [cell.strip() for cell in rows[0].split("|")[2:4]] == [str(dev), str(prod)]


def test_the_sums_of_the_page_are_those_of_its_rows() -> None:
    table = PAGE.read_text().partition("| what | dev | prod |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    sums = {
        column: sum(float(row[column].removeprefix("$")) for row in rows[:-1]) for column in (4, 5)
    }
    for row in rows[:-1]:
        price = float(row[3].removeprefix("$"))
        assert [float(row[4][1:]), float(row[5][1:])] == [
            pytest.approx(int(row[column]) * price, abs=0.01) for column in (1, 2)
        ]
    assert [rows[-1][4], rows[-1][5]] == [f"**${sums[column]:,.2f}**" for column in (4, 5)]
