"""Other tools, each in an environment of its own: `make bench` puts them under build/peers/."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import Command
from benchmarks.project import BIN, REGIONS, ROOT

FOLDER = ROOT / "build" / "peers"
QUIET = {"SAM_CLI_TELEMETRY": "0"}


def tool(name: str) -> Path | None:
    """Find a tool; None where it could not be installed."""
    file = FOLDER / name / "bin" / name
    return file if (FOLDER / name / ".done").is_file() and file.is_file() else None


def missing() -> list[str]:
    """Name those that are not there."""
    return [name for name in ("sceptre", "sam") if tool(name) is None]


def versions(folder: Path) -> dict[str, Command]:
    """Have each say its version."""
    return {
        f"`{name} --version`": Command([[file, "--version"]], folder, QUIET)
        for name in ("sceptre", "sam")
        if (file := tool(name))
    }


def linters(folder: Path, templates: list[Path]) -> dict[str, Command]:
    """Have each judge, or only read, all templates of a folder, in its own way."""
    (folder / ".taskcat.yml").write_text(
        f"project: {{name: bench, regions: [{', '.join(REGIONS)}]}}\ntests:\n"
        + "".join(f"  {t.stem}: {{template: templates/{t.name}}}\n" for t in templates)
    )
    commands = {"`taskcat lint`": Command([[BIN / "taskcat", "lint"]], folder)}
    if sam := tool("sam"):
        # One region and one template at a time is all that it takes.
        validate = [sam, "validate", "--lint", "--region", REGIONS[0], "--template-file"]
        commands["`sam validate --lint`, each"] = Command(
            [[*validate, template] for template in templates], folder, QUIET
        )
    if sceptre := tool("sceptre"):
        config = folder / "config" / "prod"
        config.mkdir(parents=True, exist_ok=True)
        (config.parent / "config.yaml").write_text(f"project_code: bench\nregion: {REGIONS[0]}\n")
        for template in templates:
            (config / template.name).write_text(
                f"template: {{path: {template.name}, type: file}}\n"
            )
        commands["`sceptre generate`, no lint"] = Command(
            [[sceptre, "--no-colour", "generate", "prod"]], folder
        )
    return commands
