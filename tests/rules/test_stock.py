"""The pack in stock cfn-lint, from an installed wheel, far from this source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.unit, pytest.mark.xdist_group("stock")]

ROOT = Path(__file__).parents[2]
KEY = "Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties:\n      Description: x\n"
CFN_LINT = Path(sys.executable).with_name("cfn-lint")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel does, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    source, target = folder / "source", folder / "installed"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "generator", "localcloud"):
        (source / name).symlink_to(ROOT / name)
    code = (
        "import sys; from setuptools import build_meta;print(build_meta.build_wheel(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=source, capture_output=True, check=True
    )
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(target)
    return target


def test_a_wheel_holds_every_rule_and_all_data(installed: Path) -> None:
    def there(root: Path) -> set[str]:
        lint = root / "generator" / "lint"
        kinds = (".py", ".json", ".yaml")
        return {str(f.relative_to(root)) for f in lint.rglob("*") if f.suffix in kinds}

    assert there(installed) == there(ROOT)


def test_stock_cfn_lint_loads_the_pack_from_its_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(KEY)
    # The tests' own install of this project is hidden by one that is nothing but the wheel's.
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    rules = installed / "generator" / "lint" / "rules"
    done = subprocess.run(
        [CFN_LINT, "-f", "json", "template.yaml", "-a", str(rules)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    found = {each["Rule"]["Id"]: each for each in json.loads(done.stdout)}
    assert done.returncode == 2
    assert found["E9208"]["Location"]["Start"]["LineNumber"] == 4
    assert found["E9208"]["Message"] == "set EnableKeyRotation: true"
    assert "E0002" not in found


def test_the_command_works_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(KEY)
    (tmp_path / "generator.py").write_text("raise SystemExit('not this one')\n")
    environment = {
        **os.environ, "PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(tmp_path / "cache")
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-P", "-m", "generator", "lint", "--format", "json", "template.yaml"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "E9208" in {row["rule"] for row in json.loads(done.stdout)}
