"""Judge calls by policies, when asked to."""
