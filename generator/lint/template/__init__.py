"""A template as rules read it: every property in each of its branches, references followed.

`node` walks down through `Fn::If`; `conditions` knows which branches go together; `text` writes
any string in the form of `Fn::Sub`; `template` gives resources and finds what a value refers to;
`policies` lists every statement of every policy. Upon these stand, by subject:

- who may do what: `grants`, `reach`, `arns`, `aws_managed`, `secrets`;
- functions and who calls them: `functions`, `calls`, `handlers`, `networks`;
- `apis`, `events`, `alarms` and what refers to what (`references`);
- `buckets`, `bucket_policies`, `bucket_uses`;
- `pipelines`, their `actions` and `builds`; and CloudFormation's own `limits`.

Nothing here raises for a malformed template, and nothing knows cfn-lint: a template is mappings,
lists and scalars.
"""

from generator.lint.template.conditions import Given
from generator.lint.template.node import Node
from generator.lint.template.policies import Kind, Statement, statements
from generator.lint.template.template import Resource, Template

__all__ = ["Given", "Kind", "Node", "Resource", "Statement", "Template", "statements"]
