"""StackSets: one template, as a stack in each of many accounts and regions.

`requests.py` reads a call into typed requests, `service.py` is what the API promises, `store.py`
remembers, `operations.py` decides what runs when and what is cancelled, `members.py` makes the
stacks, `answers.py` renders, `api.py` connects actions to all of it. Only `members.py` and `api.py`
touch ministack.
"""
