"""Zips in which nothing depends on the machine that writes them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold
_UNIX = 3
_ELF = b"\x7fELF"


def write(files: Mapping[str, bytes]) -> bytes:
    """Zip files by path; the same files give the same bytes, everywhere and forever.

    Entries are stored, not deflated: deflate's output differs between zlib versions and builds
    (zlib, zlib-ng, Intel's), so a digest of it names a machine as much as its content. Size costs
    little: Lambda's limit for code in S3 counts it unzipped.
    """
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = (0o100000 | mode(files[path])) << 16
            entry.compress_type = zipfile.ZIP_STORED
            archive.writestr(entry, files[path])
    return out.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    """Read what a zip holds."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def mode(content: bytes) -> int:
    """Choose permissions by content: what can be executed is; umask, git and Windows disagree."""
    return 0o755 if content.startswith((b"#!", _ELF)) else 0o644


def is_native(path: str, content: bytes) -> bool:
    """Say whether a file is machine code."""
    return content.startswith(_ELF) or path.endswith((".so", ".pyd", ".dylib", ".dll"))


def sizes(data: bytes) -> dict[str, int]:
    """List what a zip holds, in its order, with sizes in bytes."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {entry.filename: entry.file_size for entry in archive.infolist()}
