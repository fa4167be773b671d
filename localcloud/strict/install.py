"""Put the checks where ministack accepts templates, parameters and resources."""

from collections.abc import Mapping
from typing import Any

from localcloud import ministack, schemas
from localcloud.ministack import Properties, Template
from localcloud.strict import attributes, code, parameters, properties, references

# Their properties are the user's own, or a nested template's parameters.
_FREE = ("Custom::", "AWS::CloudFormation::CustomResource")


def install() -> None:
    """Make ministack as strict as AWS."""
    ministack.install_checks(
        parameters=parameters.check,
        template=_check_template,
        properties=_check_properties,
        complete=_complete_attributes,
    )


def _check_template(template: Template, conditions: Mapping[str, bool]) -> None:
    references.check(template)


def _check_properties(resource_type: str, logical_id: str, given: Properties) -> None:
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
            bucket_region=ministack.bucket_region,
            read=ministack.read_object,
        )


def _complete_attributes(
    resource_type: str, physical_id: str, given: Properties, known: dict[str, Any]
) -> dict[str, Any]:
    """Add the attributes that AWS answers from a resource's own properties and id."""
    schema = schemas.find(resource_type, ministack.current_place().region)
    return known if schema is None else attributes.complete(schema, physical_id, given, known)
