"""The way of a push: from a folder to the source, and through the pipeline's stages.

push.py commits a folder (workspace.py) and pushes it; pipeline.py follows executions, which
execution.py describes, with what failed builds had to say (build_log.py); approval.py and
changes.py are what waits for a person; delivery_events.py words what the delivery log keeps.
"""
