"""What is wrong with `network`, by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.config import load
from generator.errors import GenError

pytestmark = pytest.mark.unit

MISTAKES = [
    ("{mode: manged}", "must be 'none', 'managed' or 'existing'", "did you mean 'managed'?"),
    ("{mode: managed, zones: 1}", "must be at least 2", None),
    ("{mode: managed, cidr: 10.0.0.1/16}", "is no block of IPv4 addresses", None),
    ("{mode: managed, cidr: 8.8.0.0/16}", "must be a private block between /16 and /22", None),
    ("{mode: managed, cidr: 10.0.0.0/24}", "must be a private block between /16 and /22", None),
    ("{mode: managed, endpoints: [s3]}", "has a gateway endpoint for s3 already", "leave s3 out"),
    ("{mode: managed, endpoints: [SNS]}", "does not fit the pattern", None),
    ("{nat: one}", "is of a network that the service makes", "choose `mode: managed`"),
]
NETWORK = "{SubnetIds: 'subnet-0a,subnet-0b', SecurityGroupIds: sg-0a}"


def broken(project: Path, *lines: str) -> list[tuple[str, str | None, int | None]]:
    """Add lines to params/dev.yaml, whose targets are the last; give what is wrong."""
    with (project / "params/dev.yaml").open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))
    with pytest.raises(GenError) as caught:
        load(project, "dev")
    assert {problem.file for problem in caught.value.problems} == {"params/dev.yaml"}
    return [(p.message, p.hint, p.line) for p in caught.value.problems]


@pytest.mark.parametrize(("network", "message", "hint"), MISTAKES)
def test_a_mistake_is_one_error_with_its_line(
    project: Path, network: str, message: str, hint: str | None
) -> None:
    ((said, advice, line),) = broken(project, f"network: {network}")
    assert message in said
    assert hint is None or hint in (advice or "")
    assert line == 7


def test_an_existing_network_must_be_named_in_every_account_and_region(project: Path) -> None:
    file = project / "params/dev.yaml"
    file.write_text(
        file.read_text().replace(
            '"111111111111"}',
            '"111111111111", overrides: [{regions: [us-west-2, us-east-1], parameters: '
            + NETWORK
            + "}]}",
        )
    )
    found = broken(project, "network: {mode: existing}")
    assert [message.split(":")[0] for message, _, _ in found] == [
        "SubnetIds of 111111111111 in eu-central-1 is not said",
        "SecurityGroupIds of 111111111111 in eu-central-1 is not said",
    ]
    assert {line for _, _, line in found} == {7}
