"""Connect CloudFormation's StackSets actions to the service."""

from collections.abc import Callable, Iterable
from typing import Any

from localcloud import (
    ministack,
    ministack_drift,
    ministack_events,
    ministack_requests,
    ministack_stacks,
)
from localcloud.errors import validation_error
from localcloud.ministack import Params, Place
from localcloud.stacksets import answers, guards
from localcloud.stacksets.members import MemberStacks
from localcloud.stacksets.model import Instance, Operation, StackSet, Target
from localcloud.stacksets.operations import Queue, Runner
from localcloud.stacksets.requests import Query
from localcloud.stacksets.service import StackSets
from localcloud.stacksets.store import Store, get_operation

PAGE_SIZE = 100


def install() -> Store:
    """Let CloudFormation answer the StackSets actions; return where the sets are kept."""
    store = Store()
    members, events = MemberStacks(store.suspended), Events()
    queue = Queue(lambda stack_set, operation: Runner(stack_set, operation, members, events))
    service = StackSets(store, queue, ministack.new_id)

    ministack_requests.name_stack_sets(store.arn)
    ministack_drift.read_more_types()

    def on(name: str, handler: Callable[[Query], str]) -> None:
        ministack_stacks.answer_action(name, lambda params: handler(Query(params)))

    def the_set(query: Query) -> StackSet:
        place = ministack.current_place()
        return store.get(place.account, place.region, query.text("StackSetName"))

    def changes(change: Callable[[StackSet, Query], Operation]) -> Callable[[Query], str]:
        return lambda query: answers.element(
            "OperationId", change(the_set(query), query).operation_id
        )

    def create_set(query: Query) -> str:
        place = ministack.current_place()
        created = service.create_set(place.account, place.region, query)
        return answers.element("StackSetId", created.set_id)

    def list_sets(query: Query) -> str:
        place = ministack.current_place()
        found = store.listed(place.account, place.region, query.text("Status"))
        return _page(query, map(answers.stack_set_summary, found))

    def delete_set(query: Query) -> str:
        place = ministack.current_place()
        # Deleting what is not there succeeds, as on AWS.
        found = store.find(place.account, place.region, query.text("StackSetName"))
        if found is not None:
            service.delete_set(found)
        return ""

    def stop(query: Query) -> str:
        service.stop(the_set(query), query.text("OperationId"))
        return ""

    def list_results(query: Query) -> str:
        operation = get_operation(the_set(query), query.text("OperationId"))
        wanted = _filters(query).get("OPERATION_RESULT_STATUS")
        found = [
            answers.result(target, result)
            for target, result in operation.results.items()
            if wanted is None or result.status in wanted
        ]
        return _page(query, found)

    def list_operations(query: Query) -> str:
        newest_first = reversed(the_set(query).operations.values())
        return _page(query, map(answers.operation_summary, newest_first))

    def list_instances(query: Query) -> str:
        owner = the_set(query)
        found = filter(_instance_filter(query), owner.instances.values())
        return _page(query, (answers.instance_summary(owner, one) for one in found))

    def describe_instance(query: Query) -> str:
        owner = the_set(query)
        return answers.instance(owner, _the_instance(owner, query))

    def list_resource_drifts(query: Query) -> str:
        owner = the_set(query)
        target = _the_instance(owner, query).target
        found = get_operation(owner, query.text("OperationId")).drifts.get(target)
        wanted = query.strings("StackInstanceResourceDriftStatuses")
        drifts = found.resources if found is not None else ()
        return _page(
            query,
            [
                answers.resource_drift(one)
                for one in drifts
                if not wanted or one["StackResourceDriftStatus"] in wanted
            ],
        )

    def describe_operation(query: Query) -> str:
        owner = the_set(query)
        return answers.operation(owner, get_operation(owner, query.text("OperationId")))

    on("CreateStackSet", create_set)
    on("DescribeStackSet", lambda query: answers.stack_set(the_set(query)))
    on("UpdateStackSet", changes(service.update_set))
    on("DeleteStackSet", delete_set)
    on("ListStackSets", list_sets)
    on("CreateStackInstances", changes(service.create_instances))
    on("UpdateStackInstances", changes(service.update_instances))
    on("DeleteStackInstances", changes(service.delete_instances))
    on("DetectStackSetDrift", changes(service.detect_drift))
    on("ImportStacksToStackSet", changes(service.import_stacks))
    on("ListStackInstanceResourceDrifts", list_resource_drifts)
    on("DescribeStackInstance", describe_instance)
    on("ListStackInstances", list_instances)
    on("DescribeStackSetOperation", describe_operation)
    on("ListStackSetOperations", list_operations)
    on("ListStackSetOperationResults", list_results)
    on("StopStackSetOperation", stop)
    _summarize_sets(the_set)
    return store


def _summarize_sets(the_set: Callable[[Query], StackSet]) -> None:
    """Let GetTemplateSummary answer for a stack set as for its template."""

    def names_a_set(params: Params) -> bool:
        return "StackSetName" in params

    def with_its_template(params: Params) -> Params:
        rest = {key: value for key, value in params.items() if key != "StackSetName"}
        return {**rest, "TemplateBody": [the_set(Query(params)).template]}

    ministack_stacks.rewrite_action(
        "GetTemplateSummary", when=names_a_set, rewrite=with_its_template
    )


class Events:
    """Publish what happens to operations and instances on the administrator's default bus."""

    def operation(self, stack_set: StackSet, operation: Operation) -> None:
        detail = {
            "stack-set-arn": stack_set.arn,
            "stack-set-operation-id": operation.operation_id,
            "action": operation.action,
            "status-details": {"status": operation.status, "status-reason": ""},
        }
        self._put("CloudFormation StackSet Operation Status Change", stack_set, detail)

    def instance(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        detail = {
            "stack-set-arn": stack_set.arn,
            "stack-set-operation-id": operation.operation_id,
            "stack-id": instance.stack_id,
            "action": operation.action,
            "status-details": {
                "status": instance.status,
                "status-reason": instance.reason,
                "detailed-status": instance.detailed,
            },
        }
        self._put("CloudFormation StackSet StackInstance Status Change", stack_set, detail)

    def _put(self, detail_type: str, stack_set: StackSet, detail: dict[str, Any]) -> None:
        with ministack.at(Place(stack_set.account, stack_set.region)):
            ministack_events.put_event("aws.cloudformation", detail_type, detail, [stack_set.arn])


def _the_instance(owner: StackSet, query: Query) -> Instance:
    target = Target(query.text("StackInstanceAccount"), query.text("StackInstanceRegion"))
    instance = owner.instances.get(target)
    if instance is None:
        raise guards.missing_instance(owner, target)
    return instance


def _instance_filter(query: Query) -> Callable[[Instance], bool]:
    account, region = query.text("StackInstanceAccount"), query.text("StackInstanceRegion")
    filters = _filters(query)

    def matches(one: Instance) -> bool:
        actual = {
            "DETAILED_STATUS": one.detailed,
            "LAST_OPERATION_ID": one.last_operation,
            "DRIFT_STATUS": one.drift,
        }
        return (
            account in ("", one.target.account)
            and region in ("", one.target.region)
            and all(actual.get(name) in values for name, values in filters.items())
        )

    return matches


def _filters(query: Query) -> dict[str, list[str]]:
    return {one.text("Name"): one.text("Values").split(",") for one in query.structures("Filters")}


def _page(query: Query, items: Iterable[str]) -> str:
    """Return one page of a list; the token is where the next page starts."""
    listed, token = list(items), query.text("NextToken", "0")
    if not token.isdigit() or int(token) > len(listed):
        raise validation_error("Invalid NextToken")
    start, size = int(token), min(query.number("MaxResults") or PAGE_SIZE, PAGE_SIZE)
    following = start + size
    more = answers.element("NextToken", following if following < len(listed) else None)
    return answers.members("Summaries", listed[start:following]) + more
