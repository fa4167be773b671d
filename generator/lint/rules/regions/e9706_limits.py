"""E9706: limits."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.limits import BY_URL, SECTIONS


class Limits(Guardrail):
    """Templates stay under CloudFormation's limits."""

    id = "E9706"
    shortdesc = "Template is over a limit of CloudFormation"
    description = "CloudFormation refuses the template as a whole, however right the rest of it is."
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
    )
    bad = "Resources: {}\nParameters:  # <- -\n" + "".join(
        f"  P{n}: {{Type: String}}\n" for n in range(201)
    )
    good = "Resources: {}\nParameters:\n" + "".join(
        f"  P{n}: {{Type: String}}\n" for n in range(20)
    )

    def check(self, template: Template) -> Iterator[Flaw]:
        for name, limit in SECTIONS.items():
            for section in template.root.get(name):
                if isinstance(section.value, dict) and len(section.value) > limit:
                    yield Flaw.at(
                        section,
                        f"{len(section.value)} {name.lower()}, but a template may have {limit}:"
                        " move some to a stack of their own",
                    )
        if template.size and template.size > BY_URL:
            yield Flaw(
                (),
                f"{template.size:,} bytes, but a template may have {BY_URL:,}:"
                " move some resources to a stack of their own",
            )
