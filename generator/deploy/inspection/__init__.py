"""Look at an environment, and change nothing: what there is, its state, outputs, logs and drift.

existing.py finds its stacks and sets, whoever deployed them; status.py is all at one look,
set_status.py that of StackSets, to_do.py what waits for a person; drift.py finds what was changed
behind CloudFormation's back, as drift_report.py describes it, and last_drift.py what was known of
that already. logs.py reads what happened; stack_spans.py and delivery_spans.py put events together
to spans of time, timeline.py all of them; course.py is that of the last deployment, which
last_deployment.py finds, with the releases that it was about.
"""
