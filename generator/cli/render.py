"""gen render"""

from __future__ import annotations

import click

from generator.cli.common import (
    console,
    environment_option,
    load_config,
    output_option,
    print_json,
    rows_of,
)


@click.command(name="render")
@environment_option
@output_option
def command(*, environment: str, output: str) -> None:
    """Package, render and prove an environment's build.

    Writes build/<env>/ when everything is right, and nothing when anything is not: templates,
    parameter files (as the AWS CLI and the StackSets console take them), packages, manifest.

    \b
      gen render                  # environment dev, or $GEN_ENV
      gen render -e prod
      gen render -e prod --output json | jq -r .release
    """
    from generator.build.folder import write
    from generator.build.make import make
    from generator.report.problems import show

    root, loaded = load_config(environment)
    build = make(root, loaded, cache=root / "build" / "cache")
    folder = write(root, environment, build.files)
    out = console()
    show(out, build.warnings, kind="warning")
    manifest = build.manifest
    out.print(
        f"release {manifest.release}: {_count(len(manifest.units), 'template')} proven for"
        f" {_count(len(manifest.artifact_buckets), 'region')},"
        f" {_count(len(manifest.functions), 'package')}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    shown = str(folder.relative_to(root))
    if output == "text":
        click.echo(shown)
        return
    print_json(
        {
            "environment": environment,
            "release": manifest.release,
            "folder": shown,
            "units": [unit.name for unit in manifest.units],
            "regions": list(manifest.artifact_buckets),
            "functions": [function.name for function in manifest.functions],
            "warnings": rows_of(build.warnings),
        }
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
