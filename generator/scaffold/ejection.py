"""Copy gen's own templates into a project, where they take the place of gen's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from generator.config.finding import closest
from generator.errors import GenError, Problem
from generator.shipped import OWN, ROOT, TEMPLATES, template_names

_SHOWN = re.compile(rf"^(?:{re.escape(OWN)})?(?:{TEMPLATES}/)?(?P<name>.*?)(?::\d+)*$")
"""A name as messages show it: gen:templates/service.yaml.j2:12."""


def eject(project: Path, names: Iterable[str], *, force: bool = False) -> list[str]:
    """Copy templates into a project; give the names of the files.

    Raises GenError for every name that gen has no template of, and for every file that is there
    already unless `force` says to replace it: nothing is copied then.
    """
    wanted = list(dict.fromkeys(_SHOWN.sub(r"\g<name>", name) for name in names))
    known = template_names()
    problems: list[Problem] = []
    for name in wanted:
        shown = f"{TEMPLATES}/{name}"
        if name not in known:
            problems.append(Problem(f"gen has no template '{name}'", hint=_meant(name, known)))
        elif (project / shown).exists() and not force:
            hint = "--force takes gen's own again; what is there now is lost"
            problems.append(Problem("the project has this one already", file=shown, hint=hint))
    if problems:
        raise GenError(problems)
    for name in wanted:
        target = project / TEMPLATES / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / TEMPLATES / name).read_bytes())
    return [f"{TEMPLATES}/{name}" for name in wanted]


def _meant(name: str, known: list[str]) -> str:
    """Suggest by the file's name first: few people know the folder."""
    short = Path(name).name.removesuffix(".j2").removesuffix(".yaml")
    same = [each for each in known if short and Path(each).name.split(".")[0] == short]
    if len(same) == 1:
        return f"did you mean '{same[0]}'?"
    return closest(name, same or known) or "`gen eject --list` names them all"
