"""What the local cloud knows of a service's protocol, which decides an answer's content type."""

from __future__ import annotations

import botocore.session
import pytest
from ministack.core import responses

from localcloud import ministack_answers

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "service",
    ["apigatewayv2", "cloudformation", "cloudwatch", "codedeploy", "ec2", "lambda", "s3", "sqs"],
)
def test_the_head_of_a_model_says_what_the_whole_says(
    monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    monkeypatch.setattr(responses, "_service_model", lambda _: pytest.fail("read the whole"))
    ministack_answers.know_protocols()
    whole = botocore.session.Session().get_service_model(service)
    assert responses._service_model(service).metadata == dict(whole.metadata)


def test_what_has_no_model_is_asked_of_ministack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "_service_model", lambda name: f"whole {name}")
    ministack_answers.know_protocols()
    assert responses._service_model("no-such-service") == "whole no-such-service"
