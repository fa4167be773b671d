"""Types whose service ministack has, but CloudFormation there cannot make: made by its API."""

from collections.abc import Callable
from typing import Any

from localcloud import ministack, ministack_events, ministack_types
from localcloud.ministack import Properties
from localcloud.ministack_types import Created, ResourceType
from localcloud.secrets import types as secrets

Make = Callable[[str, Properties, str], Created]


def resource_types() -> dict[str, ResourceType]:
    """Return how the types of this module are made, by name."""
    return {
        "AWS::Budgets::Budget": _by_replacing(_create_budget, _delete_budget),
        "AWS::CloudWatch::CompositeAlarm": ResourceType(
            create=_put_composite_alarm,
            update=lambda physical_id, _, new, stack, logical_id: _put_composite_alarm(
                logical_id, {"AlarmName": physical_id, **new}, stack
            ),
            delete=_delete_composite_alarm,
        ),
        "AWS::Events::EventBusPolicy": _by_replacing(_put_permission, _remove_permission),
        **secrets.resource_types(),
    }


def _by_replacing(create: Make, delete: Callable[[str, Properties], None]) -> ResourceType:
    """Update by deleting and making anew under the same name."""

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        delete(physical_id, old)
        return create(logical_id, new, stack)

    return ResourceType(create=create, update=update, delete=delete)


def _create_budget(logical_id: str, given: Properties, stack: str) -> Created:
    budget = given["Budget"]
    name = budget.get("BudgetName") or _name(stack, logical_id, 100)
    message: dict[str, Any] = {
        "AccountId": ministack.current_place().account,
        "Budget": {**budget, "BudgetName": name},
        "NotificationsWithSubscribers": given.get("NotificationsWithSubscribers", []),
    }
    if "ResourceTags" in given:
        message["ResourceTags"] = given["ResourceTags"]
    ministack.call_json("budgets", "AWSBudgetServiceGateway.CreateBudget", message)
    return name, {"Id": name}


def _delete_budget(physical_id: str, _: Properties) -> None:
    message = {"AccountId": ministack.current_place().account, "BudgetName": physical_id}
    ministack.call_json("budgets", "AWSBudgetServiceGateway.DeleteBudget", message)


def _put_composite_alarm(logical_id: str, given: Properties, stack: str) -> Created:
    name = given.get("AlarmName") or _name(stack, logical_id, 255)
    form = {"AlarmName": name, "AlarmRule": given["AlarmRule"]}
    for key in ("AlarmDescription", "ActionsEnabled", "ActionsSuppressor"):
        if key in given:
            form[key] = str(given[key]).lower() if isinstance(given[key], bool) else given[key]
    for key in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for number, arn in enumerate(given.get(key, []), 1):
            form[f"{key}.member.{number}"] = arn
    for number, tag in enumerate(given.get("Tags", []), 1):
        form[f"Tags.member.{number}.Key"] = tag["Key"]
        form[f"Tags.member.{number}.Value"] = tag["Value"]
    ministack.call_form("monitoring", "PutCompositeAlarm", form)
    place = ministack.current_place()
    return name, {"Arn": f"arn:aws:cloudwatch:{place.region}:{place.account}:alarm:{name}"}


def _delete_composite_alarm(physical_id: str, _: Properties) -> None:
    ministack.call_form("monitoring", "DeleteAlarms", {"AlarmNames.member.1": physical_id})


def _put_permission(logical_id: str, given: Properties, stack: str) -> Created:
    bus, statement_id = given.get("EventBusName", "default"), given["StatementId"]
    if not ministack_events.bus_exists(bus):
        raise ValueError(f"Event bus {bus} does not exist.")
    place = ministack.current_place()
    statement = given.get("Statement") or {
        "Effect": "Allow",
        "Principal": given["Principal"],
        "Action": given["Action"],
        "Resource": f"arn:aws:events:{place.region}:{place.account}:event-bus/{bus}",
    }
    others = _other_statements(bus, statement_id)
    ministack_events.set_bus_statements(bus, [*others, {"Sid": statement_id, **statement}])
    return f"{bus}|{statement_id}", {}


def _remove_permission(physical_id: str, _: Properties) -> None:
    bus, _bar, statement_id = physical_id.partition("|")
    ministack_events.set_bus_statements(bus, _other_statements(bus, statement_id))


def _other_statements(bus: str, statement_id: str) -> list[dict[str, Any]]:
    return [one for one in ministack_events.bus_statements(bus) if one.get("Sid") != statement_id]


def _name(stack: str, logical_id: str, most: int) -> str:
    return ministack_types.physical_name(stack, logical_id, max_length=most, lower=False)
