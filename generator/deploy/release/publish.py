"""Put code and large templates into the artifact buckets, each object once, and look after them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generator.aws import INLINE_LIMIT, Cloud, Objects, Signer, TemplateSource
from generator.build.manifest import Manifest
from generator.deploy.release.releases import put_once, tampered
from generator.deploy.release.signing import check_signed, profile_of, sign_once
from generator.errors import GenError, Problem
from generator.releases import Code


def publish(
    manifest: Manifest, folder: Path, cloud: Cloud, *, said: Callable[[str, int, int], None]
) -> bool:
    """Put every function's package into every region's bucket; say whether any was new.

    Where packages are signed, each is in every region, too. Regions are served at the same time.
    `said` hears of each: region, packages, how many were new.
    Raises GenError with every package that is there already with other bytes.
    """
    packages = {
        Code(function.key, function.sha256): (folder / function.file).read_bytes()
        for function in manifest.functions
    }

    def serve(region: str, bucket: str) -> tuple[int, list[Problem]]:
        objects = Objects(cloud, bucket=bucket, region=region)
        new, problems = 0, list[Problem]()
        for code, data in packages.items():
            try:
                put = put_once(objects, code.package, data, content_type="application/zip")
                if code.is_signed:
                    put |= sign_once(objects, code, data, lambda: _signer(manifest, cloud, region))
                new += put
            except GenError as error:
                problems += error.problems
        if not problems:
            said(region, len(packages), new)
        return new, problems

    buckets = manifest.artifact_buckets.items()
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="publish") as pool:
        jobs = [pool.submit(serve, region, bucket) for region, bucket in buckets]
        done = [job.result() for job in jobs]
    if problems := [problem for _, found in done for problem in found]:
        raise GenError(problems)
    return sum(new for new, _ in done) > 0


def new_packages(manifest: Manifest, cloud: Cloud) -> list[tuple[str, str, tuple[str, ...]]]:
    """List what regions do not have yet: region, bucket, keys.

    Raises GenError with every package that is there already with other bytes.
    """
    codes = [Code(function.key, function.sha256) for function in manifest.functions]

    def look(region: str, bucket: str) -> tuple[list[str], list[Problem]]:
        objects = Objects(cloud, bucket=bucket, region=region)
        missing, problems = list[str](), list[Problem]()
        for code in codes:
            found = objects.sha256(code.package.key)
            if found is None:
                missing.append(code.package.key)
            elif found != code.sha256:
                problems.append(tampered(objects, code.package, found=found))
            elif code.is_signed and not objects.has(code.key):
                missing.append(code.key)
            elif code.is_signed and (wrong := check_signed(objects, code)):
                problems.append(wrong)
        return missing, problems

    buckets = manifest.artifact_buckets
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="packages") as pool:
        found = list(pool.map(look, buckets, buckets.values()))
    if problems := [problem for _, wrong in found for problem in wrong]:
        raise GenError(problems)
    return [
        (region, bucket, tuple(missing))
        for (region, bucket), (missing, _) in zip(buckets.items(), found, strict=True)
        if missing
    ]


def _signer(manifest: Manifest, cloud: Cloud, region: str) -> Signer:
    name = profile_of(manifest, cloud, region).split("/")[-2]
    return Signer(cloud, profile=name, region=region)


def check_packages(codes: Iterable[Code], buckets: dict[str, str], cloud: Cloud) -> list[Problem]:
    """Say which packages are missing in a region, or are not the bytes that were built."""
    wanted = tuple(codes)

    def look(region: str, bucket: str) -> list[Problem]:
        objects = Objects(cloud, bucket=bucket, region=region)
        problems = []
        for code in wanted:
            built = code.package
            found = objects.sha256(built.key)
            if found is None:
                problems.append(
                    Problem(
                        f"{region}: s3://{bucket}/{built.key} is missing",
                        hint="a build puts it there: push again, or release the change again",
                    )
                )
            elif found != built.sha256:
                problems.append(tampered(objects, built, found=found))
            elif code.is_signed and (wrong := check_signed(objects, code)):
                problems.append(wrong)
        return problems

    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="packages") as pool:
        jobs = [pool.submit(look, region, bucket) for region, bucket in buckets.items()]
        return [problem for job in jobs for problem in job.result()]


def template_source(manifest: Manifest, text: str, unit: str, cloud: Cloud) -> TemplateSource:
    """Give a template the way CloudFormation takes it: inline, or by way of the primary bucket."""
    if len(text.encode()) <= INLINE_LIMIT:
        return TemplateSource(text)
    region = manifest.primary_region
    objects = Objects(cloud, bucket=manifest.artifact_buckets[region], region=region)
    digest = hashlib.sha256(text.encode()).hexdigest()
    code = Code(f"templates/{unit}/{digest}.yaml", digest)
    put_once(objects, code, text.encode(), content_type="application/yaml")
    return TemplateSource(text, url=objects.url(code.key))
