"""CodeCommit and connections in the local cloud: git repositories that really take pushes."""

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from gitwork import Checkout
from localaws import ask, control, log_lines, reasons, stack

pytestmark = pytest.mark.local

ACCOUNT = "111111111111"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "work")


def make(cloud: Any, name: str = "shop") -> str:
    """Make a repository; its URL."""
    made = cloud.client("codecommit").create_repository(
        repositoryName=name, repositoryDescription="A shop", tags={"team": "shop"}
    )
    return str(made["repositoryMetadata"]["cloneUrlHttp"])


def watch(cloud: Any, source: str = "aws.codecommit") -> None:
    """Let events of a service be seen in a log group."""
    cloud.client("logs").create_log_group(logGroupName="seen")
    events = cloud.client("events")
    events.put_rule(Name="seen", EventPattern=json.dumps({"source": [source]}))
    target = {"Id": "1", "Arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:seen"}
    events.put_targets(Rule="seen", Targets=[target])


def seen(cloud: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_lines(cloud, "seen")]


def test_what_is_pushed_can_be_cloned_and_asked_for(
    local_cloud: Any, checkout: Checkout, tmp_path: Path
) -> None:
    url = make(local_cloud)
    assert url == f"{local_cloud.endpoint}/v1/repos/{ACCOUNT}/us-east-1/shop"
    # More than git sends in one piece: the body comes in chunks.
    first = checkout.commit("Begin", readme_md="hello", large_bin=os.urandom(3_000_000))
    checkout.git("push", "--quiet", url, "main")
    second = checkout.commit("Go on\n\nWith a body", readme_md="world")
    checkout.git("push", "--quiet", url, "main", "main:refs/heads/other")
    checkout.git("clone", "--quiet", url, str(tmp_path / "clone"))
    assert (tmp_path / "clone" / "readme.md").read_text() == "world"
    codecommit = local_cloud.client("codecommit")
    assert codecommit.list_branches(repositoryName="shop")["branches"] == ["main", "other"]
    branch = codecommit.get_branch(repositoryName="shop", branchName="main")["branch"]
    assert branch == {"branchName": "main", "commitId": second}
    commit = codecommit.get_commit(repositoryName="shop", commitId=second)["commit"]
    assert commit["message"] == "Go on\n\nWith a body"
    assert commit["parents"] == [first]
    assert commit["author"]["name"] == "Ada"
    metadata = codecommit.get_repository(repositoryName="shop")["repositoryMetadata"]
    assert metadata["defaultBranch"] == "main"
    assert metadata["Arn"] == f"arn:aws:codecommit:us-east-1:{ACCOUNT}:shop"
    tags = codecommit.list_tags_for_resource(resourceArn=metadata["Arn"])["tags"]
    assert tags == {"team": "shop"}


def test_a_request_may_be_compressed(local_cloud: Any, checkout: Checkout, tmp_path: Path) -> None:
    url = make(local_cloud)
    # So many commits that a fetch names more than git sends uncompressed.
    for number in range(25):
        checkout.commit(str(number))
    checkout.git("push", "--quiet", url, "main")
    for number in range(25):
        checkout.commit(str(number))
        checkout.git("tag", str(number))
    other = Checkout(tmp_path / "other")
    other.commit("unrelated")
    other.git("push", "--quiet", url, "main:unrelated")
    trace = tmp_path / "trace"
    checkout.git("fetch", "--quiet", url, "unrelated", GIT_TRACE_CURL=str(trace))
    assert "content-encoding: gzip" in trace.read_text(errors="replace").lower()
    assert checkout.git("log", "-1", "--format=%s", "FETCH_HEAD") == "unrelated"


def test_each_branch_and_tag_that_moves_is_told(local_cloud: Any, checkout: Checkout) -> None:
    watch(local_cloud)
    url = make(local_cloud)
    first = checkout.commit("one")
    checkout.git("tag", "-a", "v1", "-m", "v1")
    checkout.git("push", "--quiet", url, "main", "v1")
    second = checkout.commit("two")
    checkout.git("push", "--quiet", url, "main", "main:topic")
    checkout.git("push", "--quiet", url, ":topic")
    events = seen(local_cloud)
    assert [
        (
            one["detail"]["event"],
            one["detail"]["referenceType"],
            one["detail"]["referenceName"],
            one["detail"].get("commitId"),
            one["detail"].get("oldCommitId"),
        )
        for one in events
    ] == [
        ("referenceCreated", "branch", "main", first, None),
        ("referenceCreated", "tag", "v1", first, None),
        ("referenceUpdated", "branch", "main", second, first),
        ("referenceCreated", "branch", "topic", second, None),
        ("referenceDeleted", "branch", "topic", None, second),
    ]
    assert events[0]["detail-type"] == "CodeCommit Repository State Change"
    assert events[0]["resources"] == [f"arn:aws:codecommit:us-east-1:{ACCOUNT}:shop"]
    assert events[0]["detail"]["repositoryName"] == "shop"
    assert events[0]["detail"]["referenceFullName"] == "refs/heads/main"


def test_a_push_that_moves_nothing_is_not_told(local_cloud: Any, checkout: Checkout) -> None:
    url = make(local_cloud)
    checkout.commit("one")
    checkout.git("push", "--quiet", url, "main")
    watch(local_cloud)
    checkout.git("push", "--quiet", url, "main")
    checkout.commit("two")
    checkout.git("push", "--quiet", url, "main")
    assert len(seen(local_cloud)) == 1


def test_a_repository_that_is_not_there_takes_nothing(local_cloud: Any, checkout: Checkout) -> None:
    checkout.commit()
    url = f"{local_cloud.endpoint}/v1/repos/{ACCOUNT}/us-east-1/nothing"
    assert "not found" in checkout.git("push", url, "main", code=128)


@pytest.mark.parametrize("name", ["a/b", "shop.git", "x" * 101])
def test_a_repository_needs_a_name_that_aws_takes(local_cloud: Any, name: str) -> None:
    with pytest.raises(ClientError) as refused:
        make(local_cloud, name)
    assert refused.value.response["Error"]["Code"] in (
        "InvalidRepositoryNameException",
        "ValidationException",
    )


def test_names_are_taken_once(local_cloud: Any) -> None:
    make(local_cloud)
    with pytest.raises(ClientError, match="Repository named shop already exists"):
        make(local_cloud)
    codecommit = local_cloud.client("codecommit")
    codecommit.delete_repository(repositoryName="shop")
    assert codecommit.list_repositories()["repositories"] == []
    with pytest.raises(ClientError, match="shop does not exist"):
        codecommit.get_repository(repositoryName="shop")


REPOSITORY = """
Resources:
  Repository:
    Type: AWS::CodeCommit::Repository
    DeletionPolicy: Retain
    Properties: {RepositoryName: NAME, RepositoryDescription: DESCRIPTION}
Outputs:
  Id: {Value: !Ref Repository}
  Url: {Value: !GetAtt Repository.CloneUrlHttp}
  Arn: {Value: !GetAtt Repository.Arn}
  Name: {Value: !GetAtt Repository.Name}
"""


def test_cloudformation_makes_repositories_and_keeps_what_they_hold(
    local_cloud: Any, checkout: Checkout
) -> None:
    template = REPOSITORY.replace("NAME", "shop")
    outputs = stack(local_cloud, template.replace("DESCRIPTION", "before"))
    assert outputs["Name"] == "shop"
    assert outputs["Arn"] == f"arn:aws:codecommit:us-east-1:{ACCOUNT}:shop"
    checkout.commit(a_txt="kept")
    checkout.git("push", "--quiet", outputs["Url"], "main")
    again = stack(local_cloud, template.replace("DESCRIPTION", "after"), action="update")
    assert again == outputs
    renamed = stack(local_cloud, REPOSITORY.replace("NAME", "store"), action="update")
    assert renamed["Id"] == outputs["Id"]
    assert checkout.git("ls-remote", renamed["Url"]).endswith("refs/heads/main")
    local_cloud.client("cloudformation").delete_stack(StackName="shop")
    codecommit = local_cloud.client("codecommit")
    assert codecommit.list_branches(repositoryName="store")["branches"] == ["main"]


def test_cloudformation_refuses_code_that_it_would_not_push(local_cloud: Any) -> None:
    stack(
        local_cloud,
        "Resources:\n  R:\n    Type: AWS::CodeCommit::Repository\n    Properties:\n"
        "      RepositoryName: shop\n      Code: {S3: {Bucket: bucket, Key: key}}\n",
        expect="ROLLBACK_COMPLETE",
    )
    assert any("takes no property Code" in reason for reason in reasons(local_cloud))


@pytest.mark.parametrize(
    ("service", "type_name"),
    [
        ("codeconnections", "AWS::CodeConnections::Connection"),
        ("codestar-connections", "AWS::CodeStarConnections::Connection"),
    ],
)
def test_a_connection_is_pending_until_somebody_shakes_hands(
    local_cloud: Any, service: str, type_name: str
) -> None:
    outputs = stack(
        local_cloud,
        f"Resources: {{C: {{Type: '{type_name}', "
        "Properties: {ConnectionName: shop, ProviderType: GitHub}}}\n"
        "Outputs: {Arn: {Value: !Ref C}, Status: {Value: !GetAtt C.ConnectionStatus}}",
    )
    assert outputs["Arn"].startswith(f"arn:aws:{service}:us-east-1:{ACCOUNT}:connection/")
    assert outputs["Status"] == "PENDING"
    api = local_cloud.client(service)
    found = api.get_connection(ConnectionArn=outputs["Arn"])["Connection"]
    assert (found["ConnectionName"], found["ConnectionStatus"]) == ("shop", "PENDING")
    control(local_cloud, "connections", {"arn": outputs["Arn"]})
    (found,) = api.list_connections(ProviderTypeFilter="GitHub")["Connections"]
    assert found["ConnectionStatus"] == "AVAILABLE"
    refused = ask(local_cloud, "/_localcloud/connections", method="POST", body={"arn": "x"})
    assert (refused.status, refused.body) == (400, {"error": "no such connection: x"})


def test_a_provider_has_repositories_too(local_cloud: Any, checkout: Checkout) -> None:
    url = control(local_cloud, "repositories", {"name": "me/shop"})["url"]
    assert control(local_cloud, "repositories", {"name": "me/shop"})["url"] == url
    checkout.commit("one")
    checkout.git("push", "--quiet", url, "main")
    assert checkout.git("ls-remote", url, "refs/heads/main")
    refused = ask(local_cloud, "/_localcloud/repositories", method="POST", body={"name": "../x"})
    assert refused.status == 400


def test_a_reset_empties_repositories(local_cloud: Any, checkout: Checkout) -> None:
    url = make(local_cloud)
    checkout.commit()
    checkout.git("push", "--quiet", url, "main")
    local_cloud.reset()
    make(local_cloud)
    assert checkout.git("ls-remote", url) == ""


def test_the_zip_of_a_commit_keeps_what_is_executable(tmp_path: Path, checkout: Checkout) -> None:
    # The interface for pipelines: no request answers it.
    from localcloud.codecommit import git

    bare = tmp_path / "bare"
    git.create(bare)
    script = checkout.folder / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    commit = checkout.commit(a_txt="A")
    checkout.git("push", "--quiet", str(bare), "main")
    with zipfile.ZipFile(io.BytesIO(git.archive(bare, commit))) as archive:
        assert sorted(archive.namelist()) == ["a.txt", "run.sh"]
        assert archive.getinfo("run.sh").external_attr >> 16 & 0o111
