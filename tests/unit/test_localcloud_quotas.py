"""Quotas and regions of the local cloud's accounts."""

import pytest

from localcloud import ministack
from localcloud.errors import AwsError, LocalCloudError
from localcloud.ministack import Place
from localcloud.quotas import Quotas
from localcloud.regions import Regions

pytestmark = pytest.mark.unit

VPCS = {"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE"}
HERE, THERE = Place("111111111111", "us-east-1"), Place("111111111111", "us-west-2")
RAISED = {"service": "vpc", "code": "L-F678F1CE", "account": HERE.account, "region": HERE.region}


def value(quotas: Quotas, place: Place) -> float:
    with ministack.at(place):
        return float(quotas.get(VPCS)["Quota"]["Value"])


def test_a_quota_is_raised_in_one_account_and_region_only() -> None:
    quotas = Quotas()
    quotas.set({**RAISED, "value": 9})
    assert (value(quotas, HERE), value(quotas, THERE)) == (9, 5)
    with ministack.at(HERE):
        assert quotas.get_default(VPCS)["Quota"]["Value"] == 5
        [listed] = quotas.list({"ServiceCode": "vpc"})["Quotas"]
    assert (listed["QuotaName"], listed["Value"]) == ("VPCs per Region", 9)
    quotas.clear()
    assert value(quotas, HERE) == 5


def test_what_service_quotas_does_not_have_is_refused_as_there() -> None:
    with pytest.raises(AwsError) as refused:
        Quotas().get({**VPCS, "QuotaCode": "L-00000000"})
    assert refused.value.code == "NoSuchResourceException"


@pytest.mark.parametrize(
    "wrong", [{"value": "many"}, {"value": 9, "code": "L-0"}, {"value": 9, "region": ""}]
)
def test_a_message_that_sets_nothing_says_why(wrong: dict[str, object]) -> None:
    with pytest.raises(LocalCloudError):
        Quotas().set({**RAISED, **wrong})


@pytest.mark.parametrize(
    ("region", "enabled", "words"),
    [("us-east-1", False, "no region that an account can disable"),
     ("af-south-1", "no", "must be given")],
)  # fmt: skip
def test_only_an_opt_in_region_can_be_disabled(region: str, enabled: object, words: str) -> None:
    message = {"account": HERE.account, "region": region, "enabled": enabled}
    with pytest.raises(LocalCloudError, match=words):
        Regions().set(message)
