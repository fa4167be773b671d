"""The edge to AWS: the only importer of boto3.

session.py makes clients (for AWS or for the local cloud) and knows who we are; errors.py turns
what goes wrong into GenErrors; each other module is a typed façade of one service. Nothing else in
`generator` knows an API's spelling.
"""

from generator.aws.alarms import Alarm, alarms_in_alarm
from generator.aws.api_gateway import log_role
from generator.aws.archives import SourceArchive
from generator.aws.builds import Builds
from generator.aws.change_sets import ChangeSets
from generator.aws.connections import connection_status
from generator.aws.deployments import deployment_error
from generator.aws.ec2 import prefix_lists
from generator.aws.errors import AwsError
from generator.aws.functions import Alias, alias
from generator.aws.objects import Objects
from generator.aws.parameters import Parameters
from generator.aws.pipelines import Pipelines
from generator.aws.session import Cloud, Identity
from generator.aws.signer import Signer
from generator.aws.stack_sets import StackSets
from generator.aws.stacks import INLINE_LIMIT, Stacks, TemplateSource
from generator.aws.topics import unconfirmed

__all__ = [
    "INLINE_LIMIT",
    "Alarm",
    "Alias",
    "AwsError",
    "Builds",
    "ChangeSets",
    "Cloud",
    "Identity",
    "Objects",
    "Parameters",
    "Pipelines",
    "Signer",
    "SourceArchive",
    "StackSets",
    "Stacks",
    "TemplateSource",
    "alarms_in_alarm",
    "alias",
    "connection_status",
    "deployment_error",
    "log_role",
    "prefix_lists",
    "unconfirmed",
]
