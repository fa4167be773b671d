"""Take in a set's template: what CreateStackSet and UpdateStackSet check before anything runs."""

from collections.abc import Mapping

from localcloud import ministack_stacks
from localcloud.errors import AwsError, validation_error
from localcloud.stacksets.requests import Query


def read(query: Query) -> str | None:
    """Return the template that the call carries or points at, if any."""
    return ministack_stacks.read_document({key: list(value) for key, value in query.params.items()})


def check(text: str, parameters: Mapping[str, str], capabilities: tuple[str, ...]) -> None:
    """Refuse a template, parameters or capabilities as AWS does at the set."""
    template = ministack_stacks.parse_template(text)
    needed = ministack_stacks.required_capabilities(template)
    missing = [
        one
        for one in needed
        if one not in capabilities
        and not (one == "CAPABILITY_IAM" and "CAPABILITY_NAMED_IAM" in capabilities)
    ]
    if missing:
        raise AwsError(
            "InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(missing)}]"
        )
    try:
        ministack_stacks.check_template(template, parameters)
    except ValueError as refusal:
        raise validation_error(str(refusal)) from refusal


def declared_parameters(text: str) -> frozenset[str]:
    """Return the names of a template's parameters."""
    return frozenset(ministack_stacks.parse_template(text).get("Parameters") or {})
