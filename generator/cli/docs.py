"""gen docs"""

from __future__ import annotations

import click

from generator.cli.common import console, environment_option, load_config, print_json, write_page


@click.command(name="docs")
@environment_option
@click.option(
    "--out", type=click.Path(dir_okay=False, allow_dash=True), default="", metavar="FILE",
    help="Where to write the page; - is stdout.  [default: build/<env>-docs.html]",
)  # fmt: skip
@click.option(
    "--output", type=click.Choice(["html", "json"]), default="html", show_default=True,
    help="A page for people, or what it tells as JSON on stdout.",
)  # fmt: skip
def command(*, environment: str, out: str, output: str) -> None:
    """Write one page about a system: pictures, parameters, permissions, alarms, costs.

    Where it is and what flows in it, as pictures and as tables; the pipeline and its gates; every
    parameter as the console shows it; who may do what; alarms; what is billed by what; what the
    rules say. The templates are rendered in memory: it needs no build, no network and no account.
    The page is one file that asks for nothing, to be opened, mailed or printed.

    \b
      gen docs                       # build/dev-docs.html
      gen docs -e prod --out orders.html
      gen docs -e prod --output json | jq .costs
    """
    from generator.lint import Store
    from generator.picture import survey

    root, loaded = load_config(environment)
    system = survey(root, loaded, Store(root / "build" / "cache" / "lint"))
    if output == "json":
        print_json(system.as_data())
        return
    from generator.report.docs import write

    write_page(write(system), out, root / "build" / f"{environment}-docs.html")
    if errors := system.guardrails.errors:
        console().print(
            f"the rules find {errors} error{'s' * (errors != 1)} in the templates: the page lists"
            " them", style="yellow", highlight=False, soft_wrap=True,
        )  # fmt: skip
