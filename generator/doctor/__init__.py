"""Look whether all is there that gen needs, and say what to do about what is not.

Every check gives findings, and none raises: that there is no project, no network or no credentials
is a finding, too. machine.py looks at this machine, project.py at the folder, account.py at AWS.
"""

from generator.doctor.account import examine_account
from generator.doctor.finding import Finding, Level
from generator.doctor.machine import examine_machine
from generator.doctor.project import Project, examine_project

__all__ = [
    "Finding",
    "Level",
    "Project",
    "examine_account",
    "examine_machine",
    "examine_project",
]
