"""E9501: artifact stores."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.pipelines import HERE, Pipeline, key_of, pipelines

ADVICE = "add an entry to ArtifactStores for region {region}: this action runs there"


class ArtifactStores(Guardrail):
    """Every region of a pipeline has a bucket and a key of its own."""

    id = "E9501"
    shortdesc = "Region of a pipeline without an artifact store of its own"
    description = (
        "An action reads its artifacts in its own region: without a store there, CodePipeline "
        "refuses the pipeline; with a bucket of another region, the action fails. Without a key "
        "of its own a store is encrypted by one that no other account can use."
    )
    source_url = (
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-cross-region.html"
    )
    bad = """
Parameters:
  Role: {Type: String}
  Bucket: {Type: String}
  Key: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !Ref Role
      ArtifactStore:
        Type: S3
        Location: !Ref Bucket
        EncryptionKey: {Type: KMS, Id: !Ref Key}
      Stages:
        - Name: Deploy
          Actions:
            - Name: Here
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CloudFormation, Version: "1"}
            - Name: There
              Region: eu-west-1  # <- Release
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CloudFormation, Version: "1"}
"""
    good = """
Parameters:
  Role: {Type: String}
  Bucket: {Type: String}
  Key: {Type: String}
  BucketThere: {Type: String}
  KeyThere: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !Ref Role
      ArtifactStores:
        - Region: !Ref AWS::Region
          ArtifactStore:
            Type: S3
            Location: !Ref Bucket
            EncryptionKey: {Type: KMS, Id: !Ref Key}
        - Region: eu-west-1
          ArtifactStore:
            Type: S3
            Location: !Ref BucketThere
            EncryptionKey: {Type: KMS, Id: !Ref KeyThere}
      Stages:
        - Name: Deploy
          Actions:
            - Name: Here
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CloudFormation, Version: "1"}
            - Name: There
              Region: eu-west-1
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CloudFormation, Version: "1"}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in pipelines(template):
            yield from _judge_keys(pipeline)
            yield from _judge_buckets(pipeline)
            yield from _judge_regions(pipeline)


def _judge_keys(pipeline: Pipeline) -> Iterator[Flaw]:
    stores = list(pipeline.resource.get("ArtifactStore"))
    for listed in pipeline.resource.get("ArtifactStores"):
        stores += [store for entry in listed.items() for store in entry.get("ArtifactStore")]
    for store in stores:
        if isinstance(store.value, dict) and store.is_known:
            for key in store.get("EncryptionKey", "Id"):
                if key.is_absent:
                    yield Flaw.at(key, "set EncryptionKey to a customer key of the store's region")


def _judge_buckets(pipeline: Pipeline) -> Iterator[Flaw]:
    for listed in pipeline.resource.get("ArtifactStores"):
        seen: dict[str, set[str]] = {}
        for entry in listed.items():
            for region in entry.get("Region"):
                for bucket in entry.get("ArtifactStore", "Location", given=region.given):
                    if region.is_absent or bucket.is_absent:
                        continue
                    regions = seen.setdefault(key_of(bucket), set())
                    if regions - {key_of(region)} and not _is_other_branch(bucket):
                        yield Flaw.at(
                            bucket, "set Location to a bucket of this region: another region has it"
                        )
                    regions.add(key_of(region))


def _is_other_branch(node: Node) -> bool:
    """Tell whether the entry itself stands in a branch: the other one may be the other region."""
    return "Fn::If" in node.path


def _judge_regions(pipeline: Pipeline) -> Iterator[Flaw]:
    home = _home(pipeline)
    if home is None:
        return
    for action in pipeline.actions:
        for region in action.regions():
            if region.is_absent or key_of(region) in home:
                continue
            if region.text is None and not region.is_unknown:  # no region at all
                continue
            for listed in pipeline.resource.get("ArtifactStores", given=region.given):
                if _is_missing(region, listed):
                    where = region.literal or "of this action"
                    yield Flaw.at(region, ADVICE.format(region=where))


def _home(pipeline: Pipeline) -> set[str] | None:
    """Name the pipeline's own region as its actions do; None when nothing is anywhere else."""
    found: dict[str, None] = {}
    for action in pipeline.actions:
        for region in action.regions():
            found[HERE if region.is_absent else key_of(region)] = None
    if len(found) < 2 and HERE not in found:
        return None
    # An export names the region of every action, that of the source first.
    return {HERE} if HERE in found else {next(iter(found))}


def _is_missing(region: Node, listed: Node) -> bool:
    if listed.is_absent:
        return True
    if not isinstance(listed.value, list) or listed.is_unknown:
        return False
    stores = [found for entry in listed.items() for found in entry.get("Region")]
    if any(key_of(store) == key_of(region) for store in stores):
        return False
    # A parameter may be any region; the pipeline's own is the one that it is in.
    known = [store for store in stores if store.literal or store.text == HERE]
    return region.literal is not None and len(known) == len(stores)
