"""Judge templates, and the files beside them, with cfn-lint and a rule pack of our own (rules/).

sources.py finds what to judge and tells what it is; prove.py asks about every text that the store
has no answer for and says which line each finding is about, of the `.j2` file where it was
rendered; workers.py has the texts judged in processes of their own, where linter.py is cfn-lint's
only caller; settings.yaml pins what is checked. Rules are written upon guardrail.py and template/.
"""

from generator.lint.catalogue import Catalogue, Rule, catalogue
from generator.lint.findings import Finding, Kind, Level, Subject
from generator.lint.judge import Judgement, judge_paths
from generator.lint.needs import Needs, needs_of
from generator.lint.prove import prove
from generator.lint.selection import Selection
from generator.lint.set_once import SetOnce, set_once_of
from generator.lint.store import Store

__all__ = [
    "Catalogue",
    "Finding",
    "Judgement",
    "Kind",
    "Level",
    "Needs",
    "Rule",
    "Selection",
    "SetOnce",
    "Store",
    "Subject",
    "catalogue",
    "judge_paths",
    "needs_of",
    "prove",
    "set_once_of",
]
