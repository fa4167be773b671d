"""Write the generated pages of docs/reference: `python tools/reference`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from reference import FOLDER, pages

    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
