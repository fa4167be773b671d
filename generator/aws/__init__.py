"""The edge to AWS: the only importer of boto3.

session.py makes clients (for AWS or for the local cloud) and knows who we are; errors.py turns
what goes wrong into GenErrors; stacks.py, stack_sets.py, objects.py, parameters.py, functions.py,
alarms.py, ec2.py and api_gateway.py are typed façades of the services. Nothing else in `generator`
knows an API's spelling.
"""

from generator.aws.alarms import Alarm, alarms_in_alarm
from generator.aws.api_gateway import log_role
from generator.aws.ec2 import prefix_list
from generator.aws.errors import AwsError
from generator.aws.functions import Alias, alias
from generator.aws.objects import Objects
from generator.aws.parameters import Parameters
from generator.aws.session import Cloud, Identity
from generator.aws.stack_sets import StackSets
from generator.aws.stacks import INLINE_LIMIT, Stacks, TemplateSource

__all__ = [
    "INLINE_LIMIT",
    "Alarm",
    "Alias",
    "AwsError",
    "Cloud",
    "Identity",
    "Objects",
    "Parameters",
    "StackSets",
    "Stacks",
    "TemplateSource",
    "alarms_in_alarm",
    "alias",
    "log_role",
    "prefix_list",
]
