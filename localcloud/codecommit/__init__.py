"""CodeCommit: real git repositories, pushed to over HTTP.

`repositories.py` keeps them, also those that stand for a provider's such as GitHub; `git.py` asks
git; `http.py` serves them; `events.py` tells of pushes; `api.py` answers CodeCommit's JSON protocol
and `cloudformation.py` makes the resource type.
"""
