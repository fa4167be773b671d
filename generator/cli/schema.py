"""gen schema"""

from __future__ import annotations

import json

import click


@click.command(name="schema")
def command() -> None:
    """Print the JSON schema of parameter files, for editors that complete and check YAML.

    \b
      gen schema > params.schema.json
    """
    from generator.config import Config

    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(),
        "title": "gen parameters",
    }
    # A file says part of the whole: what it leaves out may stand in params/defaults.yaml.
    schema.pop("required", None)
    click.echo(json.dumps(schema, indent=2))
