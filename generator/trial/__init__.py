"""Try the templates out: deploy every unit that can stand alone, look at it, leave nothing behind.

design.py says which units are tried where, under names of the run's own; needs.py what they need of
the account. copies.py makes of each proven template one that leaves nothing behind. project.py
writes a taskcat project of that, which `taskcat test run` takes as it is. runner.py has it deployed
by worker.py, the only importer of taskcat, in a process of its own. look.py looks at what came up,
and asks the questions of checks.py. cleaning.py deletes it. trial.py is all of it, in order.
"""
