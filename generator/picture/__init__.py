"""What a rendered system is, as data that can be shown: nothing here draws, asks or writes.

`survey` renders an environment in memory and reads everything else from that: `places` (accounts,
regions, waves, units), `flows` (what calls, feeds and reads what, in one template) joined by
`graph` into one picture of the system, `delivery` (the pipeline and its gates), `parameters` as the
console shows them, `permissions`, `alarms`, `costs` (what is billed by what), `guardrails`.
"""

from generator.picture.graph import Edge, Graph, Group, Node
from generator.picture.survey import System, drawn, survey

__all__ = ["Edge", "Graph", "Group", "Node", "System", "drawn", "survey"]
