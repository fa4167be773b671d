"""E9511: names of what lies elsewhere."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.pipelines import PROJECT, Action, own_accounts, pipelines

ROLE = re.compile(r"arn:[^:]+:iam::(?P<account>[^:]*):role/(?P<name>.+)")
BUCKET = re.compile(r"(?:arn:[^:]+:s3:::)?(?P<name>[^/]+)")
HERE = ("", "${AWS..AccountId}")
NOT_A_NAME = re.compile(r"#\{|\{\{resolve:")
MADE_BY_TOOLS = re.compile(r"aws-service-role/|cdk-[a-z0-9]+-[a-z-]+-role-")
"""What AWS itself or `cdk bootstrap` makes in every account, by these very names."""
REPOSITORIES = {
    "CodeCommit": "RepositoryName",
    "CodeStarSourceConnection": "FullRepositoryId",
    "ECR": "RepositoryName",
    "GitHub": "Repo",
}
BUCKETS = {("Source", "S3"): "S3Bucket", ("Deploy", "S3"): "BucketName"}
TYPES = {
    "bucket": ("AWS::S3::Bucket",),
    "repository": ("AWS::CodeCommit::Repository", "AWS::ECR::Repository"),
    "role": ("AWS::IAM::Role",),
}


class LiteralNames(Guardrail):
    """A pipeline's repository, buckets and roles are made here or given by parameters."""

    id = "E9511"
    shortdesc = "Literal name of a repository, bucket or role from elsewhere"
    description = (
        "The template works in the one account where something of that name happens to be; a "
        "second environment reads and writes what belongs to the first."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/best-practices.html"
    )
    bad = """
Parameters:
  Role: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !Ref Role
      ArtifactStore: {Type: S3, Location: company-artifacts}  # <- Release
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: "1"}
              Configuration: {RepositoryName: shop, BranchName: main}  # <- Release
"""
    good = """
Parameters:
  Role: {Type: String}
  ArtifactBucket: {Type: String}
Resources:
  Code:
    Type: AWS::CodeCommit::Repository
    Properties: {RepositoryName: shop}
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !Ref Role
      ArtifactStore: {Type: S3, Location: !Ref ArtifactBucket}
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: "1"}
              Configuration: {RepositoryName: !GetAtt Code.Name, BranchName: main}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        own = {a for each in pipelines(template) for a in own_accounts(template, each)}
        for kind, node in _named(template):
            name = _literal_name(kind, node, own)
            if name and not _is_made_here(template, kind, name):
                yield Flaw.at(node, f"take the {kind} from a parameter, or create {name} here")


def _named(template: Template) -> Iterator[tuple[str, Node]]:
    for pipeline in pipelines(template):
        yield from (("role", node) for node in pipeline.resource.get("RoleArn"))
        yield from (("bucket", node) for node in _stores(pipeline.resource))
        for action in pipeline.actions:
            yield from _of_action(action)
    for project in template.of_type(PROJECT):
        yield from (("role", node) for node in project.get("ServiceRole"))
        yield from _of_project(project)


def _stores(pipeline: Resource) -> Iterator[Node]:
    yield from pipeline.get("ArtifactStore", "Location")
    for listed in pipeline.get("ArtifactStores"):
        for entry in listed.items():
            yield from entry.get("ArtifactStore", "Location")


def _of_action(action: Action) -> Iterator[tuple[str, Node]]:
    provider = action.provider or ""
    if action.category == "Source" and provider in REPOSITORIES:
        yield from (("repository", n) for n in action.configured(REPOSITORIES[provider]))
    if (key := BUCKETS.get((action.category or "", provider))) is not None:
        yield from (("bucket", node) for node in action.configured(key))
    yield from (("role", node) for node in action.node.get("RoleArn"))
    yield from (("role", node) for node in action.configured("RoleArn"))


def _of_project(project: Resource) -> Iterator[tuple[str, Node]]:
    for source in project.get("Source"):
        for kind in source.get("Type"):
            if kind.literal not in ("CODEPIPELINE", "NO_SOURCE", None):
                what = "bucket" if kind.literal == "S3" else "repository"
                yield from ((what, node) for node in source.get("Location", given=kind.given))
    for name in ("Artifacts", "Cache"):
        for place in project.get(name):
            for kind in place.get("Type"):
                if kind.literal == "S3":
                    yield from (("bucket", n) for n in place.get("Location", given=kind.given))


def _literal_name(kind: str, node: Node, own: set[str]) -> str | None:
    """Give the name that a value has in every account; None when it depends on anything."""
    text = node.text if isinstance(node.value, str | dict) else None
    if not text or NOT_A_NAME.search(text):
        return None
    if kind == "role" and ":" not in text:
        name = text
    elif kind == "role":
        found = ROLE.fullmatch(text.replace("${AWS::", "${AWS.."))
        if found is None or MADE_BY_TOOLS.match(found["name"]):
            return None
        # In an action that of another account is another rule's business (E9513); a parameter says
        # where it is.
        account = found["account"]
        is_foreign = "Stages" in node.path and account not in own
        if account not in HERE and (is_foreign or "${" in account):
            return None
        name = found["name"].rpartition("/")[2]
    elif kind == "bucket":
        found = BUCKET.match(text.replace("${AWS::", "${AWS.."))
        name = found["name"] if found else ""
    else:
        name = text
    return None if "${" in name else name


def _is_made_here(template: Template, kind: str, name: str) -> bool:
    made = template.names.get(name, []) + template.names.get(name.rpartition("/")[2], [])
    return any(resource.type in TYPES[kind] for resource in made)
