"""E9110: keys of artifact stores."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.grants import gets_some, missing
from generator.lint.template.pipelines import HERE, PROJECT, ROLE, Pipeline, pipelines
from generator.lint.template.reach import Thing, thing_at

KEY = "AWS::KMS::Key"
BUCKET = "AWS::S3::Bucket"
READS = ("kms:Decrypt",)
WRITES = ("kms:Decrypt", "kms:GenerateDataKey")
"""What S3 asks of whoever reads and writes encrypted objects.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
LISTED = {
    "pipeline": (
        "kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey* and kms:ReEncrypt*"
    ),
    "build": "kms:Decrypt, kms:DescribeKey and kms:GenerateDataKey*",
}


class ArtifactKey(Guardrail):
    """Whoever hands artifacts on may use their key."""

    id = "E9110"
    shortdesc = "Role of a pipeline or build can't use the key of its artifacts"
    description = (
        "Pipelines and builds read and write artifacts with their own roles. A role without use "
        "of the store's key ends the first run with an access denied that doesn't name the key."
    )
    source_url = (
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html"
    )
    bad = """
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt PipelineRole.Arn
      ArtifactStore:
        Type: S3
        Location: artifacts
        EncryptionKey: {Type: KMS, Id: !GetAtt Key.Arn}  # <- Pipeline
      Stages: []
  Key:
    Type: AWS::KMS::Key
    Properties: {KeyPolicy: {}}
  PipelineRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: artifacts
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, s3:PutObject]
                Resource: arn:aws:s3:::artifacts/*
"""
    good = """
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt PipelineRole.Arn
      ArtifactStore:
        Type: S3
        Location: artifacts
        EncryptionKey: {Type: KMS, Id: !GetAtt Key.Arn}
      Stages: []
  Key:
    Type: AWS::KMS::Key
    Properties: {KeyPolicy: {}}
  PipelineRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: artifacts
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, s3:PutObject]
                Resource: arn:aws:s3:::artifacts/*
              - Effect: Allow
                Action:
                  - kms:Decrypt
                  - kms:DescribeKey
                  - kms:Encrypt
                  - kms:GenerateDataKey*
                  - kms:ReEncrypt*
                Resource: !GetAtt Key.Arn
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in pipelines(template):
            stores = [*_stores(template, pipeline)]
            for place, key, _ in stores:
                for named in pipeline.resource.get("RoleArn", given=place.given):
                    role = template.target(named, ROLE)
                    if role is not None and _lacks(template, role, WRITES, key, place):
                        yield _flaw(place, role, key, "pipeline")
            # A build uses the store of its own region, where the keys of this template are, too.
            near = [
                store for store in stores if store[2] in (None, HERE) or store[1].resource
            ] or stores
            for role, actions in _builders(template, pipeline):
                if near and all(_lacks(template, role, actions, key, at) for at, key, _ in near):
                    yield _flaw(near[0][0], role, near[0][1], "build")
        for project in template.of_type(PROJECT):
            yield from _by_itself(template, project)


def _by_itself(template: Template, project: Resource) -> Iterator[Flaw]:
    """Check the key that a build itself encrypts what it makes with."""
    for kind in project.get("Artifacts", "Type"):
        if kind.literal != "S3":
            continue
        for named in project.get("EncryptionKey", given=kind.given):
            places = [*_key(template, named, named)] if not named.is_absent else []
            for location in project.get("Artifacts", "Location", given=named.given):
                bucket = template.target(location, BUCKET)
                if named.is_absent and bucket is not None:
                    for each in _bucket_keys(bucket, location):
                        places += _key(template, location, each)
            for place, key in places:
                for serves in project.get("ServiceRole", given=place.given):
                    role = template.target(serves, ROLE)
                    if role is not None and _lacks(template, role, WRITES, key, place):
                        yield _flaw(place, role, key, "build")


def _flaw(place: Node, role: Resource, key: Thing, what: str) -> Flaw:
    name = key.resource.id if key.resource else key.text
    return Flaw.at(place, f"let the role {role.id} do {LISTED[what]} on the key {name}")


def _lacks(
    template: Template, role: Resource, actions: tuple[str, ...], key: Thing, place: Node
) -> bool:
    # Whether the policy of a key of another template lets in the role itself isn't known, but a
    # role that gets other keys by its own policies needs this one, too.
    if key.resource is None and not gets_some(template, role, "kms:"):
        return False
    return bool(missing(template, role, actions, key, place.given))


def _stores(template: Template, pipeline: Pipeline) -> Iterator[tuple[Node, Thing, str | None]]:
    """Yield where each artifact store's key is named, the key, and the store's region."""
    stores: list[tuple[Node, str | None]] = []
    stores += [(store, None) for store in pipeline.resource.get("ArtifactStore")]
    for listed in pipeline.resource.get("ArtifactStores"):
        for item in listed.items():
            where = next(item.get("Region")).text or "?"
            stores += [(store, where) for store in item.get("ArtifactStore")]
    for store, region in stores:
        for named in store.get("EncryptionKey", "Id"):
            if not named.is_absent:
                yield from ((at, key, region) for at, key in _key(template, named, named))
                continue
            for location in store.get("Location", given=named.given):
                bucket = template.target(location, BUCKET)
                for each in _bucket_keys(bucket, location) if bucket else ():
                    yield from ((at, key, region) for at, key in _key(template, location, each))


def _key(template: Template, place: Node, named: Node) -> Iterator[tuple[Node, Thing]]:
    key = thing_at(template, named)
    if key.resource is not None and key.resource.type != KEY:
        key = Thing(None, key.text)
    # An alias of another template can be one of any key.
    is_alias = "alias/" in (key.text or "")
    if key.resource is not None or (key.is_known and not is_alias):
        yield place, key


def _bucket_keys(bucket: Resource, location: Node) -> Iterator[Node]:
    for rules in bucket.get(
        "BucketEncryption", "ServerSideEncryptionConfiguration", given=location.given
    ):
        for rule in rules.items():
            for key in rule.get("ServerSideEncryptionByDefault", "KMSMasterKeyID"):
                if not key.is_absent:
                    yield key


def _builders(template: Template, pipeline: Pipeline) -> Iterator[tuple[Resource, tuple[str, ...]]]:
    """Yield the roles of a pipeline's builds, and what they need of the store's key."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for action in pipeline.actions:
        if action.provider != "CodeBuild" or not all(r.is_absent for r in action.regions()):
            continue
        outputs = [*action.node.get("OutputArtifacts")]
        actions = WRITES if any(o.is_known and o.value for o in outputs) else READS
        for named in action.configured("ProjectName"):
            project = template.target(named, PROJECT)
            for serves in project.get("ServiceRole") if project else ():
                role = template.target(serves, ROLE)
                if role is not None and (role.id, actions) not in seen:
                    seen.add((role.id, actions))
                    yield role, actions
