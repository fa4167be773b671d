"""Take sources apart and put artifacts together."""

import glob
import io
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

from localcloud.codebuild.buildspec import Files

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class NoArtifactsError(Exception):
    """There is nothing to upload, in CodeBuild's words."""


class NotAZipError(Exception):
    """A source that is no zip."""


def unpack(data: bytes, folder: Path) -> None:
    """Unpack a zip into a folder, with the permissions and links that it was made with."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise NotAZipError("zip: not a valid zip file")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            if stat.S_ISLNK(mode):
                link = folder / Path(archive.extract(info, folder)).relative_to(folder)
                link.unlink()
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(archive.read(info).decode())
                continue
            # This also keeps names with .. inside the folder.
            path = Path(archive.extract(info, folder))
            if stat.S_IMODE(mode) and not info.is_dir():
                path.chmod(stat.S_IMODE(mode) | stat.S_IRUSR | stat.S_IWUSR)


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Replace a text's $VARIABLES; one that is not set is empty."""
    return _VARIABLE.sub(lambda found: environment.get(found[1] or found[2], ""), text)


def select(files: Files, folder: Path, environment: Mapping[str, str]) -> dict[str, Path]:
    """Return the files that an artifact or report names, by their names in it.

    A pattern without a match is skipped; it takes all of them to fail
    (NoArtifactsError), as https://github.com/aws/copilot-cli/issues/2780 shows.
    """
    base = expand(files.base_directory, environment) or "."
    bases = [path for path in _glob(folder, base) if path.is_dir()]
    if not bases:
        raise NoArtifactsError(f"no matching base directory path found for {base}")
    found: dict[str, Path] = {}
    for root in bases:
        for pattern in files.patterns:
            for path in _glob(root, expand(pattern, environment)):
                name = os.path.relpath(path, root)
                # A folder stands for nothing: its files have to be named.
                if path.is_file() and not any(fnmatch(name, one) for one in files.exclude):
                    found[path.name if files.discard_paths else name] = path
    if not found:
        raise NoArtifactsError("no matching artifact paths found")
    return found


def _glob(root: Path, pattern: str) -> list[Path]:
    where = str(Path(glob.escape(str(root))) / pattern)
    # Path.glob refuses what leaves the folder, which a pattern may do.
    found = glob.glob(where, recursive=True, include_hidden=True)  # noqa: PTH207
    return sorted(map(Path, found))


def pack(files: Mapping[str, Path]) -> bytes:
    """Return the zip of files by their names in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    return packed.getvalue()
