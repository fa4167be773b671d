"""Before a release goes out: is what lies in the regions exactly what was built and tested?"""

from __future__ import annotations

import hashlib
from pathlib import Path

from generator.aws import Cloud
from generator.build.manifest import Manifest
from generator.deploy.release.publish import check_packages
from generator.deploy.release.releases import Releases
from generator.errors import GenError, Problem
from generator.releases import Code, Record

MANIFEST = "manifest.json"


def manifest_digest(folder: Path) -> str:
    """Digest a build's manifest, and by it the whole build."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def read_build(folder: Path, *, environment: str, digest: str | None) -> Manifest:
    """Read the manifest of a build that was handed over.

    Raises GenError when it is not the one that was built (by its digest, where that is known), or
    when a file that came along is missing or another than the manifest says.
    """
    file = folder / MANIFEST
    try:
        found, text = manifest_digest(folder), file.read_text(encoding="utf-8")
        manifest = Manifest.from_json(text)
    except FileNotFoundError:
        raise GenError(Problem("there is no build here", file=str(file))) from None
    except (ValueError, KeyError, TypeError, OSError):
        raise GenError(Problem("not a build of this version of gen", file=str(file))) from None
    if digest is not None and found != digest:
        raise GenError(
            Problem(
                f"tampered with: its digest is {found}, but the build made {digest}",
                file=str(file),
                hint="start the pipeline again, from the build on",
            )
        )
    if manifest.environment != environment:
        raise GenError(
            Problem(f"a build of '{manifest.environment}', not of '{environment}'", file=str(file))
        )
    if problems := _files(folder, manifest):
        raise GenError(problems)
    return manifest


def _files(folder: Path, manifest: Manifest) -> list[Problem]:
    """Compare the files that came along with the manifest; what is deployed must be there."""
    unit = manifest.service
    needed = {unit.template, f"parameters/{unit.name}.json"}
    there = {
        file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()
    }
    problems = [
        Problem("missing from the build", file=str(folder / name))
        for name in sorted(needed - there.keys())
    ]
    for name, file in sorted(there.items()):
        if name == MANIFEST:
            continue
        if name not in manifest.files:
            problems.append(Problem("no part of the build", file=str(file)))
        elif hashlib.sha256(file.read_bytes()).hexdigest() != manifest.files[name]:
            problems.append(Problem("tampered with: not the file that was built", file=str(file)))
    return problems


def check_release(manifest: Manifest, releases: Releases, cloud: Cloud) -> Record:
    """Check packages in every region, template and record; give the record.

    Raises GenError with everything that is missing or is not what was built.
    """
    codes = [Code(function.key, function.sha256) for function in manifest.functions]
    problems = check_packages(codes, manifest.artifact_buckets, cloud)
    record = releases.record(manifest.release)
    if record is None:
        problems.append(
            Problem(
                f"release {manifest.release} has no record in s3://{releases.service.bucket}",
                hint="gen publish writes it",
            )
        )
    else:
        built = Record.of_build(manifest, commit=None, built=record.built, by=record.built_by)
        if not record.same_content(built):
            problems.append(
                Problem(
                    f"the record of release {manifest.release} does not describe this build",
                    hint="see who wrote it: records are written once",
                )
            )
        else:
            try:
                releases.template(record)
            except GenError as error:
                problems += error.problems
    if problems or record is None:
        raise GenError(problems)
    return record
