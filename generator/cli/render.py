"""gen render"""

from __future__ import annotations

import click

from generator.cli.common import (
    console,
    environment_option,
    load_config,
    output_option,
    print_json,
    project_root,
    rows_of,
)


@click.command(name="render")
@environment_option
@output_option
def command(*, environment: str, output: str) -> None:
    """Package, render and prove an environment's build.

    Writes build/<env>/ when everything is right, and nothing when anything is not: templates,
    parameter files (as the AWS CLI and the StackSets console take them), packages, manifest. Where
    nothing has changed since, the build that is there stays as it is.

    \b
      gen render                  # environment dev, or $GEN_ENV
      gen render -e prod
      gen render -e prod --output json | jq -r .release
    """
    from generator.build.receipt import Receipt, Summary

    receipt = Receipt(project_root(), environment)
    if (summary := receipt.standing()) is None:
        from generator.build.folder import write
        from generator.build.inputs import folders_of
        from generator.build.make import make

        root, loaded = load_config(environment)
        build = make(root, loaded, cache=root / "build" / "cache")
        write(root, environment, build.files)
        receipt.keep(build, folders_of(root, loaded))
        summary = Summary.of(build)
    if summary.warnings:
        from generator.report.problems import show

        show(console(), summary.warnings, kind="warning")
    click.echo(
        f"release {summary.release}: {_count(len(summary.units), 'template')} proven for"
        f" {_count(len(summary.regions), 'region')},"
        f" {_count(len(summary.functions), 'package')}",
        err=True,
    )
    folder = f"build/{environment}"
    if output == "text":
        click.echo(folder)
        return
    print_json(
        {
            "environment": environment,
            "release": summary.release,
            "folder": folder,
            "units": list(summary.units),
            "regions": list(summary.regions),
            "functions": list(summary.functions),
            "warnings": rows_of(summary.warnings),
        }
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
