"""Push the project's folder, as it is, to the source of a pipeline in the local cloud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.aws import Cloud, SourceArchive, Stacks, connection_status
from generator.config import Config, Names
from generator.config.operations import CodeCommitSource, ConnectionSource
from generator.deploy.pipeline.pipeline import no_pipeline
from generator.deploy.pipeline.workspace import Workspace
from generator.errors import GenError
from generator.local import LocalCloud, home
from generator.plan.state import StackState

CACHE = "build/cache"
"""Wheels and the like, which builds would have to fetch again."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What is on the branch now."""

    commit: str
    revision: str
    """What the pipeline calls it: the commit, or the version of the archive."""
    changed: bool
    """Whether there was something to push."""
    place: str


class LocalSource:
    """The source of an environment's pipeline in the local cloud."""

    def __init__(self, root: Path, config: Config, cloud: Cloud, stand_in: LocalCloud):
        """Raises GenError when the configuration has no pipeline, or it is not deployed."""
        if config.pipeline is None:
            raise GenError(no_pipeline(config.environment))
        self._root = root
        self._environment = config.environment
        self._source = config.pipeline.source
        self._region = config.regions.primary
        self._cloud = cloud
        self._stand_in = stand_in
        self._stack = self._deployed(config)

    def push(self, message: str, *, empty: bool = False) -> Pushed:
        """Commit the folder and push it, if something has changed or `empty` asks for it anyway.

        Raises GenError while the handshake of a connection is pending.
        """
        git = Workspace(self._root, home(self._root) / "push" / f"{self._environment}.git")
        if isinstance(self._source, CodeCommitSource):
            url, branch = self._stack.outputs["RepositoryUrl"], self._stack.parameters["Branch"]
            pushed = self._push(git, url, branch, message, empty=empty)
        elif isinstance(self._source, ConnectionSource):
            self._check_handshake()
            name, branch = self._stack.parameters["Repository"], self._stack.parameters["Branch"]
            url = self._stand_in.ask("repositories", {"name": name})["url"]
            pushed = self._push(git, url, branch, message, empty=empty)
        else:
            pushed = self._put(git, message, empty=empty)
        return pushed

    def seed_builders(self) -> None:
        """Give the builders what gen has fetched already, so that builds need no network."""
        folder = self._root / CACHE
        if folder.is_dir():
            seed = {"folder": CACHE, "from": str(folder.resolve())}
            self._stand_in.ask("build-cache", seed)

    def connect(self) -> str:
        """Complete the handshake of the pipeline's connection; give the connection's ARN."""
        arn = self._connection()
        if arn is None:
            raise GenError(
                f"the pipeline of '{self._environment}' has no connection: its source is"
                f" {self._source.type}",
                hint=f"just push: `gen local push -e {self._environment}`",
            )
        self._stand_in.ask("connections", {"arn": arn})
        return arn

    def _deployed(self, config: Config) -> StackState:
        name = Names.of(config).stack("pipeline")
        where = {"account": config.targets.tools_account, "region": self._region}
        stack = Stacks(self._cloud, **where).describe(name)
        if stack is None or stack.never_came_up:
            raise GenError(
                f"the pipeline of '{self._environment}' is not in the local cloud yet",
                hint=f"run `gen deploy -e {self._environment} --local`",
            )
        return stack

    def _connection(self) -> str | None:
        if not isinstance(self._source, ConnectionSource):
            return None
        return self._stack.outputs.get("ConnectionArn") or self._source.connection_arn

    def _check_handshake(self) -> None:
        arn = self._connection()
        if arn and connection_status(self._cloud, arn) != "AVAILABLE":
            raise GenError(
                "the handshake of the pipeline's connection is pending: a push would start nothing",
                hint=f"run `gen local connect -e {self._environment}`, which stands for the click"
                " in the console",
            )

    def _push(self, git: Workspace, url: str, branch: str, message: str, *, empty: bool) -> Pushed:
        head, tree = git.head(url, branch), git.tree()
        place = f"{branch} of {url}"
        if head and git.tree_of(head) == tree and not empty:
            return Pushed(head, head, changed=False, place=place)
        commit = git.commit(tree, parent=head, message=message)
        git.push(commit, url, branch)
        return Pushed(commit, commit, changed=True, place=place)

    def _put(self, git: Workspace, message: str, *, empty: bool) -> Pushed:
        values = self._stack.parameters
        archive = SourceArchive(
            self._cloud, bucket=values["SourceBucket"], key=values["SourceKey"], region=self._region
        )
        place = f"s3://{archive.bucket}/{archive.key}"
        known, tree = archive.commit(), git.tree()
        head = known if known and git.has(known) else None
        if head and git.tree_of(head) == tree and not empty:
            return Pushed(head, head, changed=False, place=place)
        commit = git.commit(tree, parent=head, message=message)
        # On AWS the bucket is somebody else's, and there before the pipeline.
        archive.make_bucket()
        version = archive.put(git.archive(commit), commit=commit, message=message)
        return Pushed(commit, version, changed=True, place=place)
