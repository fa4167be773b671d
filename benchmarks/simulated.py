"""An AWS account full of StackSets that answers by itself: no network, no local cloud.

botocore signs, sends and parses as always, but every request is answered here, in pages of a
hundred as AWS's are, and counted by action.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from generator.aws import Cloud

TOOLS = "111111111111"
HOME = "us-east-1"
REGIONS = tuple(
    """us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 eu-west-1 eu-west-2 eu-west-3
    eu-central-1 eu-north-1 eu-south-1 ap-south-1 ap-southeast-1 ap-southeast-2 ap-northeast-1
    ap-northeast-2 ap-northeast-3 ap-east-1 me-south-1""".split()
)
PAGE = 100
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackInstances.html"""
NO_OWN_VALUES = hashlib.sha256(json.dumps({}).encode()).hexdigest()[:8]
"""How the name of an operation of gen's tells that its instances have no values of their own."""
LAST = f"gen-0123456789abcdef-{NO_OWN_VALUES}"


def accounts(number: int) -> list[str]:
    """Name that many accounts."""
    return [f"{200000000000 + n}" for n in range(number)]


@dataclass
class SimulatedSet:
    """A StackSet that is there, in all regions of all accounts."""

    name: str
    template: str
    parameters: dict[str, str]
    tags: dict[str, str]
    accounts: list[str]
    failed_every: int = 0
    """One instance in this many failed in the last operation; none when 0."""
    last_operation: str = LAST
    own: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.accounts) * len(REGIONS)


class SimulatedCloud(Cloud):
    """A cloud whose CloudFormation is simulated; `latency` seconds pass with every call."""

    def __init__(self, sets: list[SimulatedSet], *, latency: float = 0.0):
        super().__init__(endpoint="http://127.0.0.1:9", account=TOOLS)
        self.calls: Counter[str] = Counter()
        self._sets = {one.name: one for one in sets}
        self._latency = latency
        self._counting = threading.Lock()
        self._wired: set[int] = set()

    def client(self, service: str, *, region: str, account: str | None = None) -> Any:
        found = super().client(service, region=region, account=account)
        with self._counting:
            if id(found) not in self._wired:
                self._wired.add(id(found))
                found.meta.events.register("before-send", self._answer)
        return found

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        action = asked["Action"]
        with self._counting:
            self.calls[action] += 1
        if self._latency:
            time.sleep(self._latency)
        result = "".join(getattr(self, f"_{action}")(self._sets[asked["StackSetName"]], asked))
        text = (
            f'<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
            f"<{action}Result>{result}</{action}Result>"
            "<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata>"
            f"</{action}Response>"
        )
        headers = {"Content-Type": "text/xml"}
        return AWSResponse(request.url, 200, headers, _Body(text.encode()))  # type: ignore[arg-type]

    @staticmethod
    def _DescribeStackSet(one: SimulatedSet, asked: dict[str, str]) -> Iterator[str]:  # noqa: N802
        yield f"<StackSet><StackSetName>{one.name}</StackSetName><Status>ACTIVE</Status>"
        yield f"<StackSetId>{one.name}:0</StackSetId>"
        yield f"<TemplateBody>{escape(one.template)}</TemplateBody><Parameters>"
        yield from _pairs(one.parameters, "ParameterKey", "ParameterValue")
        yield "</Parameters><Tags>"
        yield from _pairs(one.tags, "Key", "Value")
        yield "</Tags><Capabilities><member>CAPABILITY_NAMED_IAM</member></Capabilities>"
        yield f"<AdministrationRoleARN>arn:aws:iam::{TOOLS}:role/admin</AdministrationRoleARN>"
        yield "<ExecutionRoleName>exec</ExecutionRoleName></StackSet>"

    @staticmethod
    def _ListStackInstances(one: SimulatedSet, asked: dict[str, str]) -> Iterator[str]:  # noqa: N802
        start = int(asked.get("NextToken", 0))
        end = min(start + PAGE, one.size)
        yield "<Summaries>"
        for number in range(start, end):
            account = one.accounts[number // len(REGIONS)]
            region = REGIONS[number % len(REGIONS)]
            bad = one.failed_every and number % one.failed_every == 0
            yield (
                f"<member><StackSetId>{one.name}:0</StackSetId><Account>{account}</Account>"
                f"<Region>{region}</Region><StackId>arn:aws:cloudformation:{region}:{account}:stack/"
                f"StackSet-{one.name}/{number:012}</StackId>"
                f"<Status>{'OUTDATED' if bad else 'CURRENT'}</Status>"
                f"<StatusReason>{'the role is missing' if bad else ''}</StatusReason>"
                f"<StackInstanceStatus><DetailedStatus>{'FAILED' if bad else 'SUCCEEDED'}"
                "</DetailedStatus></StackInstanceStatus><DriftStatus>NOT_CHECKED</DriftStatus>"
                f"<LastOperationId>{one.last_operation}</LastOperationId></member>"
            )
        yield "</Summaries>"
        if end < one.size:
            yield f"<NextToken>{end}</NextToken>"

    @staticmethod
    def _DescribeStackInstance(  # noqa: N802
        one: SimulatedSet, asked: dict[str, str]
    ) -> Iterator[str]:
        account, region = asked["StackInstanceAccount"], asked["StackInstanceRegion"]
        yield f"<StackInstance><Account>{account}</Account><Region>{region}</Region>"
        yield "<Status>CURRENT</Status><ParameterOverrides>"
        yield from _pairs(one.own.get((account, region), {}), "ParameterKey", "ParameterValue")
        yield "</ParameterOverrides></StackInstance>"

    @staticmethod
    def _ListStackSetOperations(  # noqa: N802
        one: SimulatedSet, asked: dict[str, str]
    ) -> Iterator[str]:
        # A set's history is long; gen needs the newest alone, which comes first.
        yield "<Summaries>"
        for number in range(PAGE):
            yield (
                f"<member><OperationId>{one.last_operation if number == 0 else number}"
                "</OperationId><Action>UPDATE</Action><Status>SUCCEEDED</Status>"
                "<CreationTimestamp>2026-11-21T12:00:00Z</CreationTimestamp>"
                "<EndTimestamp>2026-11-21T12:10:00Z</EndTimestamp></member>"
            )
        yield "</Summaries><NextToken>more</NextToken>"


class _Body:
    """What botocore reads an answer from."""

    def __init__(self, data: bytes):
        self._data = data

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._data


def _pairs(values: dict[str, str], name: str, value: str) -> Iterator[str]:
    for key, text in values.items():
        yield f"<member><{name}>{key}</{name}><{value}>{escape(text)}</{value}></member>"
