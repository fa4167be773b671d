"""P405, P406, P408 to P411: what is about to be made fits into the accounts' quotas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from generator.aws import count, count_buckets, iam_summary, service_quota
from generator.codes import Code
from generator.codes import preflight as codes
from generator.errors import Problem
from generator.preflight.finding import Finding, Look
from generator.preflight.scene import Scene
from generator.preflight.template import Resource
from generator.units import Pair

New = tuple[str, Resource]
"""A resource that is about to be made, and its unit."""
_HINT = "ask for more (Service Quotas), or delete what nobody needs"


def exceeded(what: str, where: str, *, new: int, used: int, quota: int) -> Problem | None:
    """Say that a quota is too small; None when it is not."""
    if used + new <= quota:
        return None
    return Problem(
        f"{where}: {new} new {what}, but {used} of the quota of {quota} are used", hint=_HINT
    )


@dataclass(frozen=True, slots=True)
class RegionQuota:
    """A quota of an account and region on resources of one type, counted by listing them."""

    code: Code
    type: str
    what: str
    default: int
    quota: tuple[str, str] | None
    """Service and code in Service Quotas; None for one that nobody can have raised."""

    def looks(self, scene: Scene) -> Iterable[Look]:
        for pair in scene.places():
            if _has(scene, [pair], self.type):
                yield Look(*pair, partial(self.find, scene, pair))

    def find(self, scene: Scene, pair: Pair) -> Iterator[Finding]:
        new = _new(scene, [pair], self.type)
        if not new:
            return
        account, region = pair
        quota = self.default
        if self.quota:
            quota = service_quota(
                scene.cloud, *self.quota, default=quota, account=account, region=region
            )
        used = count(scene.cloud, self.type, account=account, region=region)
        yield from _finding(
            self.code, scene, new, self.what, f"{account} {region}", used=used, quota=quota
        )


@dataclass(frozen=True, slots=True)
class IamQuota:
    """A quota of an account, of which IAM itself tells the value and the use."""

    code: Code
    type: str
    what: str
    entry: str
    """Of GetAccountSummary; the quota is the entry of that name and Quota."""

    def looks(self, scene: Scene) -> Iterable[Look]:
        for account, pairs in scene.places_by_account().items():
            if _has(scene, pairs, self.type):
                home = account, scene.manifest.primary_region
                yield Look(*home, partial(self.find, scene, home, pairs))

    def find(self, scene: Scene, home: Pair, pairs: list[Pair]) -> Iterator[Finding]:
        new = _new(scene, pairs, self.type)
        if not new:
            return
        account, region = home
        summary = scene.once(
            ("iam", account), lambda: iam_summary(scene.cloud, account=account, region=region)
        )
        used, quota = summary[self.entry], summary[f"{self.entry}Quota"]
        where = f"account {account}"
        yield from _finding(self.code, scene, new, self.what, where, used=used, quota=quota)


class Buckets:
    """The account may have that many more buckets."""

    code = codes.P411

    def looks(self, scene: Scene) -> Iterable[Look]:
        for account, pairs in scene.places_by_account().items():
            if _has(scene, pairs, "AWS::S3::Bucket"):
                home = account, scene.manifest.primary_region
                yield Look(*home, partial(self.find, scene, home, pairs))

    def find(self, scene: Scene, home: Pair, pairs: list[Pair]) -> Iterator[Finding]:
        new = _new(scene, pairs, "AWS::S3::Bucket")
        if not new:
            return
        account, region = home
        quota = service_quota(
            scene.cloud, "s3", "L-DC2B2D3D", default=10_000, account=account, region=region
        )
        used = count_buckets(scene.cloud, account=account, region=region)
        where = f"account {account}"
        yield from _finding(self.code, scene, new, "buckets", where, used=used, quota=quota)


def _has(scene: Scene, pairs: list[Pair], type_name: str) -> bool:
    """Say whether stacks of these places have the type at all; nothing is asked of AWS."""
    return any(resource.type == type_name for pair in pairs for _, resource in scene.all_at(pair))


def _new(scene: Scene, pairs: list[Pair], type_name: str) -> list[New]:
    return [new for pair in pairs for new in scene.new_at(pair) if new[1].type == type_name]


def _finding(
    code: Code, scene: Scene, new: list[New], what: str, where: str, *, used: int, quota: int
) -> Iterator[Finding]:
    if problem := exceeded(what, where, new=len(new), used=used, quota=quota):
        unit, first = new[0]
        yield Finding(code.number, scene.problem(unit, first, problem.message, hint=_HINT))


ROLES = IamQuota(
    codes.P405,
    "AWS::IAM::Role", "roles", "Roles",
)  # fmt: skip
POLICIES = IamQuota(
    codes.P406,
    "AWS::IAM::ManagedPolicy", "managed policies", "Policies",
)  # fmt: skip
_APIS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"
REST_APIS = RegionQuota(
    codes.P408,
    "AWS::ApiGateway::RestApi", "REST APIs", 600, ("apigateway", "L-AA0FF27B"),
)  # fmt: skip
HTTP_APIS = RegionQuota(
    REST_APIS.code, "AWS::ApiGatewayV2::Api", "HTTP APIs", 600, ("apigateway", "L-AA0FF27B")
)
NETWORKS = RegionQuota(
    codes.P409,
    "AWS::EC2::VPC", "VPCs", 5, ("vpc", "L-F678F1CE"),
)  # fmt: skip
LOG_POLICIES = RegionQuota(
    codes.P410,
    "AWS::Logs::ResourcePolicy", "resource policies of CloudWatch Logs", 10, None,
)  # fmt: skip
QUOTAS = (
    ROLES, POLICIES, REST_APIS, HTTP_APIS, NETWORKS, LOG_POLICIES, Buckets(),
)  # fmt: skip
