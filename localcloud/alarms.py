"""Judge alarms by the dimensions of their metric, and by metric math.

One value stands for the whole time that an alarm looks at (period times evaluation periods).
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

# A metric's value over the last seconds, or None without data:
# namespace, name, dimensions, statistic, seconds.
Measure = Callable[[str, str, Mapping[str, str], str, int], float | None]
Value = float | list[float | None] | None

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_ARITHMETIC: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow, ast.BitXor: operator.pow,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_OF_LISTS: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum, "MAX": max, "MIN": min, "AVG": lambda values: sum(values) / len(values),
}  # fmt: skip


def state(alarm: Mapping[str, Any], measure: Measure) -> str | None:
    """Return the state that an alarm's metrics call for; None leaves it as it is."""
    compare = _COMPARISONS.get(alarm["ComparisonOperator"])
    if compare is None:
        return None
    value = _value(alarm, measure)
    if value is not None:
        return "ALARM" if compare(value, float(alarm["Threshold"])) else "OK"
    missing = alarm.get("TreatMissingData", "missing")
    return {"breaching": "ALARM", "notBreaching": "OK"}.get(missing)


def _value(alarm: Mapping[str, Any], measure: Measure) -> float | None:
    periods = int(alarm["EvaluationPeriods"])
    if not alarm.get("Metrics"):
        statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
        return _measured(alarm, statistic, int(alarm["Period"]) * periods, measure)
    known: dict[str, float | None] = {}
    expressions = {}
    for query in alarm["Metrics"]:
        stat = query.get("MetricStat")
        if stat is None:
            expressions[query["Id"]] = query["Expression"]
        else:
            seconds = int(stat["Period"]) * periods
            known[query["Id"]] = _measured(stat["Metric"], stat["Stat"], seconds, measure)
    returned = next(one for one in alarm["Metrics"] if _boolean(one.get("ReturnData", True)))
    return _Math(known, expressions).value(returned["Id"])


def _measured(
    metric: Mapping[str, Any], statistic: str, seconds: int, measure: Measure
) -> float | None:
    dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions") or []}
    return measure(metric["Namespace"], metric["MetricName"], dimensions, statistic, seconds)


class _Math:
    """Evaluate expressions over metrics and other expressions; None is missing data."""

    def __init__(self, known: Mapping[str, float | None], expressions: Mapping[str, str]) -> None:
        self._known = known
        self._expressions = expressions

    def value(self, name: str) -> float | None:
        if name in self._known:
            return self._known[name]
        text = self._expressions[name].replace("&&", " and ").replace("||", " or ")
        found = self._of(ast.parse(text.strip(), mode="eval").body)
        return None if isinstance(found, list) else found

    def _of(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=bool() | int() | float()):
                return float(node.value)  # type: ignore[arg-type]
            case ast.Name():
                return self.value(node.id)
            case ast.List():
                return [self._single(one) for one in node.elts]
            case ast.UnaryOp(op=ast.USub()):
                value = self._single(node.operand)
                return None if value is None else -value
            case ast.BinOp():
                return self._both(node.left, type(node.op), node.right)
            case ast.Compare(ops=[how]):
                return self._both(node.left, type(how), node.comparators[0])
            case ast.BoolOp():
                values = [bool(self._single(one)) for one in node.values]
                return float(all(values) if isinstance(node.op, ast.And) else any(values))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name.upper(), arguments)
        raise ValueError(f"metric math does not know {ast.unparse(node)}")

    def _single(self, node: ast.expr) -> float | None:
        value = self._of(node)
        return None if isinstance(value, list) else value

    def _both(self, left: ast.expr, how: type[ast.AST], right: ast.expr) -> float | None:
        first, second = self._single(left), self._single(right)
        if first is None or second is None:
            return None
        try:
            return float(_ARITHMETIC[how](first, second))
        except ZeroDivisionError:
            # CloudWatch has no data point where it would divide by nothing.
            return None

    def _call(self, name: str, arguments: list[ast.expr]) -> float | None:
        if name == "IF":
            chosen = 1 if self._single(arguments[0]) else 2
            return self._single(arguments[chosen]) if chosen < len(arguments) else None
        if name == "FILL":
            value = self._single(arguments[0])
            return self._single(arguments[1]) if value is None else value
        if name in _OF_LISTS:
            given = self._of(arguments[0])
            values = [
                one for one in (given if isinstance(given, list) else [given]) if one is not None
            ]
            return float(_OF_LISTS[name](values)) if values else None
        raise ValueError(f"metric math does not know {name}")


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"
