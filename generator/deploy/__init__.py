"""Carry a build out: unit by unit, wave by wave, and say what happened.

engine.py is the order of things; stack.py and stack_set.py bring one unit to where it should be,
whatever state they find it in; publish.py puts code into every region; account.py looks which
accounts have a log role; watch.py follows stacks and finds root causes; progress.py is how all of
them tell the user.
"""

from generator.deploy.engine import Deployment, Outcome
from generator.deploy.progress import Progress, Row, Status

__all__ = ["Deployment", "Outcome", "Progress", "Row", "Status"]
