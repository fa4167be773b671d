"""See that a build is proven by the rules of now, not only by those that it was made under."""

from __future__ import annotations

import json
from pathlib import Path

from generator.build.manifest import Manifest
from generator.config import Loaded
from generator.errors import GenError
from generator.lint import Level, Store, Subject, prove
from generator.render.sourcemap import SourceMap


def check_proof(root: Path, loaded: Loaded, manifest: Manifest, folder: Path) -> None:
    """Raise GenError with every error that rules find in the templates of a build.

    What `gen render` has asked before is known, and asks nobody again.
    """
    subjects = [
        Subject(
            unit.template,
            (folder / unit.template).read_text(encoding="utf-8"),
            SourceMap.from_rows(json.loads((folder / unit.sources).read_text(encoding="utf-8"))),
        )
        for unit in manifest.units
    ]
    store = Store(root / "build" / "cache" / "lint")
    findings = prove(subjects, regions=loaded.config.regions.artifacts, store=store)
    if errors := [each.as_problem() for each in findings if each.level is Level.ERROR]:
        raise GenError(dict.fromkeys(errors))
