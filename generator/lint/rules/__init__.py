"""The rule pack: a mistake that multi-region pipelines have shipped with a file, in nine groups.

Any cfn-lint loads it: `cfn-lint template.yaml --append-rules <this folder>`. A rule reads the
template through generator.lint.template and knows nothing of the rest of gen, nor of how gen's own
templates name things.
"""
