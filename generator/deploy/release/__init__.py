"""What regions run: where its code lies, how it is proven, and how a former one comes back.

releases.py keeps records, history and pointers; announcement.py is what a deployment writes there.
publish.py puts code into every region, signing.py what is signed; promote.py compares what lies
there with what was built; verify.py and health.py look at what runs, and steps.py is the pipeline's
order of these. rollback.py gives every region a former release again; overview.py lists all of
them, and pruning.py deletes old ones.
"""
