"""CodeBuild: builds that really run, in a folder of their own.

`projects.py` and `builds.py` answer the API; `runner.py` starts and stops builds, `run.py` carries
one out, phase by phase. `workplace.py` prepares what it works with: `buildspec.py` reads what to
do, `shell.py` runs the commands, `variables.py` and `interpreter.py` are their environment,
`caches.py` what is left of earlier builds, `objects.py` and `files.py` sources and artifacts;
`logs.py`, `events.py` and `reports.py` are what is told of it. `cloudformation.py` makes the
resource type, `api.py` puts all behind CodeBuild's JSON protocol.
"""
