"""Begin a project, and take a template of gen's over into one.

answers.py is what a beginning needs to know, checked as any parameter file is; project.py is the
files that come of it; wheel.py is gen itself, which a project carries along so that its builds have
it; ejection.py copies templates.
"""

from generator.scaffold.answers import Answers
from generator.scaffold.ejection import eject
from generator.scaffold.project import begin, problems_of, renew

__all__ = ["Answers", "begin", "eject", "problems_of", "renew"]
