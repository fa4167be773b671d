"""Service Quotas: AWS's default values, and other ones where they were asked for.

The services here have no limits of their own; what asks for a quota before it acts is told one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud import ministack
from localcloud.errors import AwsError, LocalCloudError
from localcloud.ministack import Place

SERVICE, TARGET = "servicequotas", "ServiceQuotasV20190624"


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota of a service, and what an account has unless it asked for more."""

    service: str
    code: str
    name: str
    value: float
    adjustable: bool = True


# https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
DEFAULTS = (
    Quota("apigateway", "L-AA0FF27B", "Regional APIs", 600, adjustable=False),
    Quota("cloudformation", "L-0485CB21", "Stack count", 2_000),
    Quota("cloudformation", "L-6A4B2F69",
          "Stack instance operations per administrator account", 10_000),
    Quota("cloudformation", "L-C8225BA5", "Stack instances per stack set", 100_000),
    Quota("cloudformation", "L-EC62D81A", "Stack sets per administrator account", 1_000),
    Quota("iam", "L-FE177D64", "Roles per account", 1_000),
    Quota("iam", "L-E95E4862", "Customer managed policies per account", 1_500),
    Quota("lambda", "L-B99A9384", "Concurrent executions", 1_000),
    Quota("s3", "L-DC2B2D3D", "General purpose buckets", 10_000),
    Quota("vpc", "L-F678F1CE", "VPCs per Region", 5),
)  # fmt: skip


class Quotas:
    """Answers Service Quotas, each account and region by itself."""

    def __init__(self) -> None:
        self._applied: dict[tuple[Place, str, str], float] = {}

    def install(self) -> None:
        """Let the cloud answer the service."""
        ministack.add_json_service(
            SERVICE,
            TARGET,
            {
                "GetServiceQuota": self.get,
                "GetAWSDefaultServiceQuota": self.get_default,
                "ListServiceQuotas": self.list,
            },
        )

    def clear(self) -> None:
        """Forget all values but the defaults."""
        self._applied.clear()

    def set(self, message: dict[str, Any]) -> dict[str, Any]:
        """Give an account another value of a quota in a region."""
        service, code = str(message.get("service", "")), str(message.get("code", ""))
        place = Place(str(message.get("account", "")), str(message.get("region", "")))
        if _find(service, code) is None:
            known = ", ".join(f"{quota.service} {quota.code}" for quota in DEFAULTS)
            raise LocalCloudError(f"no such quota: {service} {code} (there are {known})")
        value = message.get("value")
        if not isinstance(value, int) or not (place.account and place.region):
            raise LocalCloudError("account, region and value (a whole number) must be given")
        self._applied[place, service, code] = value
        return {"service": service, "code": code, "value": value}

    def get(self, message: Mapping[str, Any]) -> dict[str, Any]:
        quota = self._asked(message)
        applied = self._applied.get((ministack.current_place(), quota.service, quota.code))
        return {"Quota": _described(quota, quota.value if applied is None else applied)}

    def get_default(self, message: Mapping[str, Any]) -> dict[str, Any]:
        quota = self._asked(message)
        return {"Quota": _described(quota, quota.value)}

    def list(self, message: Mapping[str, Any]) -> dict[str, Any]:
        service = message.get("ServiceCode", "")
        found = [quota for quota in DEFAULTS if quota.service == service]
        if not found:
            raise _missing()
        return {
            "Quotas": [
                self.get({"ServiceCode": quota.service, "QuotaCode": quota.code})["Quota"]
                for quota in found
            ]
        }

    @staticmethod
    def _asked(message: Mapping[str, Any]) -> Quota:
        found = _find(message.get("ServiceCode", ""), message.get("QuotaCode", ""))
        if found is None:
            raise _missing()
        return found


def _find(service: str, code: str) -> Quota | None:
    return next((q for q in DEFAULTS if (q.service, q.code) == (service, code)), None)


def _missing() -> AwsError:
    return AwsError("NoSuchResourceException", "The request failed because the specified service"
                    " does not exist.", 400)  # fmt: skip


def _described(quota: Quota, value: float) -> dict[str, Any]:
    place = ministack.current_place()
    return {
        "ServiceCode": quota.service,
        "ServiceName": quota.service,
        "QuotaArn": f"arn:aws:servicequotas:{place.region}:{place.account}:"
        f"{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": quota.adjustable,
        "GlobalQuota": quota.service in {"iam", "s3"},
    }
