"""Keep in the build which property changes replace a resource, so that a plan needs no cfn-lint."""

from __future__ import annotations

from collections.abc import Iterable

from generator.lint import Store, set_once_of
from generator.plan import TypeSchema
from generator.plan.schemas import to_json
from generator.plan.templates import read_template, section


def as_file(templates: Iterable[str], *, store: Store) -> str:
    """Gather the schemas of the types that templates use."""
    used = {
        str(resource.get("Type"))
        for template in templates
        for resource in section(read_template(template), "Resources").values()
        if isinstance(resource, dict)
    }
    found = {name: once for name in used if (once := set_once_of(name, store=store)) is not None}
    return to_json(
        {name: TypeSchema(once.always, once.conditionally) for name, once in found.items()}
    )
