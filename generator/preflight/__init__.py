"""Look before anything is made: what would stop a deployment half-way is told before it begins.

scene.py knows what is about to be made (template.py works its names out), each other module is one
concern with its checks, codes.py lists them all, run.py does them at once. A check reads only, and
what it may not read stops nothing.
"""

from generator.codes import Code
from generator.preflight.codes import CODES, STATEFUL, ignored_codes
from generator.preflight.finding import Finding
from generator.preflight.run import preflight, refusal, told
from generator.preflight.scene import Changes

__all__ = [
    "CODES",
    "STATEFUL",
    "Changes",
    "Code",
    "Finding",
    "ignored_codes",
    "preflight",
    "refusal",
    "told",
]
