"""Jinja templates → CloudFormation text whose every line knows where it came from.

environment.py is the only importer of Jinja; view.py is what templates see; sourcemap.py maps
rendered lines to template lines.
"""

from generator.render.environment import Rendered, Renderer
from generator.render.sourcemap import Origin, SourceMap
from generator.render.view import View

__all__ = ["Origin", "Rendered", "Renderer", "SourceMap", "View"]
