"""What the buckets of a template are for, and what their policies forbid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.lint.template.node import Node
from generator.lint.template.policies import Statement, documents, statements
from generator.lint.template.template import Resource, Template
from generator.lint.template.text import PLACEHOLDER, UNKNOWN

BUCKET = "AWS::S3::Bucket"
POLICY = "AWS::S3::BucketPolicy"
ARTIFACTS = frozenset({"artifact", "artifacts", "artefact", "artefacts", "release", "releases"})
LOGS = frozenset({"log", "logs", "logging"})

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
ARN = re.compile(r"arn:(?:[\w-]+|\$\{[^}]*\}):s3:::")
DOMAIN = re.compile(r"(?<=.)\.s3[.-][^/]*$")
OF = re.compile(r"\$\{(\w+)\.(?:Arn|DomainName|RegionalDomainName|DualStackDomainName)\}")


def bucket_of(template: Template, node: Node) -> Resource | None:
    """Find the bucket that a name, an ARN or a domain name means."""
    return None if (text := node.text) is None else _named(template, text)


def words_of(bucket: Resource) -> set[str]:
    """Split a bucket's logical id and what is literal in its name into words."""
    names = [PLACEHOLDER.sub(" ", node.text or "") for node in bucket.get("BucketName")]
    return {word.lower() for name in (bucket.id, *names) for word in WORD.findall(name)}


# ---- what they are for


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
    for bucket_id, stated in _stated(template).items():
        if any(map(_lets_logs_in, stated)):
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


# ---- their policies


def stated_of(template: Template, bucket: Resource) -> list[Statement] | None:
    """List the statements of a bucket's policies; None when some of them can't be read."""
    if bucket.id in template.once(_unreadable) or None in template.once(_unreadable):
        return None
    return template.once(_stated).get(bucket.id, [])


def is_for_everyone(statement: Statement) -> bool:
    """Tell whether a statement is about whoever calls."""
    if any(who.value == "*" for kind, who in statement.principals() if kind in ("*", "AWS")):
        return True
    # To spare services spares nobody who could come otherwise.
    spared = [kind for node in statement.node.get("NotPrincipal") for kind, _ in node.fields()]
    return bool(spared) and set(spared) == {"Service"}


def covered(template: Template, bucket: Resource, node: Node) -> set[str]:
    """Tell what a statement's resource covers: the `bucket`, all its `objects`, both or neither.

    What can't be read may be right.
    """
    if (text := node.text) is None or UNKNOWN in text:
        return COVERED["*"]
    found = OF.match(text)
    rest = f"${{{found[1]}}}{text[found.end() :]}" if found else ARN.sub("", text, count=1)
    for name in (f"${{{bucket.id}}}", *(each.text for each in bucket.get("BucketName"))):
        if name and rest.startswith(name):
            return COVERED.get(rest[len(name) :], set())
    return {"*": COVERED["*"], "*/*": COVERED["/*"]}.get(rest, set())


COVERED = {"": {"bucket"}, "*": {"bucket", "objects"}, "/*": {"objects"}}


def _stated(template: Template) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for statement in statements(template):
        if statement.owner.type == POLICY:
            for to in statement.owner.get("Bucket", given=statement.node.given):
                if bucket := bucket_of(template, to):
                    held = Statement(
                        statement.owner, statement.kind, statement.node.assuming(to.given)
                    )
                    found.setdefault(bucket.id, []).append(held)
    return found


def _unreadable(template: Template) -> set[str | None]:
    """Name the buckets with a policy that can't be read; None for one whose bucket can't be."""
    found: set[str | None] = set()
    for document in documents(template):
        if document.owner.type == POLICY:
            buckets = [
                (bucket_of(template, to), to.text is None and not to.is_absent)
                for to in document.owner.get("Bucket")
            ]
            if any(unknown for _, unknown in buckets):
                found.add(None)
            if _is_unreadable(document.node):
                found |= {bucket.id for bucket, _ in buckets if bucket}
    return found


def _is_unreadable(document: Node) -> bool:
    if document.is_unknown or isinstance(document.value, str):
        return True
    return any(
        listed.is_unknown or any(each.is_unknown for each in listed.items())
        for listed in document.get("Statement")
    )


def _named(template: Template, text: str) -> Resource | None:
    if (found := OF.fullmatch(text)) is not None:
        text = f"${{{found[1]}}}"
    text = DOMAIN.sub("", ARN.sub("", text, count=1))
    if (bucket := template.target_of(text, BUCKET)) is not None:
        return bucket
    named = template.names.get(text, ())  # also by the same parameter
    return next((each for each in named if each.type == BUCKET), None)
