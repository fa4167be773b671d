"""What the buckets of a template are for, as what uses them says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.lint.template.bucket_policies import stated
from generator.lint.template.buckets import BUCKET, bucket_of, words_of
from generator.lint.template.node import Node
from generator.lint.template.policies import Statement
from generator.lint.template.template import Resource, Template

ARTIFACTS = frozenset({"artifact", "artifacts", "artefact", "artefacts", "release", "releases"})
LOGS = frozenset({"log", "logs", "logging"})


def keeping(template: Template) -> list[Resource]:
    """List the buckets that keep objects: not those that only redirect to another website."""
    return template.once(_keeping)


def _keeping(template: Template) -> list[Resource]:
    return [
        bucket
        for bucket in template.of_type(BUCKET)
        if not all(
            isinstance(node.value, dict) and node.is_known
            for node in bucket.get("WebsiteConfiguration", "RedirectAllRequestsTo")
        )
    ]


def log_targets(template: Template) -> set[str]:
    """Name the buckets to which S3 or a load balancer visibly writes access logs.

    To these they can be delivered only under S3's own keys.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    return template.once(_log_targets)


def acl_targets(template: Template) -> set[str]:
    """Name the buckets to which CloudFront writes its standard logs, which takes an ACL.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html
    """
    return template.once(_acl_targets)


def artifact_buckets(template: Template) -> list[Resource]:
    """List the buckets that hold artifacts, as what uses them or their own name says."""
    return template.once(_artifact_buckets)


def replicas(template: Template) -> set[str]:
    """Name the buckets into which others of the template are replicated."""
    return template.once(_replicas)


def _log_targets(template: Template) -> set[str]:
    found: list[Resource | None] = []
    for bucket in template.of_type(BUCKET):
        for logging in bucket.get("LoggingConfiguration"):
            if isinstance(logging.value, dict) and logging.is_known:
                found += [  # without a destination, a bucket's logs go to itself
                    bucket if to.is_absent else bucket_of(template, to)
                    for to in logging.get("DestinationBucketName")
                ]
        if any(acl.value == "LogDeliveryWrite" for acl in bucket.get("AccessControl")):
            found.append(bucket)
    for balancer in template.of_type("AWS::ElasticLoadBalancing::LoadBalancer"):
        found += [
            bucket_of(template, to) for to in balancer.get("AccessLoggingPolicy", "S3BucketName")
        ]
    for balancer in template.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        for attributes in balancer.get("LoadBalancerAttributes"):
            for each in attributes.items():
                if any(str(key.value).endswith("_logs.s3.bucket") for key in each.get("Key")):
                    found += [bucket_of(template, to) for to in each.get("Value")]
    for bucket_id, statements in stated(template).items():
        if any(map(_lets_logs_in, statements)):
            found.append(template.resources.get(bucket_id))
    return {bucket.id for bucket in found if bucket}


LOG_WRITERS = ("logging.s3.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com")
BALANCER_ACCOUNTS = frozenset(
    "127311923021 033677994240 027434742980 797873946194 098369216593 506397669840 754344448648"
    " 589379963580 718504428378 383597477331 600734575887 114774131450 783225319266 582318560864"
    " 985666609251 054676820928 156460612806 652711504416 635631232127 009996457667 897822967062"
    " 076674570225 507241528517 048591011584 190560391635".split()
)
"""Whose load balancers write as an account, not as a service.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""


def _lets_logs_in(statement: Statement) -> bool:
    return statement.allows and any(
        str(who.value) in LOG_WRITERS
        or (
            kind == "AWS"
            and not BALANCER_ACCOUNTS.isdisjoint(re.findall(r"\d{12}", who.text or ""))
        )
        for kind, who in statement.principals()
    )


def _acl_targets(template: Template) -> set[str]:
    found = [
        bucket_of(template, to)
        for distribution in template.of_type("AWS::CloudFront::Distribution")
        for to in distribution.get("DistributionConfig", "Logging", "Bucket")
    ]
    found += [
        bucket_of(template, to)
        for distribution in template.of_type("AWS::CloudFront::StreamingDistribution")
        for to in distribution.get("StreamingDistributionConfig", "Logging", "Bucket")
    ]
    return {bucket.id for bucket in found if bucket}


def _artifact_buckets(template: Template) -> list[Resource]:
    referred: list[Resource | None] = []
    for pipeline in template.of_type("AWS::CodePipeline::Pipeline"):
        for store in stores_of(pipeline):
            referred += [bucket_of(template, to) for to in store.get("Location")]
    for project in template.of_type("AWS::CodeBuild::Project"):
        referred += [bucket_of(template, to) for to in project.get("Artifacts", "Location")]
    for function in template.of_type("AWS::Lambda::Function"):
        referred += [bucket_of(template, to) for to in function.get("Code", "S3Bucket")]
    ids = {bucket.id for bucket in referred if bucket}
    return [
        bucket
        for bucket in template.of_type(BUCKET)
        if bucket.id in ids or (_is_called_so(bucket) and bucket.id not in log_targets(template))
    ]


def _is_called_so(bucket: Resource) -> bool:
    words = words_of(bucket)
    return not words.isdisjoint(ARTIFACTS) and words.isdisjoint(LOGS)


def stores_of(pipeline: Resource) -> Iterator[Node]:
    """Yield the artifact stores of a pipeline, the only one or that of each region."""
    for store in pipeline.get("ArtifactStore"):
        if isinstance(store.value, dict):
            yield store
    for listed in pipeline.get("ArtifactStores"):
        for each in listed.items():
            yield from each.get("ArtifactStore")


def _replicas(template: Template) -> set[str]:
    found = [
        bucket_of(template, to)
        for bucket in template.of_type(BUCKET)
        for rules in bucket.get("ReplicationConfiguration", "Rules")
        for rule in rules.items()
        for to in rule.get("Destination", "Bucket")
    ]
    return {bucket.id for bucket in found if bucket}
