"""Commit a folder as it is, in a Git directory of our own: the user's repository is not touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from generator.errors import GenError, Problem

_NAME, _EMAIL = "gen", "gen@localhost"
"""The author where Git knows none."""
_NEVER = "/build/\n"
"""Left out whatever .gitignore says: what gen makes, this Git directory among it."""
# The repository is on this machine: no proxy, and no password that could be asked for.
_GIT = ("git", "-c", "http.proxy=", "-c", "credential.helper=")


class Workspace:
    """A project's folder, and the Git directory that its commits are made in."""

    def __init__(self, root: Path, git_dir: Path):
        """Make the Git directory if need be; raises GenError when there is no Git."""
        if shutil.which("git") is None:
            raise GenError("there is no git on this machine", hint="install it, then push again")
        self._root = root
        # Called from a hook, we would be given the hook's repository.
        self._plain = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        name, email = self._config("user.name") or _NAME, self._config("user.email") or _EMAIL
        self._ours = self._plain | {
            "GIT_DIR": str(git_dir),
            "GIT_WORK_TREE": str(root),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
        }
        if not (git_dir / "HEAD").is_file():
            git_dir.mkdir(parents=True, exist_ok=True)
            self._git("init", "--quiet")
        (git_dir / "info").mkdir(exist_ok=True)
        (git_dir / "info" / "exclude").write_text(_NEVER)

    def head(self, url: str, branch: str) -> str | None:
        """Fetch a branch; give its commit, None when the branch is not there yet."""
        ref = f"refs/heads/{branch}"
        if not self._git("ls-remote", url, ref):
            return None
        self._git("fetch", "--quiet", "--no-tags", url, f"+{ref}:refs/gen/head")
        return self._git("rev-parse", "refs/gen/head")

    def has(self, commit: str) -> bool:
        """Say whether a commit is here."""
        return not self._git("cat-file", "--batch-check", stdin=commit).endswith("missing")

    def tree(self) -> str:
        """Write the folder's files, without what .gitignore names, as a tree."""
        self._git("add", "--all", "--", ".")
        return self._git("write-tree")

    def tree_of(self, commit: str) -> str:
        """Give the tree of a commit."""
        return self._git("rev-parse", f"{commit}^{{tree}}")

    def commit(self, tree: str, *, parent: str | None, message: str) -> str:
        """Make a commit, which is on no branch yet."""
        return self._git("commit-tree", tree, *(("-p", parent) if parent else ()), stdin=message)

    def push(self, commit: str, url: str, branch: str) -> None:
        """Put a commit on a branch of a repository, unless that has moved on meanwhile."""
        self._git("push", "--quiet", "--no-verify", url, f"{commit}:refs/heads/{branch}")

    def archive(self, commit: str) -> bytes:
        """Zip the files of a commit, the same bytes each time."""
        # On a reference it stays here, to be the parent of the next.
        self._git("update-ref", "refs/gen/archived", commit)
        return self._run("archive", "--format=zip", commit)

    def _git(self, *arguments: str, stdin: str = "") -> str:
        return self._run(*arguments, stdin=stdin).decode(errors="replace").strip()

    def _run(self, *arguments: str, stdin: str = "") -> bytes:
        done = subprocess.run(
            [*_GIT, *arguments], cwd=self._root, env=self._ours, input=stdin.encode(),
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip() or "it ended without a word"
            raise GenError(Problem(f"git {arguments[0]}: {said}"))
        return done.stdout

    def _config(self, key: str) -> str:
        """Ask the user's own configuration, that of the project's repository included."""
        done = subprocess.run(
            ["git", "config", key], cwd=self._root, env=self._plain, capture_output=True,
            text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.stdout.strip()
