"""What a package must run on."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from typing import Literal

Architecture = Literal["x86_64", "arm64"]


@dataclass(frozen=True, slots=True)
class Target:
    """A Lambda runtime, or this machine for the local cloud (never for a release)."""

    python: str
    """As in the runtime's name: "3.12"."""
    architecture: Architecture
    this_machine: bool = False

    @classmethod
    def here(cls) -> Target:
        """Describe the interpreter that is running."""
        machine = platform.machine().lower()
        return cls(
            python=f"{sys.version_info.major}.{sys.version_info.minor}",
            architecture="arm64" if machine in ("arm64", "aarch64") else "x86_64",
            this_machine=True,
        )

    @property
    def version(self) -> tuple[int, int]:
        """The Python version as numbers."""
        major, minor = self.python.split(".")
        return int(major), int(minor)

    def __str__(self) -> str:
        if self.this_machine:
            return f"Python {self.python} on this machine ({sys.platform}, {self.architecture})"
        return f"Python {self.python} on Lambda ({self.architecture})"

    def pip_options(self) -> list[str]:
        """Tell pip which wheels fit; nothing for this machine, which pip knows."""
        if self.this_machine:
            return []
        abi = "cp" + self.python.replace(".", "")
        options = ["--python-version", self.python, "--implementation", "cp", "--abi", abi]
        for tag in self._platforms():
            options += ["--platform", tag]
        return options

    def _platforms(self) -> list[str]:
        """List the manylinux tags, newest first: pip does not derive the older ones."""
        machine = "aarch64" if self.architecture == "arm64" else "x86_64"
        # Amazon Linux 2023 has glibc 2.34 (python3.12 and later), Amazon Linux 2 has 2.26.
        newest = 34 if self.version >= (3, 12) else 26
        # Before the numbered tags of PEP 600 some glibc versions had names of their own.
        names = {17: "manylinux2014"}
        if machine == "x86_64":
            names |= {12: "manylinux2010", 5: "manylinux1"}
        tags = []
        for minor in range(newest, min(names) - 1, -1):
            tags.append(f"manylinux_2_{minor}_{machine}")
            if minor in names:
                tags.append(f"{names[minor]}_{machine}")
        return tags
