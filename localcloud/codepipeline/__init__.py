"""CodePipeline V2: pipelines that really run.

`declaration.py` checks a definition, `service.py` keeps pipelines, `executions.py` starts, stops,
retries and rolls back, `answers.py` describes. `engine.py` carries an execution through the
stages, `stages.py` through one stage, `conditions.py` judges the rules around it; `jobs.py` is
what an action works with, `providers/` are the actions themselves. `api.py` puts it behind
CodePipeline's JSON protocol, `cloudformation.py` makes the type.
"""
