"""Take an environment away, but for what holds data.

destroy.py finds what would go and what stands in its way, removal.py carries it out, and
retained.py names what outlives it.
"""
