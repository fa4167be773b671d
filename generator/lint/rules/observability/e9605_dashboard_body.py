"""E9605: bodies of dashboards."""

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.text import PLACEHOLDER, UNKNOWN

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|\$\{(?P<name>[^!}][^}]*)\}')
"""A string, perhaps not closed, or a reference outside of strings."""
REGIONAL = ("metric", "log")


class DashboardBody(Guardrail):
    """Dashboards can be read, and say where their numbers are from."""

    id = "E9605"
    shortdesc = "Dashboard that is not valid JSON, or whose widgets name no region"
    description = (
        "A body that is no JSON fails the deployment. A widget without a region shows the region "
        "somebody happens to look from: another region's graph stays empty, which looks healthy."
    )
    source_url = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
    bad = """
Resources:
  Overview:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: !Sub |  # <- Overview
        {"widgets": [
          {"type": "metric", "properties": {"metrics": [["AWS/Lambda", "Errors"]]}}
        ]}
"""
    good = """
Resources:
  Overview:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: !Sub |
        {"widgets": [
          {"type": "metric",
           "properties": {"region": "${AWS::Region}", "metrics": [["AWS/Lambda", "Errors"]]}}
        ]}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for dashboard in template.of_type("AWS::CloudWatch::Dashboard"):
            for body in dashboard.get("DashboardBody"):
                text = body.text
                if text is None or PLACEHOLDER.fullmatch(text.strip()):
                    continue  # the whole body comes from elsewhere
                try:
                    decoded = json.loads(_substituted(text))
                except ValueError as error:
                    if not _has_fragments(text):
                        yield Flaw.at(body, f"write valid JSON: {_where(error)}")
                    continue
                if lost := [*_without_region(decoded)]:
                    yield Flaw.at(
                        body,
                        "name in properties the region (${AWS::Region}, if it is this one) of "
                        + ", ".join(lost),
                    )


def _substituted(text: str) -> str:
    """Put a value that fits inside and outside of strings for each reference."""
    return PLACEHOLDER.sub("0", text).replace("${!", "${")


def _has_fragments(text: str) -> bool:
    """Tell whether something outside of strings may stand for more than one value."""
    return (
        any(
            found["name"] is not None and not found["name"].startswith("AWS::")
            for found in TOKEN.finditer(text)
        )
        or UNKNOWN in text
    )


def _where(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]}, line {error.lineno} of the body"
    return str(error)


def _without_region(body: Any) -> Iterator[str]:
    """Name the widgets that show metrics or logs of no particular region."""
    widgets = body.get("widgets") if isinstance(body, dict) else None
    for number, widget in enumerate(widgets if isinstance(widgets, list) else (), 1):
        if not isinstance(widget, dict) or widget.get("type") not in REGIONAL:
            continue
        properties = widget.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        region = properties.get("region")
        # What no Fn::Sub replaces is no region either.
        if (region and "${" not in str(region)) or _each_metric_has_one(properties.get("metrics")):
            continue
        title = properties.get("title")
        yield f"widget {number}" + (f" ({title})" if isinstance(title, str) else "")


def _each_metric_has_one(metrics: Any) -> bool:
    return (
        isinstance(metrics, list)
        and bool(metrics)
        and all(
            isinstance(metric, list)
            and metric
            and isinstance(metric[-1], dict)
            and "region" in metric[-1]
            for metric in metrics
        )
    )
