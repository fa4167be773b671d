"""Put code and large templates into the artifact buckets, each object once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generator.aws import INLINE_LIMIT, Cloud, Objects, TemplateSource
from generator.build.manifest import Manifest


def publish(
    manifest: Manifest, folder: Path, cloud: Cloud, *, said: Callable[[str, str, bool], None]
) -> bool:
    """Put every function's package into every region's bucket; say whether any was new.

    Regions are served at the same time. `said` hears of each: region, key, whether it was written.
    """
    data = {function.key: (folder / function.file).read_bytes() for function in manifest.functions}

    def put(region: str, bucket: str, key: str) -> bool:
        objects = Objects(cloud, bucket=bucket, region=region)
        written = not objects.has(key) and objects.put(
            key, data[key], content_type="application/zip"
        )
        said(region, key, written)
        return written

    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="publish") as pool:
        jobs = [
            pool.submit(put, region, bucket, key)
            for region, bucket in manifest.artifact_buckets.items()
            for key in data
        ]
        written = [job.result() for job in jobs]
    return any(written)


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
