"""The private names of ministack by which an answer gets the content type that AWS gives it.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-untyped-call"

import functools
import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore
from ministack.core import responses as _responses

_DATA = Path(botocore.__file__).parent / "data"
# A model begins with what the service is: protocol, names, version.
_HEAD_BYTES = 4096
_METADATA = re.compile(r'"metadata"\s*:\s*')


@dataclass(frozen=True, slots=True)
class _Service:
    """As much of botocore's model as ministack asks for here."""

    metadata: dict[str, Any]


def know_protocols() -> None:
    """Read of a service's model only the lines that name its protocol.

    ministack makes a session and reads the whole model for each service's first answer: together
    longer than everything else that a first deployment asks of it.
    """
    whole = _responses._service_model

    @functools.cache
    def head(service: str) -> Any:
        name = _responses._BOTOCORE_NAME.get(service, service)
        return _head(_DATA / name) or whole(service)

    _responses._service_model = head


def _head(folder: Path) -> _Service | None:
    models = sorted(folder.glob("*/service-2.json*"))
    if not models:
        return None
    read = gzip.open if models[-1].suffix == ".gz" else open
    with read(models[-1], "rb") as file:
        text = file.read(_HEAD_BYTES).decode(errors="replace")
    found = _METADATA.search(text)
    if found is None:
        return None
    try:
        return _Service(json.JSONDecoder().raw_decode(text, found.end())[0])
    except ValueError:
        return None
