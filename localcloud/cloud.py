"""Put the local cloud together: ministack, what it lacks, and the layers in front of it."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from localcloud import (
    alarms,
    delivery,
    ministack,
    ministack_accounts,
    ministack_answers,
    ministack_apis,
    ministack_buckets,
    ministack_functions,
    ministack_objects,
    ministack_packages,
    ministack_releases,
    ministack_stack_policies,
    replication,
)
from localcloud.access import control as access
from localcloud.apis import install as apis
from localcloud.asgi import Application
from localcloud.calls import CallLog
from localcloud.clock import Clock
from localcloud.codebuild import api as builds
from localcloud.codecommit import api as codecommit
from localcloud.codecommit.http import GitServer
from localcloud.codecommit.repositories import Repositories
from localcloud.codedeploy import api as deployments
from localcloud.codedeploy import cloudformation as codedeploy_types
from localcloud.codepipeline import api as pipelines
from localcloud.codepipeline import cloudformation as pipeline_types
from localcloud.connections import api as codeconnections
from localcloud.connections.service import Connections
from localcloud.control import Control, off_the_loop
from localcloud.events import asynchronous, schedules
from localcloud.faults import Faults
from localcloud.firewall import service as firewalls
from localcloud.home import Home, ServerRecord
from localcloud.lifetime import Lifetime
from localcloud.ministack_tokens import Tokens
from localcloud.quotas import Quotas
from localcloud.regions import Regions
from localcloud.resources import functions
from localcloud.resources import install as resources
from localcloud.resources.recorded import Records, report
from localcloud.secrets import rotation
from localcloud.signing import install as signing
from localcloud.signing.configs import CodeSigningConfigs
from localcloud.stacksets import api as stacksets
from localcloud.strict import install as strictness
from localcloud.telemetry import install as measure_everything
from localcloud.traffic import Splitter

_ends: list[Callable[[], None]] = []


def build(*, home: Home, record: ServerRecord, lifetime: Lifetime, clock: Clock) -> Application:
    """Return the whole as one application."""
    ministack.find_apis_of_any_account()
    ministack.leave_health_to_apis()
    ministack_answers.know_protocols()
    measured = measure_everything(clock, alarms.state)
    ministack_objects.read_code_and_templates_across_accounts()
    delivery.install()
    calls = CallLog(ministack.application(), home.calls_file)
    faults = Faults(calls)
    strictness.install(faults.fail_resource)
    ministack_stack_policies.install()
    records = Records()
    splitter = Splitter()
    codedeploy = deployments.install(clock, splitter.calls)
    firewall = firewalls.Firewall()
    firewalls.install(firewall)
    codebuild = builds.install(record.endpoint, home.scratch)
    _ends.append(codebuild.close)
    repositories = Repositories(home.scratch / "repositories", record.endpoint)
    connections = Connections()
    codepipeline = pipelines.install(record.endpoint, clock, repositories, connections)
    code_signing = CodeSigningConfigs()
    others = {
        **codedeploy_types.resource_types(codedeploy.service),
        **codebuild.resource_types(),
        **pipeline_types.resource_types(codepipeline.service),
        **codecommit.install(repositories),
        **codeconnections.install(connections),
        **firewall.resource_types(),
        **code_signing.resource_types(),
    }
    kinds = resources.install(records, others)
    apis.install(firewall.admit)
    ministack_releases.split_traffic(splitter.choose)
    rotation.install()
    functions.install()
    ministack_packages.unpack_once(home.scratch / "packages")
    signing.install(code_signing)
    replication.install()
    ministack_buckets.keep_full_buckets()
    asynchronous.install(lambda: clock.seconds(minutes=1))
    stack_sets = stacksets.install()
    tokens = Tokens()
    tokens.install()
    ministack_accounts.find_stacks_by_resource()
    quotas, regions = Quotas(), Regions()
    quotas.install()
    regions.install()
    measured.count_requests()
    control = Control(GitServer(faults, repositories), lifetime)

    access.install(control)

    async def reset(_: dict[str, Any]) -> dict[str, Any]:
        # First, for its actions call the others.
        await codepipeline.end()
        await off_the_loop(codebuild.stop_builds)
        await off_the_loop(ministack_functions.end_background)
        ministack.forget_everything()
        ministack_apis.refill_tokens()
        firewall.clear()
        stack_sets.clear()
        tokens.clear()
        codebuild.forget()
        repositories.clear()
        connections.clear()
        code_signing.clear()
        quotas.clear()
        regions.clear()
        codedeploy.forget()
        splitter.clear()
        measured.forget()
        records.clear()
        faults.clear()
        calls.clear()
        return {"reset": True}

    def add_owner(message: dict[str, Any]) -> dict[str, Any]:
        return {"added": lifetime.add_owner(int(message["pid"]))}

    def status(_: dict[str, Any]) -> dict[str, Any]:
        return {**asdict(record), "owners": sorted(lifetime.owners)}

    def set_clock(message: dict[str, Any]) -> dict[str, Any]:
        seconds, calls = message.get("minute_seconds"), message.get("calls_a_minute")
        clock.set(
            minute_seconds=None if seconds is None else float(seconds),
            calls_a_minute=None if calls is None else int(calls),
        )
        return asdict(clock)

    control.answer("GET", "clock", lambda _: asdict(clock))
    control.answer("POST", "clock", set_clock)
    control.answer("GET", "identity", lambda _: {"token": record.token})
    control.answer("GET", "status", status)
    control.answer("POST", "reset", reset)
    control.answer("POST", "owners", add_owner)
    control.answer("GET", "recorded", lambda _: report(records))
    control.answer("POST", "build-cache", codebuild.seed_caches)
    control.answer("POST", "connections", connections.complete)
    control.answer("POST", "quotas", quotas.set)
    control.answer("POST", "regions", regions.set)
    control.answer("POST", "repositories", repositories.create_at_provider)
    control.answer("POST", "fire", schedules.fire)
    control.answer("POST", "kill", faults.kill)
    control.answer("POST", "suspend", stack_sets.suspend)
    control.answer("GET", "faults", lambda _: faults.report())
    control.answer("POST", "faults", faults.set_rules)
    control.answer("DELETE", "faults", faults.clear_rules)
    control.answer("GET", "types", lambda _: kinds)
    return control


def close() -> None:
    """End what would outlive the server."""
    for end in _ends:
        end()
    ministack.stop_functions()
