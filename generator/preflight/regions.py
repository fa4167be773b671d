"""P102, P103: every region is enabled where it is wanted, and StackSets may work there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from generator.aws import RegionState, region_states, services_in, trusted_services
from generator.codes import preflight as codes
from generator.errors import Problem
from generator.preflight.finding import Finding, Look
from generator.preflight.scene import Scene
from generator.units import Kind, Pair


class RegionEnabled:
    """The account of each stack has the stack's region, and so has the StackSets' account."""

    code = codes.P102

    def looks(self, scene: Scene) -> Iterable[Look]:
        wanted: dict[str, dict[str, None]] = {}
        for account, region in scene.places():
            wanted.setdefault(account, {})[region] = None
            wanted.setdefault(scene.manifest.tools_account, {})[region] = None
        for account, regions in wanted.items():
            yield Look(
                account,
                scene.manifest.primary_region,
                partial(self.find, scene, account, regions),
            )

    def find(self, scene: Scene, account: str, regions: Iterable[str]) -> Iterator[Finding]:
        states = _states(scene, account)
        for region in regions:
            # What EC2 does not list is another partition's, or newer than what it tells.
            if region in states and not states[region].enabled:
                scene.unusable.add((account, region))
                yield Finding(
                    self.code.number,
                    Problem(
                        f"region {region} is not enabled in account {account}",
                        hint=f"enable it in the settings of account {account}, or take it out of"
                        f" `regions` in params/{scene.manifest.environment}.yaml",
                    ),
                )


class OptInTrust:
    """The administration role trusts CloudFormation of each opt-in region, too."""

    code = codes.P103

    def looks(self, scene: Scene) -> Iterable[Look]:
        regions = dict.fromkeys(
            region
            for unit, (_, region) in scene.changes.pairs
            if (built := scene.manifest.unit(unit)) and built.kind is Kind.STACK_SET
        )
        if regions:
            home = scene.manifest.tools_account, scene.manifest.primary_region
            yield Look(*home, partial(self.find, scene, home, regions))

    def find(self, scene: Scene, home: Pair, regions: Iterable[str]) -> Iterator[Finding]:
        states = _states(scene, home[0])
        opt_in = [region for region in regions if region in states and states[region].opt_in]
        if not opt_in:
            return
        role = scene.manifest.administration_role.rpartition("/")[2]
        trusted = _trust_of_this_deployment(scene, role)
        if trusted is None:
            trusted = trusted_services(scene.cloud, role, account=home[0], region=home[1])
        for region in opt_in if trusted is not None else ():
            if f"cloudformation.{region}.amazonaws.com" not in (trusted or ()):
                yield Finding(
                    self.code.number,
                    Problem(
                        f"role {role} does not trust cloudformation.{region}.amazonaws.com, as"
                        f" which StackSets work in {region}",
                        hint="deploy the unit roles of this build, or have the service added to the"
                        " role's trust policy",
                    ),
                )


def _states(scene: Scene, account: str) -> dict[str, RegionState]:
    region = scene.manifest.primary_region
    return scene.once(
        ("regions", account), lambda: region_states(scene.cloud, account=account, region=region)
    )


def _trust_of_this_deployment(scene: Scene, role: str) -> set[str] | None:
    """List whom the role will trust when this deployment makes or changes it."""
    for unit, pair in scene.changes.pairs:
        for resource in scene.will_have(unit, pair):
            if resource.type == "AWS::IAM::Role" and resource.text("RoleName") == role:
                return services_in(resource.value("AssumeRolePolicyDocument") or {})
    return None
