"""Code signing: signed packages in each region, and whose signature functions accept there.

A region's signing profile belongs to its `artifacts` stack, which writes the profile's ARN down in
a parameter of Systems Manager: CloudFormation gives it a generated name, and a version.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from generator.aws import Cloud, Objects, Parameters, Signer
from generator.build.manifest import BuiltUnit, Manifest
from generator.errors import GenError, Problem
from generator.package import difference
from generator.releases import Code
from generator.units import Pair

PARAMETER = "SigningProfileVersionArn"
"""Of the service's template."""
JOBS = "signing/"
"""Where signing jobs leave what they sign, until it is checked and gets its name."""


def profile_of(manifest: Manifest, cloud: Cloud, region: str) -> str:
    """Read the ARN of a region's signing profile, version included.

    Raises GenError when the region has none yet.
    """
    name = f"/{manifest.project}-{manifest.environment}/signing-profile"
    arn = Parameters(cloud, region=region).get(name)
    if arn is None:
        raise GenError(
            Problem(
                f"{region}: there is no signing profile (parameter {name})",
                hint=f"`gen deploy -e {manifest.environment}` makes one in each region",
            )
        )
    return arn


def signing_overrides(
    unit: BuiltUnit, manifest: Manifest, cloud: Cloud, known: dict[Pair, dict[str, str]]
) -> dict[Pair, dict[str, str]]:
    """Give each account and region its region's signing profile, where nobody has said another.

    `known` are the values that instances have of their own already.
    """
    if unit.parameters.get(PARAMETER) != "":
        return {}
    regions = dict.fromkeys(region for _, region in unit.pairs)
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="profiles") as pool:
        found = pool.map(lambda region: profile_of(manifest, cloud, region), regions)
        profiles = dict(zip(regions, found, strict=True))
    return {pair: {PARAMETER: profiles[pair[1]]} | known.get(pair, {}) for pair in unit.pairs}


def sign_once(objects: Objects, code: Code, package: bytes, signer: Callable[[], Signer]) -> bool:
    """Put the signed form of a package beside it, unless it is there; say whether it was new.

    Raises GenError when what is there, or what Signer made, is not the package and a signature.
    """
    signed, new = objects.get(code.key), False
    if signed is None:
        source = code.package.key
        made = signer().sign(
            bucket=objects.bucket, key=source, version=objects.version(source), prefix=JOBS
        )
        signed = objects.get(made)
        if problem := _problem(objects, made, package, signed):
            raise GenError(problem)
        new = objects.put(code.key, signed or b"", content_type="application/zip")
        if not new:  # another run was faster
            signed = objects.get(code.key)
    if problem := _problem(objects, code.key, package, signed):
        raise GenError(problem)
    return new


def check_signed(objects: Objects, code: Code) -> Problem | None:
    """Say what is wrong with a signed package, whose package itself was checked before."""
    package = objects.get(code.package.key) or b""
    return _problem(objects, code.key, package, objects.get(code.key))


def _problem(objects: Objects, key: str, package: bytes, signed: bytes | None) -> Problem | None:
    where = f"{objects.region}: s3://{objects.bucket}/{key}"
    if signed is None:
        return Problem(f"{where} is missing", hint="gen publish has it signed again")
    if wrong := difference(package, signed):
        return Problem(
            f"{where} was tampered with: it is not the package that was built, signed: {wrong}",
            hint="nothing was overwritten: find out who wrote it (CloudTrail), delete that version,"
            " then publish again",
        )
    return None
