"""Carry a build out: unit by unit, wave by wave, and say what happened.

engine.py is the order of things; stack.py and stack_set.py bring one unit to where it should be,
whatever state they find it in; publish.py puts code into every region; account.py looks which
accounts have a log role; watch.py follows stacks and finds root causes; progress.py is how all of
them tell the user.

releases.py keeps records, history and pointers; announcement.py is what a deployment writes there;
promote.py compares what lies in the regions with what was built, verify.py and health.py what runs
there, and steps.py is the pipeline's order of these; rollback.py gives every region a former
release again; overview.py lists all of them.

drift.py finds what was changed behind CloudFormation's back, drift_report.py is what it found, and
board.py shows work on several units at once; importing.py brings existing stacks into a set.
"""

from generator.deploy.engine import Deployment, Outcome
from generator.deploy.progress import Progress, Row, Status

__all__ = ["Deployment", "Outcome", "Progress", "Row", "Status"]
