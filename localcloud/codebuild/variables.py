"""The environment of a build."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localcloud.codebuild.buildspec import Buildspec
from localcloud.codebuild.model import Build

# What a build has of this machine's settings: how to reach the network, and nothing else.
_INHERITED = (
    "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_PROXY",
    "PIP_FIND_LINKS", "PIP_NO_INDEX",
)  # fmt: skip
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def of_machine(programs: Path, folder: Path) -> dict[str, str]:
    """Return where programs, temporary files and the network are."""
    own = {Path(sys.executable).parent, Path(sys.prefix) / "bin"}
    path = [one for one in os.environ.get("PATH", "").split(os.pathsep) if Path(one) not in own]
    found = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.lower() in _PROXIES
    }
    direct = [found.get("NO_PROXY") or found.get("no_proxy") or "", "127.0.0.1", "localhost"]
    return {
        "LANG": "C.UTF-8",
        **found,
        "PATH": os.pathsep.join([str(programs), *path]),
        "VIRTUAL_ENV": str(programs.parent),
        "HOME": str(_made(folder / "home")),
        "TMPDIR": str(_made(folder / "tmp")),
        "NO_PROXY": ",".join(filter(None, direct)),
        "no_proxy": ",".join(filter(None, direct)),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        # Whoever runs the local cloud may be root; on AWS every build is.
        "PIP_ROOT_USER_ACTION": "ignore",
    }


def of_cloud(build: Build, endpoint: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return where the cloud is, and who the build is in it."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": build.place.region,
        "AWS_DEFAULT_REGION": build.place.region,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        "AWS_EXECUTION_ENV": "AWS_CodeBuild_local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def of_build(build: Build, sources: Mapping[str, Path]) -> dict[str, str]:
    """Return the variables by which a build knows itself; `sources` by identifier, "" the primary.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    """
    record = build.record
    found = {
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": record["id"],
        "CODEBUILD_BUILD_IMAGE": record["environment"].get("image", ""),
        "CODEBUILD_BUILD_NUMBER": str(record["buildNumber"]),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_CI": "true",
        "CODEBUILD_INITIATOR": record["initiator"],
        "CODEBUILD_KMS_KEY_ID": record["encryptionKey"],
        "CODEBUILD_LOG_PATH": build.uuid,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": record.get("resolvedSourceVersion", ""),
        "CODEBUILD_SOURCE_REPO_URL": record["source"].get("location", ""),
        "CODEBUILD_SOURCE_VERSION": record.get("sourceVersion", ""),
        "CODEBUILD_START_TIME": str(int(record["startTime"] * 1000)),
    }
    for identifier, folder in sources.items():
        found["_".join(filter(None, ["CODEBUILD_SRC_DIR", identifier]))] = str(folder)
    return found


def configured(build: Build, spec: Buildspec, clients: Any) -> Iterator[tuple[str, str, bool]]:
    """Yield name, value and whether it is secret of what project, call and buildspec set.

    The project's, and the call's, come before the buildspec's.
    """
    for name, value in spec.variables.items():
        yield name, value, False
    for name, key in spec.parameters.items():
        yield name, _parameter(clients, key), True
    for name, key in spec.secrets.items():
        yield name, _secret(clients, key), True
    for one in build.record["environment"].get("environmentVariables") or []:
        match one.get("type", "PLAINTEXT"):
            case "PARAMETER_STORE":
                yield one["name"], _parameter(clients, one["value"]), True
            case "SECRETS_MANAGER":
                yield one["name"], _secret(clients, one["value"]), True
            case _:
                yield one["name"], one["value"], False


def _parameter(clients: Any, name: str) -> str:
    found = clients("ssm").get_parameter(Name=name, WithDecryption=True)
    return str(found["Parameter"]["Value"])


def _secret(clients: Any, reference: str) -> str:
    """Return a secret, or a part of it: secret-id:json-key:version-stage:version-id."""
    # An ARN has six colons of its own.
    own = 6 if reference.startswith("arn:") else 0
    parts = reference.split(":")
    secret = ":".join(parts[: own + 1])
    key, stage, version = (*parts[own + 1 :], "", "", "")[:3]
    asked = {"VersionStage": stage, "VersionId": version}
    found = clients("secretsmanager").get_secret_value(
        SecretId=secret, **{name: value for name, value in asked.items() if value}
    )
    text = str(found["SecretString"])
    return str(json.loads(text)[key]) if key else text


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
