"""Judge texts in a process of its own: one JSON line in, one out, until nobody asks any more.

cfn-lint can't be stopped from within its process; the one that asks ends this one when it takes
too long (workers.py).
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import queue
import signal
import sys
import threading
from typing import Any

from generator.lint.question import Question

GRACE_SECONDS = 10.0
"""How much longer than the one that asks this process waits before it ends itself."""
COLLECTED_AFTER = 20
"""Texts between two runs of the cyclic collector."""


def main() -> None:
    """Answer until the one that asks is gone."""
    # Ctrl-C is for the one that asks; what cfn-lint prints is no answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    # cfn-lint makes millions of objects that the cyclic collector finds nothing in.
    gc.disable()
    from generator.lint import linter

    linter.load()

    def say(what: Any) -> None:
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    say("ready")
    count = 0
    while True:
        row: dict[str, Any] = json.loads(asked.get())
        # Stops also what holds the interpreter's lock, although whoever asked was killed.
        faulthandler.dump_traceback_later(row.pop("limit") + GRACE_SECONDS, exit=True)
        said: Any
        if "text" in row:
            said = [remark.as_row() for remark in linter.answer(Question.from_row(row))]
        else:
            said = {"rules": linter.rules(), "regions": linter.regions()}
        faulthandler.cancel_dump_traceback_later()
        say(said)
        count += 1
        if count % COLLECTED_AFTER == 0:
            gc.collect()


def _listen(asked: queue.SimpleQueue[str]) -> None:
    """Take questions; end the process, whatever it is at, when the one that asks is gone."""
    for line in sys.stdin:
        asked.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
