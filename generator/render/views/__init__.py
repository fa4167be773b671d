"""What templates see of one concern each; view.py of the parent folder puts them together."""
