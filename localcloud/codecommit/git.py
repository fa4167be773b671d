"""Ask git about a bare repository."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localcloud.errors import LocalCloudError

_COMMIT = "%x00".join(
    ["%H", "%T", "%P", "%an", "%ae", "%at", "%ad", "%cn", "%ce", "%ct", "%cd", "%B"]
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who made a commit, and when: `date` is as git keeps it, seconds and time zone."""

    name: str
    email: str
    at: datetime
    date: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str

    @property
    def date(self) -> datetime:
        return self.committer.at


def environment() -> dict[str, str]:
    """Return the environment of git: nobody's settings."""
    if shutil.which("git") is None:
        raise LocalCloudError("repositories of the local cloud need git, which is not installed")
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "LC_ALL": "C.UTF-8",
    }


def create(folder: Path) -> None:
    """Make a repository that takes pushes; the first branch pushed becomes its default."""
    folder.mkdir(parents=True)
    _git(folder, "init", "--bare", "--quiet")
    _git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    _git(folder, "config", "http.receivepack", "true")
    # What git does in the background would outlive whoever pushed.
    _git(folder, "config", "gc.auto", "0")


def references(folder: Path) -> dict[str, str]:
    """Return the commits of branches and tags, by full name."""
    lines = _git(
        folder, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)"
    ).splitlines()
    # An annotated tag names its own object first and then the commit.
    return {line.split()[0]: line.split()[-1] for line in lines}


def default_branch(folder: Path) -> str | None:
    """Return the default branch, or None while the repository is empty."""
    name = _git(folder, "symbolic-ref", "HEAD").strip()
    return name.removeprefix("refs/heads/") if name in references(folder) else None


def set_default_branch(folder: Path, branch: str) -> None:
    _git(folder, "symbolic-ref", "HEAD", f"refs/heads/{branch}")


def commit(folder: Path, reference: str) -> Commit | None:
    """Return a commit by its id or a full name; None when there is none."""
    try:
        text = _git(folder, "log", "-1", "--date=raw", f"--format={_COMMIT}", reference, "--")
    except subprocess.CalledProcessError:
        return None
    id_, tree, parents, *people, message = text.split("\0")
    author, committer = _person(people[:4]), _person(people[4:])
    return Commit(id_, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))


def archive(folder: Path, commit_id: str) -> bytes:
    """Return the files of a commit as a zip."""
    return _run(folder, "archive", "--format=zip", commit_id)


def _person(given: list[str]) -> Person:
    name, email, seconds, date = given
    return Person(name, email, datetime.fromtimestamp(int(seconds), UTC), date)


def _git(folder: Path, *arguments: str) -> str:
    return _run(folder, *arguments).decode(errors="replace")


def _run(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(
        command, env=_bare(environment(), folder), capture_output=True, check=True
    )
    return done.stdout


def _bare(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    # Otherwise git might find a repository around the folder.
    return {**variables, "GIT_DIR": str(folder)}
