"""What a unit needs of the account, and a test must not make."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from generator.aws import Cloud, log_role
from generator.build.manifest import Manifest
from generator.deploy.account import UNIT
from generator.errors import GenError, Problem
from generator.trial.design import Trial
from generator.units import SERVICE


def check_log_roles(trial: Trial, manifest: Manifest, cloud: Cloud) -> None:
    """Refuse to try REST APIs where the account has no role by which they log.

    It is one setting for all REST APIs of the account and region: made for a test, it would be
    gone with it, and others would have come to rely on it.
    """
    if manifest.unit(UNIT) is None:
        return
    regions = [one.region for one in trial.subjects if one.unit == SERVICE]
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="log-roles") as pool:
        roles = pool.map(lambda r: log_role(cloud, account=trial.account, region=r), regions)
        missing = [region for region, role in zip(regions, roles, strict=True) if role is None]
    if missing:
        raise GenError(
            Problem(
                f"{SERVICE} can't be tested in {', '.join(missing)}: API Gateway has no role there"
                " by which REST APIs log, and refuses them",
                hint="deploy an environment with its unit `account` once, or set a role:"
                " aws apigateway update-account; or leave the service out: --unit",
            )
        )
