"""SNS: who has not confirmed to be told."""

from __future__ import annotations

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


def unconfirmed(cloud: Cloud, topic: str) -> list[str]:
    """List the addresses that are subscribed to a topic and have not confirmed it.

    https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
    """
    _, _, _, region, account, _ = topic.split(":")
    client = cloud.client("sns", region=region, account=account)
    try:
        with aws_errors(f"reading the subscriptions of {topic}"):
            rows = [
                row
                for page in client.get_paginator("list_subscriptions_by_topic").paginate(
                    TopicArn=topic
                )
                for row in page["Subscriptions"]
            ]
    except AwsError as error:
        if error.code in {"NotFound", "NotFoundException"}:
            return []
        raise
    return [row["Endpoint"] for row in rows if row["SubscriptionArn"] == "PendingConfirmation"]
