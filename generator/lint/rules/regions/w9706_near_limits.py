"""W9706: what comes near a limit."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.limits import BY_PIPELINE, BY_URL, NEAR, SECTIONS


class NearLimits(Guardrail):
    """Templates have room left under CloudFormation's limits."""

    id = "W9706"
    shortdesc = "Template comes near a limit of CloudFormation"
    description = (
        "The next change or the one after it can't be deployed, and to split a stack that runs"
        " takes days. A pipeline's StackSet action takes less than CloudFormation itself."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
    )
    bad = "Resources: {}\nParameters:  # <- -\n" + "".join(
        f"  P{n}: {{Type: String}}\n" for n in range(190)
    )
    good = "Resources: {}\nParameters:\n" + "".join(
        f"  P{n}: {{Type: String}}\n" for n in range(20)
    )

    def check(self, template: Template) -> Iterator[Flaw]:
        for name, limit in SECTIONS.items():
            for section in template.root.get(name):
                if isinstance(section.value, dict) and limit * NEAR <= len(section.value) <= limit:
                    yield Flaw.at(
                        section,
                        f"{len(section.value)} {name.lower()}, and a template may have {limit}:"
                        " move some to a stack of their own",
                    )
        size = template.size or 0
        if BY_PIPELINE < size <= BY_URL:
            yield Flaw(
                (),
                f"{size:,} bytes, but a pipeline's StackSet action takes {BY_PIPELINE:,}:"
                " move some resources to a stack of their own",
            )
