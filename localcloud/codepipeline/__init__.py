"""CodePipeline V2: pipelines that really run.

`declaration.py` checks a definition, `service.py` keeps pipelines, `executions.py` starts, stops,
retries and rolls back, `engine.py` carries an execution through the stages, `stages.py` through
one stage, `jobs.py` is what an action works with, `providers/` are the actions themselves, `conditions.py` judges the rules around them.
`api.py` puts them behind CodePipeline's JSON protocol, `cloudformation.py` makes the type.
"""
