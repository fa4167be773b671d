"""What goes on in AWS by itself: follow it, say why it failed, stop it, go on with what it left.

contact.py keeps looking although the line may break; watch.py follows stacks, operation.py those of
StackSets; causes.py finds the first thing that went wrong in each account and region.
environment.py is what attach.py, stop.py and resume.py find under way.
"""
