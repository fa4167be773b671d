"""How long functions take to load, beside boto3, which each of them needs."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.commands import row
from benchmarks.measure import SHORT, Command, Rounds
from benchmarks.project import BIN, ROOT, copy_to, gen
from benchmarks.table import Row

SUPPORT = ("rollback_coordinator", "secret_rotation", "traffic_check")
LAMBDA = {
    # As Lambda has it: what is in the package is compiled at each start; boto3 is there compiled.
    "PYTHONDONTWRITEBYTECODE": "1",
    "AWS_LAMBDA_FUNCTION_NAME": "orders",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9",
    "AWS_DEFAULT_REGION": "us-east-1",
    "ORDERS_TABLE": "orders",
}


def functions(scratch: Path, runs: int) -> Iterator[Row]:
    """Compare `import app` in a package, as Lambda has it, with `import boto3`."""
    root = copy_to(scratch / "functions")
    gen(root, "render", "-e", "prod")
    packages = root / "build" / "prod" / "packages"
    commands = {"`import boto3`": Command([[BIN / "python", "-c", "import boto3"]], ROOT)}
    for package in ("orders", *(name.replace("_", "-") for name in SUPPORT)):
        folder = scratch / "packages" / package
        with zipfile.ZipFile(packages / f"{package}.zip") as archive:
            archive.extractall(folder)
        commands[f"`{package}` is imported"] = Command(
            [[BIN / "python", "-c", "import app"]],
            folder,
            {**LAMBDA, "LAMBDA_TASK_ROOT": str(folder)},
        )
    rounds = Rounds(commands, runs * SHORT)
    for name in list(commands)[1:]:
        promised = None if "orders" in name else 1.2
        yield row(rounds, name, "`import boto3`", promised)
    shutil.rmtree(root)
