"""gen eject"""

from __future__ import annotations

import click

from generator.cli import complete
from generator.cli.common import console, project_root


@click.command(name="eject")
@click.argument("templates", nargs=-1, metavar="TEMPLATE...", shell_complete=complete.templates)
@click.option("--list", "listed", is_flag=True, help="Name gen's templates, and stop.")
@click.option("--force", is_flag=True, help="Replace files that the project has already.")
def command(*, templates: tuple[str, ...], listed: bool, force: bool) -> None:
    """Copy gen's own templates into the project, to be changed there.

    A file in templates/ takes the place of gen's of the same name. Names are paths within that
    folder, or what an error names (gen:templates/core.yaml.j2:12). docs/templates.md says how to
    change less than a whole template.

    \b
      gen eject --list
      gen eject service.yaml.j2
      gen eject partials/service/table.yaml.j2 buildspecs/build.yml
    """
    from generator.errors import UsageError
    from generator.scaffold.ejection import eject
    from generator.shipped import template_names

    if listed:
        click.echo("\n".join(template_names()))
        return
    if not templates:
        raise UsageError("no template is named", hint="`gen eject --list` names them all")
    click.echo("\n".join(eject(project_root(), templates, force=force)))
    console().print("gen uses these instead of its own now", highlight=False, soft_wrap=True)
