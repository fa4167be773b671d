"""Checks that need more than one section of the configuration, or the project's folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from generator.config.api_checks import api_findings
from generator.config.feature_checks import feature_findings
from generator.config.finding import Finding, closest
from generator.config.model import Config
from generator.config.names import ROLE_SUFFIXES, logical_id, too_long
from generator.config.network_checks import network_findings
from generator.config.operations import S3Source
from generator.config.regions import partition_of
from generator.config.signing import WITHOUT_SIGNER

API_TIMEOUT = 29
"""Seconds in which a function must answer an HTTP API, whose integrations end after 30.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""


def check(config: Config, root: Path, broken: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Yield everything that is wrong although each section is right by itself.

    Checks that look at a section in `broken` are left out: it holds a stand-in.
    """
    for sections, finds in _CHECKS:
        if broken.isdisjoint(sections):
            yield from finds(config, root)


def _names(config: Config, _root: Path) -> Iterator[Finding]:
    for sum_ in too_long(config):
        yield ("project",), sum_, "shorten `project`, `environment` or the function's name"
    for name in config.functions:
        if f"-{name}" in ROLE_SUFFIXES:
            yield (
                ("functions", name),
                f"the role of a function called '{name}' would have the name of another role",
                "rename the function",
            )
    for section, names in (
        ("functions", config.functions),
        ("tables", config.tables),
        ("secrets", config.secrets),
    ):
        ids = Counter(logical_id(name) for name in names)
        for name in names:
            if ids[logical_id(name)] > 1:
                yield (
                    (section, name),
                    f"'{name}' and another entry would both be called {logical_id(name)}",
                    "rename one of them",
                )


def _regions(config: Config, _root: Path) -> Iterator[Finding]:
    partitions = {partition_of(region) for region in config.regions.artifacts}
    if len(partitions) > 1:
        yield (
            ("regions",),
            f"the regions are of several partitions ({', '.join(sorted(map(str, partitions)))})",
            "one environment lives in one partition: use a parameter file for each",
        )


def _functions(config: Config, root: Path) -> Iterator[Finding]:
    for name, function in config.functions.items():
        folder = root / function.source
        if not folder.is_dir():
            parent = folder.parent
            near = [str(p.relative_to(root)) for p in parent.iterdir()] if parent.is_dir() else []
            yield (
                ("functions", name, "source"),
                f"there is no folder '{function.source}'",
                closest(function.source, near),
            )
        for table in function.tables:
            if table not in config.tables:
                yield (
                    ("functions", name, "tables", table),
                    f"function '{name}' uses table '{table}', which is not under `tables`",
                    closest(table, tuple(config.tables)),
                )
        if function.routes and function.timeout > API_TIMEOUT:
            yield (
                ("functions", name, "timeout"),
                f"'{name}' has routes and a timeout of {function.timeout} seconds, but the API"
                f" gives up after {API_TIMEOUT + 1}",
                f"{API_TIMEOUT} at most, or move the slow work to a function without routes",
            )
        taken = {f"{table.upper().replace('-', '_')}_TABLE" for table in function.tables}
        for variable in sorted(taken & set(function.environment)):
            yield (
                ("functions", name, "environment", variable),
                f"variable {variable} is set from `tables`",
                "rename the variable",
            )


def _routes(config: Config, _root: Path) -> Iterator[Finding]:
    owner: dict[str, str] = {}
    for name, function in config.functions.items():
        for index, route in enumerate(function.routes):
            if route in owner:
                yield (
                    ("functions", name, "routes", index),
                    f"route '{route}' belongs to function '{owner[route]}' already",
                    "give each route to one function",
                )
            owner.setdefault(route, name)


def _targets(config: Config, _root: Path) -> Iterator[Finding]:
    accounts, regions = config.targets.service_accounts, config.regions.service
    for index, pair in enumerate(config.targets.exclude):
        for key, value, known in (
            ("account", pair.account, accounts),
            ("region", pair.region, regions),
        ):
            if value not in known:
                yield (
                    ("targets", "exclude", index, key),
                    f"{key} {value} is no target, so nothing can be excluded there",
                    closest(value, known),
                )
    for index, override in enumerate(config.targets.overrides):
        for key, values, known in (
            ("accounts", override.accounts, accounts),
            ("regions", override.regions, regions),
        ):
            for position, value in enumerate(values):
                if value not in known:
                    yield (
                        ("targets", "overrides", index, key, position),
                        f"{value} is not among the targets' {key}",
                        closest(value, known),
                    )
    if not config.pairs:
        yield ("targets", "exclude"), "every target is excluded", "leave at least one"


def _source(config: Config, _root: Path) -> Iterator[Finding]:
    source = config.pipeline.source if config.pipeline else None
    own = f"{config.project}-{config.environment}-artifacts-"
    if isinstance(source, S3Source) and source.bucket.startswith(own):
        yield (
            ("pipeline", "source", "bucket"),
            "the source can't be the artifact bucket itself: each run would start another",
            "name a bucket of its own",
        )


def _signing(config: Config, _root: Path) -> Iterator[Finding]:
    if config.signing is None:
        return
    if without := [r for r in config.regions.artifacts if r in WITHOUT_SIGNER]:
        yield (
            ("signing",),
            f"packages cannot be signed in {', '.join(without)}: AWS Signer is not there",
            "deploy to other regions, or leave `signing` out",
        )
    layered = [name for name, function in config.functions.items() if function.layers]
    if config.signing.mode == "enforce" and layered:
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
        yield (
            ("functions", layered[0], "layers"),
            "with `signing: {mode: enforce}` Lambda refuses layers that this service's own profile"
            " has not signed",
            "package what the layer holds with the function, or set the mode to warn",
        )


_CHECKS: tuple[tuple[frozenset[str], Callable[[Config, Path], Iterator[Finding]]], ...] = (
    (frozenset({"project", "environment", "regions", "functions", "tables"}), _names),
    (frozenset({"regions"}), _regions),
    (frozenset({"functions", "tables"}), _functions),
    (frozenset({"functions"}), _routes),
    (frozenset({"functions", "secrets", "delivery"}), feature_findings),
    (
        frozenset({"api", "functions", "regions", "targets"}),
        lambda config, _root: api_findings(config),
    ),
    (frozenset({"regions", "targets"}), _targets),
    (
        frozenset({"network", "regions", "targets"}),
        lambda config, _root: network_findings(config),
    ),
    (frozenset({"project", "environment", "pipeline"}), _source),
    (frozenset({"signing", "regions", "functions"}), _signing),
)
"""Which sections each check looks at."""
