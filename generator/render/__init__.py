"""Jinja templates → CloudFormation text whose every line knows where it came from.

environment.py is the only importer of Jinja; view.py is what templates see; sourcemap.py maps
rendered lines to template lines.
"""
