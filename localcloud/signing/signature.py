"""Sign zips as Signer does, by one more file; no cryptography, so it proves nothing elsewhere."""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from io import BytesIO

FILE = "META_INF/aws_signer_signature_v1.0.SF"
# The earliest date that a zip can hold.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Signature:
    """Whose signature a package carries, and whether it is still the package that was signed."""

    profile_version: str
    """ARN."""
    intact: bool


def sign(data: bytes, *, profile_version: str, job: str) -> bytes | None:
    """Add a signature to a zip; None for what Signer does not sign.

    Signing fails "if the file is empty, already has a signature, or is malformed".
    https://docs.aws.amazon.com/signer/latest/developerguide/signing-jobs-lambda.html
    """
    try:
        digest, signed = _digest(data), read(data)
    except zipfile.BadZipFile:
        return None
    if signed is not None:
        return None
    out = BytesIO(data)
    text = json.dumps({"profileVersion": profile_version, "job": job, "digest": digest})
    with zipfile.ZipFile(out, "a") as archive:
        if not archive.namelist():
            return None
        archive.writestr(zipfile.ZipInfo(FILE, _EPOCH), text)
    return out.getvalue()


def read(data: bytes) -> Signature | None:
    """Read the signature of a zip; None when it has none."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if FILE not in archive.namelist():
            return None
        content = archive.read(FILE)
    try:
        found = json.loads(content)
        return Signature(found["profileVersion"], found["digest"] == _digest(data))
    except (ValueError, KeyError, TypeError):
        return Signature("", intact=False)


def _digest(data: bytes) -> str:
    """Digest names and contents of all files but the signature."""
    whole = hashlib.sha384()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for entry in archive.infolist():
            if entry.filename != FILE:
                whole.update(hashlib.sha384(entry.filename.encode()).digest())
                whole.update(hashlib.sha384(archive.read(entry)).digest())
    return whole.hexdigest()
