"""The files that gen brings along, and how a project lays its own over them.

They are templates, the code of functions that gen adds, and the locks of what builds install. An
installed gen has them in its own folder, where setup.py copies them; a checkout has them at its
root. A project's own file of the same name wins, in every one of these places.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TEMPLATES = "templates"
OWN = "gen:"
"""How gen's own files are told from the project's, in messages and within templates."""

_SHARE = Path(__file__).parent / "share"
IS_INSTALLED = _SHARE.is_dir()
"""Whether this gen is an installed wheel, not a checkout."""
ROOT = _SHARE if IS_INSTALLED else Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of templates, and how messages name it."""

    path: Path
    shown: str

    def name_of(self, file: str) -> str | None:
        """Say how messages name a file of this folder; None when it lies elsewhere."""
        path = Path(file)
        if not path.is_relative_to(self.path):
            return None
        return f"{self.shown}/{path.relative_to(self.path).as_posix()}"


def template_folders(project: Path) -> tuple[Folder, ...]:
    """List where a project's templates are looked for: its own folder first, then gen's."""
    own = Folder(project / TEMPLATES, TEMPLATES)
    shipped = Folder(ROOT / TEMPLATES, f"{OWN}{TEMPLATES}")
    return (own,) if own.path.resolve() == shipped.path.resolve() else (own, shipped)


def template_names() -> list[str]:
    """List gen's templates, by their paths within the folder."""
    folder = ROOT / TEMPLATES
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )


def find(project: Path, path: str) -> Path:
    """Find a folder of code: the project's own, else the one that gen brings along."""
    own, shipped = project / path, ROOT / path
    return shipped if shipped.is_dir() and not own.is_dir() else own
