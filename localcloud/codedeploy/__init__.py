"""CodeDeploy for Lambda.

`service.py` keeps applications, groups and configurations, `deployments.py` starts, stops and
describes deployments, `engine.py` carries one out (hooks, shifting, alarms, rollback) on the
clock, `cloudformation.py` makes the resource types, `alias_updates.py` deploys in stack updates;
`api.py` puts them behind CodeDeploy's JSON protocol.
"""
