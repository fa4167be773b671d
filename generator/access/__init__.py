"""What the StackSets' execution role may do, computed from what it has to make.

The resource types of the rendered StackSets name actions (`handlers` in their schemas); grants.py
says which resources each action gets, omissions.py which are left out and why, additions.py what
the schemas forget. execution.py puts them together into managed policies that fit IAM's quotas.
"""

from generator.access.execution import UnscopedError, execution_policies
from generator.access.policy import Policy, Statement

__all__ = ["Policy", "Statement", "UnscopedError", "execution_policies"]
