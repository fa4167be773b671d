"""Put code and large templates into the artifact buckets, each object once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generator.aws import INLINE_LIMIT, Cloud, Objects, TemplateSource
from generator.build.manifest import Manifest


def publish(
    manifest: Manifest, folder: Path, cloud: Cloud, *, said: Callable[[str, int, int], None]
) -> bool:
    """Put every function's package into every region's bucket; say whether any was new.

    Regions are served at the same time. `said` hears of each: region, packages, how many were new.
    """
    data = {function.key: (folder / function.file).read_bytes() for function in manifest.functions}

    def serve(region: str, bucket: str) -> int:
        objects = Objects(cloud, bucket=bucket, region=region)
        new = 0
        for key, package in data.items():
            if not objects.has(key):
                new += objects.put(key, package, content_type="application/zip")
        said(region, len(data), new)
        return new

    buckets = manifest.artifact_buckets.items()
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="publish") as pool:
        jobs = [pool.submit(serve, region, bucket) for region, bucket in buckets]
        return sum(job.result() for job in jobs) > 0


def template_source(manifest: Manifest, text: str, unit: str, cloud: Cloud) -> TemplateSource:
    """Give a template the way CloudFormation takes it: inline, or by way of the primary bucket."""
    if len(text.encode()) <= INLINE_LIMIT:
        return TemplateSource(text)
    region = manifest.primary_region
    objects = Objects(cloud, bucket=manifest.artifact_buckets[region], region=region)
    key = f"templates/{unit}/{hashlib.sha256(text.encode()).hexdigest()}.yaml"
    if not objects.has(key):
        objects.put(key, text.encode(), content_type="application/yaml")
    return TemplateSource(text, url=objects.url(key))
