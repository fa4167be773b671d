"""The private names of ministack's function processes: where their code lies.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import hashlib
import shutil
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime as _lambda_runtime


def unpack_once(folder: Path) -> None:
    """Let all processes that run the same package or layer share what it unpacks to, in `folder`.

    Its modules are compiled once, too. A cold start of a package of 500 files takes a third of
    the time, and every version of a function starts processes of its own. As on AWS, the code is
    nothing that a function may write to.
    """

    class SharedPackage(zipfile.ZipFile):
        def extractall(self, path: Any = None, *rest: Any) -> None:
            digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
            shared = folder / digest
            if not shared.exists():
                folder.mkdir(parents=True, exist_ok=True)
                draft = Path(tempfile.mkdtemp(dir=folder))
                super().extractall(draft, *rest)
                try:
                    draft.rename(shared)
                except OSError:  # another thread was faster
                    shutil.rmtree(draft)
            Path(path).rmdir()
            Path(path).symlink_to(shared)

    _lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedPackage})
    # The environment says that nobody writes bytecode, which is right for builds.
    _lambda_runtime._PYTHON_WORKER_SCRIPT = (
        "import sys; sys.dont_write_bytecode = False\n" + _lambda_runtime._PYTHON_WORKER_SCRIPT
    )
