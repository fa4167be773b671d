"""What goes wrong while a whole deployment runs: rules of the local cloud."""

from typing import Any

DISTURBANCES: dict[str, list[dict[str, Any]]] = {
    "every third call throttled": [{"effect": "throttle", "every": 3}],
    "every third call fails": [
        {"effect": "error", "every": 6},
        {"effect": "error", "status": 503, "nth": 3, "every": 6},
    ],
    "each answer to a write lost": [{"effect": "drop-after", "write": True, "every": 2}],
    "each fourth call lost": [{"effect": "drop-before", "every": 4}],
    "token expired for a while": [{"effect": "expired-token", "nth": 40, "times": 6}],
    "a region down for a while": [{"effect": "region-down", "region": "us-west-2", "times": 12}],
    "primary region down for a while": [
        {"effect": "region-down", "region": "us-east-1", "nth": 20, "times": 12}
    ],
}
