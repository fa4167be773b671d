"""Exit codes of every command."""

from __future__ import annotations

from generator.codes.code import Code

_README = "README.md"
CODES = (
    Code(
        "0", "done, or nothing to do",
        "The command did what it was asked for, or found that it was done already.",
        "Nothing.", _README,
    ),
    Code(
        "1", "an error, or an operation that failed",
        "Something of the project is wrong (parameters, templates, code), AWS refused a call, or"
        " an operation on a stack or StackSet failed in any account or region, also where"
        " CloudFormation calls it SUCCEEDED because few enough failed.",
        "Read what stderr says: each problem has its place and what to do. --debug shows the trace."
        " A command that was carried out half-way goes on where it was when it is run again.",
        _README,
    ),
    Code(
        "2", "wrong usage",
        "There is no such command, option, environment, unit or region; this is no gen project; or"
        " a question would have to be asked where nobody is.",
        "See the command's --help. Where nobody can be asked (CI, no terminal): --yes.", _README,
    ),
    Code(
        "3", "changes or drift found",
        "`gen plan --exit-code` has something to do, or `gen drift --exit-code` found drift."
        " Nothing failed.",
        "Deploy, or undo what was changed by hand. Without --exit-code it is 0.", _README,
    ),
    Code(
        "130", "interrupted",
        "Ctrl-C, or no answer to a question. What is under way on AWS goes on: only the looking"
        " has ended.",
        "`gen attach` looks again, `gen stop` stops what is under way; or run the same command.",
        _README,
    ),
)  # fmt: skip
