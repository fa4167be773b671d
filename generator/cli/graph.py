"""gen graph"""

from __future__ import annotations

import click

from generator.cli.common import environment_option, load_config


@click.command(name="graph")
@environment_option
@click.option(
    "--format", "shape", type=click.Choice(["mermaid", "dot"]), default="mermaid",
    show_default=True, help="For Markdown pages, or for Graphviz.",
)  # fmt: skip
def command(*, environment: str, shape: str) -> None:
    """Print the system as a graph, in Mermaid or DOT.

    The same that gen docs draws: what calls, feeds, reads and tells what, in the primary region
    and in every region of the service, and how a release gets there.

    \b
      gen graph -e prod                               # into a ```mermaid block
      gen graph -e prod --format dot | dot -Tsvg > system.svg
    """
    from generator.lint import Store
    from generator.picture import drawn
    from generator.report.diagram import text

    root, loaded = load_config(environment)
    graph = drawn(root, loaded, Store(root / "build" / "cache" / "lint"))
    click.echo(text.mermaid(graph) if shape == "mermaid" else text.dot(graph), nl=False)
