"""Questions about other processes of this machine."""

import os
import subprocess
from pathlib import Path


def birth(pid: int) -> str | None:
    """Return when a process was started, or None when it is gone.

    The same id with another birth is another process. A zombie counts as gone.
    """
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            # The second field is the command in brackets and may hold anything.
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] == "Z" else fields[19]
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def session_leader() -> int | None:
    """Return the process that leads the caller's session, if there is one to wait for."""
    leader = os.getsid(0)
    return leader if leader > 1 else None
