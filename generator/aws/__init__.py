"""The edge to AWS: the only importer of boto3.

session.py makes clients (for AWS or for the local cloud) and knows who we are; errors.py turns
what goes wrong into GenErrors; each other module is a typed façade of one service. Nothing else in
`generator` knows an API's spelling.
"""

from generator.aws.alarms import Alarm, AlarmState, alarm_states, alarms_in_alarm
from generator.aws.api_gateway import log_role
from generator.aws.archives import SourceArchive
from generator.aws.buckets import (
    BucketName,
    bucket_name,
    count_buckets,
    delete_bucket,
    empty_bucket,
)
from generator.aws.builds import Builds
from generator.aws.change_sets import ChangeSets
from generator.aws.connections import connection_status
from generator.aws.deployments import deployment_error
from generator.aws.ec2 import prefix_lists
from generator.aws.errors import AwsError
from generator.aws.existing import TYPES_WITH_NAMES, existing
from generator.aws.functions import Alias, alias, function_tags
from generator.aws.objects import Objects
from generator.aws.parameters import Parameters
from generator.aws.pipelines import Pipelines
from generator.aws.presence import Presence, presence
from generator.aws.quotas import (
    count,
    count_stacks,
    iam_summary,
    service_quota,
    stack_set_names,
    unreserved_concurrency,
)
from generator.aws.regions import RegionState, region_states
from generator.aws.roles import services_in, trusted_services
from generator.aws.session import Cloud, Identity
from generator.aws.signer import Signer
from generator.aws.stack_resources import logical_ids, owner
from generator.aws.stack_sets import StackSets
from generator.aws.stacks import INLINE_LIMIT, Stacks, TemplateSource
from generator.aws.topics import unconfirmed
from generator.aws.zones import Record, Zone, delegation, records, zone

__all__ = [
    "INLINE_LIMIT",
    "TYPES_WITH_NAMES",
    "Alarm",
    "AlarmState",
    "Alias",
    "AwsError",
    "BucketName",
    "Builds",
    "ChangeSets",
    "Cloud",
    "Identity",
    "Objects",
    "Parameters",
    "Pipelines",
    "Presence",
    "Record",
    "RegionState",
    "Signer",
    "SourceArchive",
    "StackSets",
    "Stacks",
    "TemplateSource",
    "Zone",
    "alarm_states",
    "alarms_in_alarm",
    "alias",
    "bucket_name",
    "connection_status",
    "count",
    "count_buckets",
    "count_stacks",
    "delegation",
    "delete_bucket",
    "deployment_error",
    "empty_bucket",
    "existing",
    "function_tags",
    "iam_summary",
    "log_role",
    "logical_ids",
    "owner",
    "prefix_lists",
    "presence",
    "records",
    "region_states",
    "service_quota",
    "services_in",
    "stack_set_names",
    "trusted_services",
    "unconfirmed",
    "unreserved_concurrency",
    "zone",
]
