"""Put the checks where ministack accepts templates, parameters and resources."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from localcloud import ministack, ministack_objects, ministack_provisioning, schemas
from localcloud.ministack import Properties, Template
from localcloud.strict import attributes, code, parameters, properties, references

# Their properties are the user's own, or a nested template's parameters.
_FREE = ("Custom::", "AWS::CloudFormation::CustomResource")


def install(fail: Callable[[str], None]) -> None:
    """Make ministack as strict as AWS; `fail` refuses, by ValueError, types that are to fail."""
    ministack_provisioning.install_checks(
        parameters=parameters.check,
        template=_check_template,
        properties=partial(_check_properties, fail),
        complete=_complete_attributes,
    )


def _check_template(template: Template, conditions: Mapping[str, bool]) -> None:
    references.check(template)


def _check_properties(
    fail: Callable[[str], None], resource_type: str, logical_id: str, given: Properties
) -> None:
    fail(resource_type)
    region = ministack.current_place().region
    if resource_type.startswith(_FREE):
        return
    schema = schemas.find(resource_type, region)
    if schema is None:
        return
    found = properties.problems(schema, given)
    if found:
        raise ValueError(
            f"Properties validation failed for resource {logical_id} with message:\n"
            + "\n".join(found)
        )
    if resource_type == code.FUNCTION:
        code.check(
            given,
            region=region,
            bucket_region=ministack_objects.bucket_region,
            read=ministack_objects.read_object,
        )


def _complete_attributes(
    resource_type: str, physical_id: str, given: Properties, known: dict[str, Any]
) -> dict[str, Any]:
    """Add the attributes that AWS answers from a resource's own properties and id."""
    schema = schemas.find(resource_type, ministack.current_place().region)
    return known if schema is None else attributes.complete(schema, physical_id, given, known)
