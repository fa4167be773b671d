"""Write generator/lint/data/lambda_runtimes.json anew, from what cfn-lint knows of runtimes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource
from cfnlint.version import __version__

DATA = Path(__file__).parents[1] / "generator/lint/data/lambda_runtimes.json"
PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"

if __name__ == "__main__":
    known = load_resource(AdditionalSpecs, "LmbdRuntimeLifecycle.json")
    data = {
        "date": datetime.now(UTC).date().isoformat(),
        "source": f"{PAGE}, as cfn-lint {__version__} has it",
        "deprecated": {name: known[name]["deprecated"] for name in sorted(known)},
    }
    DATA.write_text(json.dumps(data, indent=2) + "\n")
