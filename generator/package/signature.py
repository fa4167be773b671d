"""Signed packages: what they are called, and that they are still the package that was built."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO

SUFFIX = ".signed.zip"
FOLDERS = ("META-INF/", "META_INF/")
"""Where AWS Signer puts its signature; the name is not documented, and the second has been seen."""

UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError
)  # fmt: skip
"""What zipfile raises for an archive that is spoilt: by each compression, or encrypted."""


def signed_key(key: str) -> str:
    """Name the signed form of a package: by what was signed, for no two signatures are alike."""
    return key.removesuffix(".zip") + SUFFIX


def is_signed(key: str) -> bool:
    """Say whether a key is that of a signed package."""
    return key.endswith(SUFFIX)


def package_key(key: str) -> str:
    """Name the package as it was built, from the key of either form."""
    return key.removesuffix(SUFFIX) + ".zip" if is_signed(key) else key


def difference(package: bytes, signed: bytes) -> str | None:
    """Say what a signed package has that the built one has not; None when it is the signature only.

    Files are compared by name and content: how a zip writes them down is up to who signs.
    """
    try:
        built, there = _files(package), _files(signed)
    except UNREADABLE as error:
        return f"it cannot be read ({error or type(error).__name__})"
    if missing := built.keys() - there.keys():
        return f"it lacks {_some(missing)}"
    if changed := [name for name in built if built[name] != there[name]]:
        return f"{_some(changed)} was changed"
    added = there.keys() - built.keys()
    if foreign := [name for name in added if not name.startswith(FOLDERS)]:
        return f"{_some(foreign)} was added"
    if not any(there[name] for name in added):
        return "it has no signature"
    return None


def _files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise ValueError("a file is in it twice")
        return {name: archive.read(name) for name in names}


def _some(names: Iterable[str]) -> str:
    first, *others = sorted(names)
    return f"{first} (and {len(others)} more)" if others else first
