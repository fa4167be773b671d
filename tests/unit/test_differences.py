"""What another template would change."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from generator.errors import GenError
from generator.plan import (
    Action,
    Recreation,
    Replacement,
    ResourceChange,
    TypeSchema,
    differences,
    read_schemas,
)
from generator.plan.schemas import to_json

pytestmark = pytest.mark.unit

SCHEMAS = {
    "AWS::Lambda::Function": TypeSchema(("FunctionName",), ("DurableConfig",)),
    "AWS::Lambda::Version": TypeSchema(("Description", "FunctionName")),
    "AWS::Lambda::Alias": TypeSchema(("FunctionName", "Name")),
    "AWS::S3::Bucket": TypeSchema(("BucketName",)),
    "AWS::DynamoDB::Table": TypeSchema(("TableName", "ImportSource"), ("KeySchema",)),
    "AWS::EC2::LaunchTemplate": TypeSchema(("Rules/*/Id",)),
    "AWS::RDS::DBInstance": TypeSchema(("DBName",), ("Engine",)),
    "AWS::SNS::Topic": TypeSchema(("TopicName",)),
    "AWS::SQS::Queue": TypeSchema(("QueueName",)),
}


def diff(
    before: str | None,
    after: str,
    was: dict[str, str] | None = None,
    now: dict[str, str] | None = None,
) -> list[ResourceChange]:
    return differences(
        before, after, parameters_before=was or {}, parameters_after=now or {}, schemas=SCHEMAS
    )


def one(changes: list[ResourceChange], logical_id: str) -> ResourceChange:
    return next(change for change in changes if change.logical_id == logical_id)


def facts(change: ResourceChange) -> list[tuple[str, str | None, str | None]]:
    return [(reason.path, reason.before, reason.after) for reason in change.reasons]


FUNCTION = """\
Parameters:
  Memory: {Type: Number, Default: 256}
  Other: {Type: String, Default: unused}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: orders, MemorySize: !Ref Memory}
  Notes:
    Type: AWS::SNS::Topic
    Properties: {TopicName: notes}
"""


def test_another_value_of_a_parameter_shows_where_it_is_used() -> None:
    changes = diff(FUNCTION, FUNCTION, {"Memory": "256"}, {"Memory": "512"})
    function = one(changes, "Orders")
    assert facts(function) == [("Properties.MemorySize", "256", "512")]
    assert (function.action, function.replacement) == (Action.MODIFY, Replacement.NEVER)
    assert facts(one(changes, "Memory")) == [("Value", "256", "512")]
    assert len(changes) == 2


def test_a_value_that_equals_the_default_changes_nothing() -> None:
    assert diff(FUNCTION, FUNCTION, {}, {"Memory": "256"}) == []


SAME = {
    "a number and its text": ("MemorySize: 256", 'MemorySize: "256"'),
    "a boolean and its text": ("Tracing: true", "Tracing: 'true'"),
    "a reference and a substitution of it": ("Role: !Ref Role", 'Role: !Sub "${Role}"'),
    "an attribute's two forms": ("Role: !GetAtt Role.Arn", "Role: {'Fn::GetAtt': [Role, Arn]}"),
    "an attribute and a substitution of it": ("R: !GetAtt Role.Arn", 'R: !Sub "${Role.Arn}"'),
    "a join and a substitution": (
        'A: !Join [":", [arn, !Ref AWS::Region, x]]', 'A: !Sub "arn:${AWS::Region}:x"',
    ),
    "a value and a parameter that has it": ("MemorySize: 256", "MemorySize: !Ref Memory"),
    "a choice that is made and its result": ("A: !If [IsProd, 1, 2]", "A: 2"),
    "nothing, and a choice of nothing": (
        "B: 1", "B: 1\n      A: !If [IsProd, 1, !Ref AWS::NoValue]",
    ),
    "a lookup and its result": ("A: !FindInMap [Sizes, dev, Memory]", "A: 128"),
    "tags in another order": (
        "Tags: [{Key: a, Value: 1}, {Key: b, Value: 2}]",
        "Tags: [{Key: b, Value: 2}, {Key: a, Value: 1}]",
    ),
    "an escaped variable and the text it stands for": ("A: 'x${y}'", "A: !Sub 'x${!y}'"),
}  # fmt: skip


@pytest.mark.parametrize("texts", SAME.values(), ids=SAME.keys())
def test_two_ways_of_writing_one_thing_are_no_difference(texts: tuple[str, str]) -> None:
    template = """\
Parameters: {{Memory: {{Type: Number, Default: 256}}}}
Conditions: {{IsProd: !Equals [!Ref Memory, 512]}}
Mappings: {{Sizes: {{dev: {{Memory: 128}}}}}}
Resources:
  Role: {{Type: AWS::IAM::Role}}
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      {}
"""
    assert diff(*map(template.format, texts)) == []


def test_a_template_in_json_equals_the_same_in_yaml() -> None:
    text = json.dumps(
        {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"Delay": 5, "Fifo": True}}}}
    )
    again = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {Delay: 5, Fifo: true}}}"
    assert diff(text, again) == []


def test_everything_is_added_where_nothing_was() -> None:
    changes = diff(None, FUNCTION)
    assert {change.action for change in changes} == {Action.ADD}
    assert [c.logical_id for c in changes if c.section == "Resources"] == ["Orders", "Notes"]


def resource(type_name: str, properties: str = "{}", *attributes: str) -> str:
    lines = [f"Type: {type_name}", f"Properties: {properties}", *attributes]
    return "Resources:\n  It:\n" + "".join(f"    {line}\n" for line in lines)


EMPTY = "Resources: {}"
REPLACED = {
    "a property that is set once": (
        "AWS::Lambda::Function", "{FunctionName: a}", "{FunctionName: b}", Replacement.ALWAYS,
    ),
    "one that comes to be": (
        "AWS::Lambda::Function", "{}", "{FunctionName: b}", Replacement.ALWAYS,
    ),
    "one that goes": ("AWS::Lambda::Function", "{FunctionName: a}", "{}", Replacement.ALWAYS),
    "one that depends": (
        "AWS::Lambda::Function", "{}", "{DurableConfig: {Days: 1}}", Replacement.CONDITIONAL,
    ),
    "one within a list": (
        "AWS::EC2::LaunchTemplate", "{Rules: [{Id: 1}]}", "{Rules: [{Id: 2}]}", Replacement.ALWAYS,
    ),
    "its neighbour within the list": (
        "AWS::EC2::LaunchTemplate", "{Rules: [{Id: 1}]}", "{Rules: [{Id: 1, A: 1}]}",
        Replacement.NEVER,
    ),
    "a whole that holds one": (
        "AWS::EC2::LaunchTemplate", "{}", "{Rules: [{Id: 2}]}", Replacement.ALWAYS,
    ),
    "one within an undecided choice": (
        "AWS::SQS::Queue", "{QueueName: !If [C, a, c]}", "{QueueName: !If [C, b, c]}",
        Replacement.ALWAYS,
    ),
    "both kinds": (
        "AWS::RDS::DBInstance", "{DBName: a, Engine: b}", "{DBName: b, Engine: c}",
        Replacement.ALWAYS,
    ),
    "any other": ("AWS::Lambda::Function", "{Timeout: 1}", "{Timeout: 2}", Replacement.NEVER),
    "any, of a type nobody knows": ("Custom::It", "{A: 1}", "{A: 2}", Replacement.CONDITIONAL),
}  # fmt: skip


@pytest.mark.parametrize("case", REPLACED.values(), ids=REPLACED.keys())
def test_the_schema_says_what_replaces_a_resource(case: tuple[str, str, str, Replacement]) -> None:
    type_name, before, after, replacement = case
    (change,) = diff(resource(type_name, before), resource(type_name, after))
    assert change.replacement is replacement


BUCKET, QUEUE, RDS = "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::RDS::DBInstance"
KEEP, SAVE = "UpdateReplacePolicy: Retain", "UpdateReplacePolicy: Snapshot"
RENEWED = {
    "a queue": (QUEUE, "QueueName", "", "", True, "is deleted with its messages"),
    "a bucket that is kept": (BUCKET, "BucketName", KEEP, KEEP, False, "the new one is empty"),
    "kept by the new template alone": (BUCKET, "BucketName", "", KEEP, True, "its objects"),
    "kept by the old template alone": (BUCKET, "BucketName", KEEP, "", True, "its objects"),
    "a database with a snapshot": (RDS, "DBName", SAVE, SAVE, False, "a snapshot"),
    "a queue, which has no snapshots": (QUEUE, "QueueName", SAVE, SAVE, True, "its messages"),
    "a database, which may be": (RDS, "Engine", "", "", True, "if it is replaced"),
    "a function, which holds nothing": (
        "AWS::Lambda::Function", "FunctionName", "", "", False, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RENEWED.values(), ids=RENEWED.keys())
def test_what_a_replacement_loses_is_said(case: tuple[str, str, str, str, bool, str]) -> None:
    type_name, name, policy, new_policy, loss, said = case
    before = resource(type_name, f"{{{name}: a}}", *filter(None, [policy]))
    after = resource(type_name, f"{{{name}: b}}", *filter(None, [new_policy]))
    (change,) = diff(before, after)
    assert (change.data_loss, said in change.consequence) == (loss, True)


REMOVED = {
    "a table": (resource("AWS::DynamoDB::Table"), True, "is deleted with its items"),
    "a table that is kept": (
        resource("AWS::DynamoDB::Table", "{}", "DeletionPolicy: Retain"), False, "stays",
    ),
    "a table kept but on creation": (
        resource("AWS::DynamoDB::Table", "{}", "DeletionPolicy: RetainExceptOnCreate"),
        False, "stays",
    ),
    "a database, which AWS saves by itself": (resource(RDS), False, "snapshot"),
    "a database of a cluster, which it does not": (
        resource(RDS, "{DBClusterIdentifier: c}"), True, "deleted",
    ),
    "a function": (resource("AWS::Lambda::Function"), False, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", REMOVED.values(), ids=REMOVED.keys())
def test_what_a_removal_loses_is_said(case: tuple[str, bool, str]) -> None:
    before, loss, said = case
    (change,) = diff(before, EMPTY)
    assert change.action is Action.REMOVE
    assert (change.data_loss, said in change.consequence) == (loss, True)


CONDITIONAL = """\
Parameters: {Stage: {Type: String, Default: dev}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  InCanada: !Equals [!Ref AWS::Region, ca-central-1]
  Either: !Or [!Condition IsProd, !Condition InCanada]
Resources:
  Orders: {Type: AWS::DynamoDB::Table, Condition: IsProd}
  Maple: {Type: AWS::SQS::Queue, Condition: InCanada}
  Both: {Type: AWS::SQS::Queue, Condition: Either}
"""


def test_a_resource_whose_condition_turns_false_is_removed() -> None:
    changes = diff(CONDITIONAL, CONDITIONAL, {"Stage": "prod"}, {"Stage": "dev"})
    table = one(changes, "Orders")
    assert (table.action, table.data_loss) == (Action.REMOVE, True)
    assert facts(one(changes, "IsProd")) == [("Value", "True", "False")]


def test_a_resource_whose_condition_turns_true_is_added() -> None:
    changes = diff(CONDITIONAL, CONDITIONAL, {}, {"Stage": "prod"})
    assert one(changes, "Orders").action is Action.ADD
    # In an unknown region it may have been there before.
    assert "Both" not in [change.logical_id for change in changes]


def test_a_known_region_decides_conditions() -> None:
    was, now = {"AWS::Region": "us-east-1"}, {"AWS::Region": "ca-central-1"}
    changes = diff(CONDITIONAL, CONDITIONAL, was, now)
    added = [c.logical_id for c in changes if c.section == "Resources"]
    assert added == ["Maple", "Both"]
    assert {one(changes, name).action for name in added} == {Action.ADD}


CHAIN = """\
Parameters: {Name: {Type: String}, Memory: {Type: Number, Default: 128}}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: !Ref Name, MemorySize: !Ref Memory}
  Release:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref Orders, Description: !Sub "memory=${Memory}"}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Orders, Name: live, FunctionVersion: !GetAtt Release.Version}
  Alone: {Type: AWS::SNS::Topic}
Outputs:
  Running: {Value: !GetAtt Release.Version}
"""


def test_who_uses_a_replaced_resource_is_changed_with_it() -> None:
    changes = diff(CHAIN, CHAIN, {"Name": "a"}, {"Name": "a", "Memory": "256"})
    assert one(changes, "Release").replacement is Replacement.ALWAYS
    (reason,) = one(changes, "Live").reasons
    assert (reason.path, reason.cause) == ("Properties.FunctionVersion", "Release")
    assert one(changes, "Live").replacement is Replacement.NEVER
    assert one(changes, "Running").reasons[0].cause == "Release"


def test_a_replacement_may_go_on_to_those_who_use_it() -> None:
    changes = diff(CHAIN, CHAIN, {"Name": "a"}, {"Name": "b"})
    found = {c.logical_id: c.replacement for c in changes if c.section == "Resources"}
    assert found == {
        "Orders": Replacement.ALWAYS,
        "Release": Replacement.CONDITIONAL,
        "Live": Replacement.CONDITIONAL,
    }


SECRET = """\
Parameters: {{Password: {{Type: String, NoEcho: true, Default: {default}}}}}
Conditions: {{Known: !Equals [!Ref Password, hunter2]}}
Resources:
  It:
    Type: AWS::SQS::Queue
    Properties:
      Plain: !Ref Password
      Within: !Sub "user:${{Password}}@"
      Split: !Split [t, !Ref Password]
Outputs:
  Shown: {{Value: !Ref Password}}
"""


def test_secret_values_are_compared_and_never_shown() -> None:
    before, after = (SECRET.format(default=value) for value in ("hunter2", "hunter3"))
    changes = diff(before, after, {}, {"Password": "s3same"})
    assert facts(one(changes, "It"))[:2] == [
        ("Properties.Plain", "****", "****"), ("Properties.Within", "user:****@", "user:****@"),
    ]  # fmt: skip
    assert {"Password", "Shown", "It"} <= {change.logical_id for change in changes}
    text = repr(changes)
    assert not any(secret in text for secret in ("hunter", "s3same", "s3"))


def test_a_secret_that_aws_does_not_give_back_is_no_difference() -> None:
    template = SECRET.format(default="x")
    assert diff(template, template, {"Password": "****"}, {"Password": "s3same"}) == []


def test_a_dynamic_reference_stays_as_it_is_written() -> None:
    reference = "{{resolve:secretsmanager:orders:SecretString:key}}"
    before = resource(QUEUE, f"{{A: '{reference}'}}")
    (change,) = diff(before, resource(QUEUE, "{A: b}"))
    assert facts(change) == [("Properties.A", reference, "b")]


NAMED = {
    "that changes beside what replaces it": (
        "{TableName: a, ImportSource: x}", "{TableName: b, ImportSource: y}", False,
    ),
    "that it keeps": ("{TableName: a, ImportSource: x}", "{TableName: a, ImportSource: y}", True),
    "that it keeps, maybe": ("{TableName: a, KeySchema: x}", "{TableName: a, KeySchema: y}", True),
    "that it does not have": ("{ImportSource: x}", "{ImportSource: y}", False),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED.values(), ids=NAMED.keys())
def test_aws_refuses_to_replace_what_has_a_name(case: tuple[str, str, bool]) -> None:
    before, after, refused = case
    (change,) = diff(*(resource("AWS::DynamoDB::Table", text) for text in (before, after)))
    assert change.replacement is not Replacement.NEVER
    assert ("AWS refuses" in change.consequence) == refused


ATTRIBUTES = {
    "DeletionPolicy": ("DeletionPolicy: Retain", ("DeletionPolicy", None, "Retain")),
    "DependsOn": ("DependsOn: Other", ("DependsOn", None, '["Other"]')),
    "Metadata": ("Metadata: {Why: so}", ("Metadata", None, '{"Why": "so"}')),
    "UpdatePolicy": ("UpdatePolicy: {A: 1}", ("UpdatePolicy", None, '{"A": "1"}')),
    "Condition": ("Condition: Unknown", ("Condition", None, "Unknown")),
}


@pytest.mark.parametrize(("attribute", "fact"), ATTRIBUTES.values(), ids=ATTRIBUTES.keys())
def test_an_attribute_changes_without_replacement(
    attribute: str, fact: tuple[str, str | None, str | None]
) -> None:
    (change,) = diff(resource(QUEUE), resource(QUEUE, "{}", attribute))
    assert (facts(change), change.replacement) == ([fact], Replacement.NEVER)


def test_the_order_of_dependencies_means_nothing() -> None:
    before, after = (resource(QUEUE, "{}", f"DependsOn: {x}") for x in ("[A, B]", "[B, A]"))
    assert diff(before, after) == []


def test_another_type_under_the_same_name_is_refused_by_aws() -> None:
    (change,) = diff(resource(QUEUE), resource("AWS::SNS::Topic"))
    assert change.replacement is Replacement.ALWAYS
    assert "another logical ID" in change.consequence


def test_one_more_item_in_a_list_is_one_difference() -> None:
    before = resource(QUEUE, "{Actions: [a, c, d]}")
    (change,) = diff(before, resource(QUEUE, "{Actions: [a, b, c, d]}"))
    assert facts(change) == [("Properties.Actions[1]", None, "b")]


def test_a_tag_is_named_by_its_key() -> None:
    before = resource(QUEUE, "{Tags: [{Key: Owner, Value: a}]}")
    after = resource(QUEUE, "{Tags: [{Key: New, Value: 1}, {Key: Owner, Value: b}]}")
    (change,) = diff(before, after)
    assert facts(change) == [
        ("Properties.Tags.Owner", "a", "b"),
        ("Properties.Tags.New", None, "1"),
    ]


SECTIONS = {
    "Description": ("Description: a", "Description: b", "Description", Action.MODIFY),
    "Transform": ("", "Transform: AWS::LanguageExtensions", "Transform", Action.ADD),
    "Mappings": ("Mappings: {M: {a: {b: 1}}}", "Mappings: {M: {a: {b: 2}}}", "M", Action.MODIFY),
    "Rules": ("Rules: {R: {Assertions: []}}", "", "R", Action.REMOVE),
    "Outputs": ("Outputs: {O: {Value: a}}", "", "O", Action.REMOVE),
    "Parameters": ("", "Parameters: {P: {Type: String}}", "P", Action.ADD),
    "Conditions": (
        "Conditions: {C: !Equals [!Ref AWS::Region, a]}",
        "Conditions: {C: !Equals [!Ref AWS::Region, b]}", "C", Action.MODIFY,
    ),
    "Metadata": ("Metadata: {A: {B: 1}}", "Metadata: {A: {B: 2}}", "A", Action.MODIFY),
}  # fmt: skip


@pytest.mark.parametrize("name", SECTIONS)
def test_every_other_section_has_changes_of_its_own(name: str) -> None:
    before, after, entry, action = SECTIONS[name]
    (change,) = diff(f"{EMPTY}\n{before}", f"{EMPTY}\n{after}")
    assert (change.section, change.logical_id, change.action) == (name, entry, action)
    assert change.reasons


@pytest.mark.parametrize("text", ["- a list", "Resources: {", "just a text"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(GenError, match="not a template"):
        diff(None, text)


def test_what_cloudformation_gives_back_with_question_marks_is_no_difference() -> None:
    here, there = (resource(QUEUE, f"{{A: {text}}}") for text in ("Grüße →", "Gr??e ?"))
    assert diff(there, here) == []
    assert diff(here, here.replace("ü", "ä")) != []


def test_a_list_parameter_is_its_items() -> None:
    template = """\
Parameters: {Zones: {Type: CommaDelimitedList, Default: "a, b"}}
Resources: {It: {Type: AWS::SQS::Queue, Properties: {Z: !Select [1, !Ref Zones], A: !Ref Zones}}}
"""
    change = one(diff(template, template, {}, {"Zones": "a,c"}), "It")
    assert facts(change) == [("Properties.Z", "b", "c"), ("Properties.A[1]", "b", "c")]


def test_schemas_are_read_as_they_were_written() -> None:
    assert read_schemas(to_json(SCHEMAS)) == SCHEMAS


def test_reasons_say_what_each_takes() -> None:
    before = resource(RDS, "{DBName: a, Engine: a, Size: 1}")
    (change,) = diff(before, resource(RDS, "{DBName: b, Engine: b, Size: 2}"))
    assert {reason.path.split(".")[1]: reason.recreation for reason in change.reasons} == {
        "DBName": Recreation.ALWAYS,
        "Engine": Recreation.CONDITIONALLY,
        "Size": Recreation.NEVER,
    }


def test_a_condition_that_needs_itself_is_undecided() -> None:
    template: dict[str, Any] = {
        "Conditions": {"A": {"Fn::Not": [{"Condition": "A"}]}},
        "Resources": {"It": {"Type": QUEUE, "Condition": "A"}},
    }
    assert [c.logical_id for c in diff(yaml.safe_dump(template), EMPTY)] == ["It", "A"]
