"""Carry a build out: unit by unit, wave by wave, and say what happened.

engine.py is the order of things, planning.py what it decides from; desired.py and reality.py are
what should be and what is; checks.py looks at a plan before it is carried out; stack.py and
stack_set.py bring one unit to where it should be, whatever state they find it in; importing.py
brings existing stacks into a set; progress.py is how all of them tell the user.

The rooms: operations/ follows what goes on in AWS and finds root causes; release/ is what regions
run, and how that is proven and taken back; pipeline/ is the way of a push; inspection/ looks at
an environment and changes nothing; removal/ takes one away.
"""

from generator.deploy.engine import Deployment, Outcome
from generator.deploy.progress import Progress, Row, Status

__all__ = ["Deployment", "Outcome", "Progress", "Row", "Status"]
