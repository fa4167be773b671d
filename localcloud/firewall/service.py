"""Guard REST stages by web ACLs: associate them, admit requests, log what was decided."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from localcloud import ministack, ministack_apis, ministack_firewall, ministack_logs
from localcloud.errors import AwsError
from localcloud.firewall.rules import Judge
from localcloud.ministack import Place, Properties
from localcloud.ministack_apis import ApiRequest
from localcloud.ministack_types import Created, ResourceType

_REST_STAGE = re.compile(r"arn:aws:apigateway:([a-z0-9-]+)::/restapis/([^/]+)/stages/([^/]+)")
LOG_GROUP_PREFIX = "aws-waf-logs-"


class Firewall:
    """Keep the logging configurations, and the judge of requests."""

    def __init__(self) -> None:
        self._judge = Judge()
        self._logging: dict[tuple[Place, str], Mapping[str, Any]] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._judge.clear()
        self._logging.clear()

    def admit(self, request: ApiRequest) -> bool:
        """Tell whether a request may reach its stage."""
        place = ministack.current_place()
        stage = f"arn:aws:apigateway:{place.region}::/restapis/{request.api}/stages/{request.stage}"
        acl = ministack_firewall.acl_of(stage)
        if acl is None:
            return True
        verdict, rule = self._judge.verdict(acl, request)
        self._log(place, acl["ARN"], request, verdict, rule)
        return verdict == "ALLOW"

    def resource_types(self) -> dict[str, ResourceType]:
        """Return the types of WAF that ministack lacks."""
        return {
            "AWS::WAFv2::WebACLAssociation": ResourceType(
                create=lambda _, given, __: _associate(given),
                update=lambda _, __, new, ___, ____: _associate(new),
                delete=_disassociate,
            ),
            "AWS::WAFv2::LoggingConfiguration": ResourceType(
                create=lambda _, given, __: self._set_logging(given),
                update=lambda _, __, new, ___, ____: self._set_logging(new),
                delete=self._end_logging,
            ),
        }

    def put_logging(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer PutLoggingConfiguration."""
        asked = request["LoggingConfiguration"]
        destinations = asked.get("LogDestinationConfigs", [])
        name = destinations[0].rpartition("log-group:")[2] if len(destinations) == 1 else ""
        if not name.removesuffix(":*").startswith(LOG_GROUP_PREFIX):
            raise AwsError(
                "WAFInvalidParameterException",
                "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes "
                "other information separated by colons or slashes., field: LOG_DESTINATION, "
                f"parameter: {', '.join(destinations)}",
            )
        self._logging[ministack.current_place(), asked["ResourceArn"]] = asked
        return {"LoggingConfiguration": asked}

    def get_logging(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer GetLoggingConfiguration."""
        found = self._logging.get((ministack.current_place(), str(request.get("ResourceArn"))))
        if found is None:
            raise AwsError(
                "WAFNonexistentItemException",
                "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",
            )
        return {"LoggingConfiguration": found}

    def _set_logging(self, given: Properties) -> Created:
        try:
            self.put_logging({"LoggingConfiguration": given})
        except AwsError as error:
            raise ValueError(error.message) from error
        return given["ResourceArn"], {"ManagedByFirewallManager": False}

    def _end_logging(self, physical_id: str, _: Properties) -> None:
        self._logging.pop((ministack.current_place(), physical_id), None)

    def _log(self, place: Place, acl: str, request: ApiRequest, verdict: str, rule: str) -> None:
        configured = self._logging.get((place, acl))
        if configured is None:
            return
        group = configured["LogDestinationConfigs"][0].rpartition("log-group:")[2]
        line = {
            "timestamp": int(time.time() * 1000),
            "webaclId": acl,
            "terminatingRuleId": rule,
            "action": verdict,
            "httpSourceName": "APIGW",
            "httpSourceId": f"{place.account}:{request.api}:{request.stage}",
            "httpRequest": {
                "clientIp": request.source_ip,
                "httpMethod": request.method,
                "uri": f"/{request.stage}{request.path}",
            },
        }
        group = group.removesuffix(":*")
        if ministack_apis.log_group_exists(group):
            ministack_logs.put_log_line(group, ministack.new_id(), json.dumps(line))


def install(firewall: Firewall) -> None:
    """Let WAF refuse and answer what ministack does not."""
    ministack_firewall.check_associations(check_resource)
    ministack_firewall.answer("PutLoggingConfiguration", firewall.put_logging)
    ministack_firewall.answer("GetLoggingConfiguration", firewall.get_logging)


def check_resource(arn: str) -> None:
    """Refuse to guard what is no stage of a REST API of this region."""
    found = _REST_STAGE.fullmatch(arn)
    if found is None or found[1] != ministack.current_place().region:
        raise AwsError(
            "WAFInvalidParameterException",
            "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other "
            "information separated by colons or slashes., field: RESOURCE_ARN, "
            f"parameter: {arn}",
        )
    if not ministack_apis.stage("rest", found[2], found[3]):
        raise AwsError(
            "WAFNonexistentItemException",
            "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",
        )


def _associate(given: Properties) -> Created:
    resource, acl = given["ResourceArn"], given["WebACLArn"]
    message = {"ResourceArn": resource, "WebACLArn": acl}
    ministack.call_json("wafv2", "AWSWAF_20190729.AssociateWebACL", message)
    return f"{resource}|{acl}", {}


def _disassociate(physical_id: str, __: Properties) -> None:
    resource, _bar, acl = physical_id.partition("|")
    # A replacement has associated the resource with another one already.
    if (ministack_firewall.acl_of(resource) or {}).get("ARN") != acl:
        return
    message = {"ResourceArn": resource}
    ministack.call_json("wafv2", "AWSWAF_20190729.DisassociateWebACL", message)
