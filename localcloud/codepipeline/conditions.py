"""Conditions of stages: rules that must hold before entry, after success, after a failure.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works-conditions.html
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud import ministack_pipelines
from localcloud.codepipeline import variables
from localcloud.codepipeline.failures import AbandonedError, ActionError
from localcloud.codepipeline.jobs import Job, explain
from localcloud.codepipeline.model import ActionRun, Declaration, Execution
from localcloud.codepipeline.providers import builds, functions

HOOKS = ("beforeEntry", "onSuccess", "onFailure")
# What each hook may result in, and what each rule must and may be told.
RESULTS = {
    "beforeEntry": ("FAIL", "SKIP"),
    "onSuccess": ("FAIL", "ROLLBACK"),
    "onFailure": ("FAIL", "RETRY", "ROLLBACK"),
}
RULES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "VariableCheck": (frozenset({"Variable", "Value", "Operator"}), frozenset()),
    "CloudWatchAlarm": (frozenset({"AlarmName"}), frozenset({"AlarmStates", "WaitTime"})),
    "LambdaInvoke": (frozenset({"FunctionName"}), frozenset({"UserParameters"})),
    "CodeBuild": (
        frozenset({"ProjectName"}),
        frozenset({"PrimarySource", "EnvironmentVariables"}),
    ),
}
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "EQ": lambda variable, value: variable == value,
    "NE": lambda variable, value: variable != value,
    "CONTAINS": lambda variable, value: value in variable,
    "MATCHES": lambda variable, value: re.fullmatch(value, variable) is not None,
}


@dataclass(slots=True)
class Judgement:
    """How a condition came out, rule by rule."""

    status: str = "InProgress"
    at: float = field(default_factory=time.time)
    rules: list[ActionRun] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        """Return it as GetPipelineState does."""
        own = {"status": self.status}
        rules = [
            {
                "ruleName": run.name,
                "latestExecution": {
                    "ruleExecutionId": run.run_id,
                    "status": run.status,
                    "lastStatusChange": run.updated,
                    **({"errorDetails": run.error} if run.error else {}),
                },
            }
            for run in self.rules
        ]
        one = {"latestExecution": {**own, "lastStatusChange": self.at}, "ruleStates": rules}
        return {"latestExecution": own, "conditionStates": [one]}


class Conditions:
    """Judge the conditions of stages."""

    def __init__(self, job: Callable[[Execution, ActionRun], Job], jobs: dict[str, Job]) -> None:
        self._job = job
        self._jobs = jobs

    async def judge(
        self, execution: Execution, stage: Declaration, hook: str
    ) -> tuple[str | None, Judgement | None]:
        """Judge a hook's condition; return the result it calls for (None when it holds)."""
        conditions = (stage.get(hook) or {}).get("conditions") or []
        if not conditions:
            return None, None
        condition, judgement = conditions[0], Judgement()
        held = True
        for rule in condition["rules"]:
            held = await self._rule(execution, stage["name"], rule, judgement) and held
        judgement.status, judgement.at = "Succeeded" if held else "Failed", time.time()
        return None if held else str(condition.get("result") or "FAIL"), judgement

    async def _rule(
        self, execution: Execution, stage: str, rule: Declaration, judgement: Judgement
    ) -> bool:
        region = rule.get("region") or execution.place.region
        run = ActionRun(stage, {**rule, "actionTypeId": rule["ruleTypeId"]}, region)
        judgement.rules.append(run)
        job = self._job(execution, run)
        self._jobs[run.run_id] = job
        try:
            run.resolved = variables.resolve(rule.get("configuration") or {}, execution.known())
            run.inputs = [
                next(iter(execution.artifacts[one["name"]].values()))
                for one in rule.get("inputArtifacts") or []
            ]
            check = _CHECKS[rule["ruleTypeId"]["provider"]]
            await ministack_pipelines.on_own_thread(lambda: check(job))
        except AbandonedError:
            run.end("Abandoned")
        except variables.UnresolvedError as error:
            run.error = {"code": "ConfigurationError", "message": f"Unresolved: {error}"}
            run.end("Failed")
        except Exception as error:  # noqa: BLE001 - whatever it is, the rule fails with it
            problem = explain(error)
            run.error = {"code": problem.code, "message": problem.message}
            run.end("Failed")
        else:
            run.end("Succeeded")
        finally:
            del self._jobs[run.run_id]
        return run.status == "Succeeded"


def _check_variable(job: Job) -> None:
    given = job.configuration
    if not _OPERATORS[given["Operator"]](given["Variable"], given["Value"]):
        raise ActionError(f"{given['Variable']} {given['Operator']} {given['Value']} does not hold")


def _check_alarm(job: Job) -> None:
    """Fail when the alarm is in one of the states, now or while the rule waits.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-CloudWatchAlarm.html
    """
    name = job.configuration["AlarmName"]
    bad = [one.strip() for one in job.configuration.get("AlarmStates", "ALARM").split(",")]
    minutes = float(job.configuration.get("WaitTime") or 0)
    deadline = time.monotonic() + minutes * job.minute_seconds()
    cloudwatch = job.client("cloudwatch")
    while True:
        found = cloudwatch.describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = found.get("MetricAlarms", []) + found.get("CompositeAlarms", [])
        if not alarms:
            raise ActionError(f"The alarm {name} does not exist", "ConfigurationError")
        if alarms[0]["StateValue"] in bad:
            raise ActionError(f"The alarm {name} is in state {alarms[0]['StateValue']}")
        if time.monotonic() >= deadline:
            return
        job.pause(min(0.1, max(0.01, deadline - time.monotonic())))


_CHECKS: Mapping[str, Callable[[Job], None]] = {
    "VariableCheck": _check_variable,
    "CloudWatchAlarm": _check_alarm,
    "LambdaInvoke": functions.invoke,
    "CodeBuild": builds.build,
}


def problem(hook: str, stage: Declaration) -> str | None:
    """Return what is wrong with the conditions of a stage's hook."""
    conditions = (stage.get(hook) or {}).get("conditions") or []
    if len(conditions) > 1:
        return "there may be one condition only"
    for condition in conditions:
        rules = condition.get("rules") or []
        if not 1 <= len(rules) <= 5:
            return "a condition has one to five rules"
        if condition.get("result", "FAIL") not in RESULTS[hook]:
            return f"its result is not one of {', '.join(RESULTS[hook])}"
        for rule in rules:
            provider = (rule.get("ruleTypeId") or {}).get("provider")
            if provider not in RULES:
                return f"the local cloud knows no rule {provider}: {', '.join(sorted(RULES))}"
            required, optional = RULES[provider]
            given = (rule.get("configuration") or {}).keys()
            if required - given or given - required - optional:
                return f"the configuration of rule {rule['name']} is not that of {provider}"
            operator = (rule.get("configuration") or {}).get("Operator", "EQ")
            if provider == "VariableCheck" and operator not in _OPERATORS:
                return f"{operator} is not one of {', '.join(_OPERATORS)}"
    return None
