"""CodeBuild: builds that really run, in a folder of their own.

`projects.py` and `builds.py` answer the API; `runner.py` carries a build out: `buildspec.py` reads
what to do, `shell.py` runs the commands, `variables.py` and `interpreter.py` are its environment,
`objects.py` and `files.py` its sources and artifacts, `logs.py` and `events.py` what is told of it;
`cloudformation.py` makes the resource type, `api.py` puts it behind CodeBuild's JSON protocol.
"""
