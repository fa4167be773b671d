"""Rendered templates, parsed: `units_of("prod")["service"]` is the service template of prod."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generator.build.rendering import render_units
from generator.config import Config, load
from generator.errors import Problem
from generator.lint import Store
from generator.render.environment import Renderer
from generator.render.view import View
from generator.shipped import template_folders
from generator.units import UNITS

ROOT = Path(__file__).parents[2]
STORE = Store(ROOT / "build" / "cache" / "lint")
"""What the project's own builds have looked up already; without it every process does so again."""
OTHER_ACCOUNTS = ("222222222222", "333333333333")

WORKER: dict[str, Any] = {
    "source": "lambda_code/orders_api",
    "memory": 256,
    "environment": {"GREETING": 'say "hello": ${Now} {{ and }} #1', "LIMIT": "10"},
    "tables": {"orders": ["GetItem"], "audit-trail": ["PutItem"]},
}
TABLES = {
    "audit-trail": {
        "partition_key": {"name": "order"},
        "sort_key": {"name": "at", "type": "N"},
        "time_to_live": "expires",
    }
}
EVERY_EVENT = [
    {"schedule": "rate(5 minutes)", "input": {"say": 'a "word"'}},
    {"schedule": "cron(0 8 * * ? *)"},
    {"queue": {"batch_size": 50, "maximum_batching_window_seconds": 5}},
    {"event_bus": {"pattern": {"source": ["shop"]}, "bus": "shop"}},
    {"event_bus": {"pattern": {"source": ["aws.health"]}}},
]
FEATURES: dict[str, Any] = {
    "functions": {
        "orders": {
            "provisioned_concurrency": {"min": 2, "max": 10, "target_percent": 70},
            "secrets": ["signing-key", "api-token"],
            "layers": ["/layers/tracing:3", "/layers/tools:11"],
            "permissions": [
                {
                    "actions": ["sqs:SendMessage", "sqs:GetQueueUrl"],
                    "resources": [
                        "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:"
                        "${Project}-${Environment}-fulfilment-inbox"
                    ],
                },
                {
                    "actions": ["cloudwatch:PutMetricData"],
                    "resources": ["*"],
                    "conditions": {"StringEquals": {"cloudwatch:namespace": ["${Project}"]}},
                },
            ],
        },
        "fulfilment": {
            "source": "lambda_code/orders_api",
            "snap_start": True,
            "events": EVERY_EVENT,
            "traffic_check": {"event": {"Records": []}, "expected_status": 204},
        },
        "unchecked": {"source": "lambda_code/orders_api", "traffic_check": None},
    },
    "secrets": {
        "signing-key": {"description": "Signs receipts", "exclude_characters": "\"'\\"},
        "api-token": {"description": "Opens the shop", "rotation_days": None},
    },
    "delivery": {"pre_traffic_check": True, "post_traffic_check": True},
}
JWT = {"authorization": "JWT", "jwt": {"issuer": "https://id.example.com", "audience": ["orders"]}}
DOMAIN = {"domain": {"name": "api.example.com", "hosted_zone_id": "Z0123456789ABC"}}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "dev": ("dev", {}),
    "prod": ("prod", {}),
    "two-functions": ("dev", {"functions": {"mail-worker": WORKER}, "tables": TABLES}),
    "features": ("dev", FEATURES),
    "jwt": ("dev", {"api": JWT}),
    "iam": ("dev", {"api": {"authorization": "AWS_IAM", "cors": {"allow_origins": ["*"]}}}),
    "no-tables": ("dev", {"functions": {"orders": {"tables": None}}, "tables": None}),
    "no-routes": ("dev", {"functions": {"orders": {"routes": []}}}),
    "any-route": ("dev", {"functions": {"orders": {"routes": ["$default", "ANY /a-b/{path+}"]}}}),
    "rest": ("dev", {"api": {"type": "rest"}}),
    "rest-throttled": ("dev", {"api": {"type": "rest", "throttle": {"burst": 7}}}),
    "rest-keys": (
        "dev",
        {
            "functions": {
                "orders": {"routes": ["GET /health", "POST /orders", "ANY /a-b/{id}/{path+}"]}
            },
            "api": {
                "type": "rest",
                "api_keys": True,
                "cors": {"allow_origins": ["https://a.example.com", "https://b.example.com"]},
            },
        },
    ),
    "domain": ("dev", {"api": DOMAIN}),
    "rest-domain": ("dev", {"api": {"type": "rest"} | DOMAIN}),
    "network": ("dev", {"network": {"mode": "managed"}}),
    "network-nat": (
        "dev",
        {
            "network": {
                "mode": "managed",
                "zones": 3,
                "nat": "per_az",
                "endpoints": ["sns"],
                "cidr": "10.1.0.0/20",
            }
        },
    ),
    "network-existing": (
        "dev",
        {
            "network": {"mode": "existing"},
            "targets": {
                "overrides": [
                    {
                        "parameters": {
                            "SubnetIds": "subnet-0a,subnet-0b",
                            "SecurityGroupIds": "sg-0a",
                        }
                    }
                ]
            },
        },
    ),
    "rest-waf": (
        "dev",
        {"api": {"type": "rest", "authorization": "AWS_IAM", "waf": {}}},
    ),
    "signed": ("prod", {"signing": {"mode": "enforce"}}),
    "signed-warn": ("dev", {"signing": {"mode": "warn"}}),
    "no-pipeline": ("dev", {"pipeline": None}),
    "connection": (
        "dev",
        {
            "pipeline": {
                "source": {
                    "type": "connection",
                    "repository": "example/orders",
                    "connection_arn": "arn:aws:codeconnections:us-east-1:111111111111:connection/1",
                }
            }
        },
    ),
    "s3": ("dev", {"pipeline": {"source": {"type": "s3", "bucket": "the-source", "key": "a.zip"}}}),
    "no-scan": ("dev", {"pipeline": {"scan": {"secrets": False}}}),
    "no-dashboard": ("dev", {"observability": {"dashboard": False}}),
    "ragged": (
        "prod",
        {
            "targets": {
                "accounts": ["111111111111", *OTHER_ACCOUNTS],
                "exclude": [
                    {"account": OTHER_ACCOUNTS[0], "region": "us-east-1"},
                    {"account": "111111111111", "region": "us-west-2"},
                ],
            }
        },
    ),
    "elsewhere": (
        "prod",
        {
            "regions": {"primary": "eu-west-1", "waves": [["eu-west-1"], ["ap-east-1"]]},
            "targets": {"tools_account": "222222222222", "overrides": []},
        },
    ),
    "long-names": (
        "prod",
        {
            "project": "orders-and-more",
            "environment": "staging2",
            "regions": {
                "waves": [
                    ["us-west-2", "us-west-1", "us-east-2", "ca-central-1", "sa-east-1"],
                    ["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-central-1"],
                    ["ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2"],
                    ["us-east-1"],
                ]
            },
        },
    ),
}
"""The example configurations, and what each variant changes in one of them."""


@dataclass(frozen=True)
class Template:
    """A rendered template."""

    variant: str
    unit: str
    config: Config
    view: View
    text: str
    body: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Give the properties of all resources of a type."""
        return {
            id_: resource.get("Properties", {})
            for id_, resource in self.body["Resources"].items()
            if resource["Type"] == kind
        }

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every statement of every role's policies, with the logical id it stands under."""
        for id_, role in self.of_type("AWS::IAM::Role").items():
            for policy in role.get("Policies", ()):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield id_, statement
        for id_, policy in self.of_type("AWS::IAM::ManagedPolicy").items():
            for statement in policy["PolicyDocument"]["Statement"]:
                yield id_, statement

    def __str__(self) -> str:
        return f"{self.variant}-{self.unit}"


@cache
def config_of(variant: str) -> Config:
    """Load an example and change what the variant changes; None takes a key away."""
    environment, changes = VARIANTS[variant]
    data = load(ROOT, environment).config.model_dump(mode="json")
    return Config.model_validate_json(json.dumps(_merged(data, changes)))


@cache
def units_of(variant: str) -> dict[str, Template]:
    """Render and parse every template of a variant, by unit."""
    config = config_of(variant)
    view = View(config)
    left_out = {"pipeline": config.pipeline is None, "account": view.rest is None}
    units = [unit for unit in UNITS if not left_out.get(unit.name)]
    problems: list[Problem] = []
    rendered = render_units(_renderer(), config, units, problems, store=STORE)
    assert problems == []
    return {
        unit: Template(variant, unit, config, view, each.text, parse(each.text))
        for unit, each in rendered.items()
    }


@cache
def _renderer() -> Renderer:
    """Compile each file once, not once a variant."""
    return Renderer(*template_folders(ROOT))


def all_templates() -> list[Template]:
    """List every template of every variant, equal texts once."""
    made = [template for variant in VARIANTS for template in units_of(variant).values()]
    return list({template.text: template for template in reversed(made)}.values())[::-1]


def services() -> list[Template]:
    """List every service template."""
    return [template for template in all_templates() if template.unit == "service"]


def listed(value: Any) -> list[Any]:
    """Give what may be one or many as many."""
    return value if isinstance(value, list) else [value]


def parse(text: str) -> dict[str, Any]:
    """Parse a template: the short tags become the long functions.

    With PyYAML's own loader, which is stricter than the one of cfn-lint; duplicate keys are errors.
    """
    return yaml.load(text, _Loader)


def resolve(node: Any, values: dict[str, str]) -> Any:
    """Replace functions by values: parameters by name, anything unknown by an ARN's length."""
    if isinstance(node, list):
        return [resolve(item, values) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) != 1:
        return {key: resolve(value, values) for key, value in node.items()}
    (function, argument), *_ = node.items()
    match function:
        case "Ref":
            return values.get(argument, UNKNOWN)
        case "Fn::Sub":
            text, own = argument if isinstance(argument, list) else (argument, {})
            own = {name: resolve(value, values) for name, value in own.items()}
            return re.sub(r"\$\{([\w:.]+)\}", lambda m: (values | own).get(m[1], UNKNOWN), text)
        case "Fn::FindInMap":
            return "ap-northeast-1"
        case "Fn::Join":
            return argument[0].join(map(str, listed(resolve(argument[1], values))))
        case "Fn::If":
            return resolve(argument[1], values)
        case "Fn::GetAtt" | "Fn::ImportValue" | "Fn::Select":
            return UNKNOWN
    return {function: resolve(argument, values)}


UNKNOWN = "arn:aws:service:ap-northeast-1:111111111111:kind/".ljust(100, "x")


class _Loader(yaml.CSafeLoader):
    pass


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    pairs = [
        (loader.construct_object(k, deep=True), loader.construct_object(v, deep=True))  # type: ignore[no-untyped-call]
        for k, v in node.value
    ]
    keys = [key for key, _ in pairs]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise AssertionError(f"{twice} twice, near line {node.start_mark.line + 1}")
    return dict(pairs)


_Loader.add_multi_constructor("!", _function)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _merged(base: Any, changes: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(changes, dict) or "type" in changes:
        return changes
    merged = {
        key: _merged(base[key], changes[key]) if key in changes else base[key] for key in base
    }
    merged |= {key: value for key, value in changes.items() if key not in base}
    return {key: value for key, value in merged.items() if value is not None}
