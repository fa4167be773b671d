"""What some of AWS's own managed policies allow, on every resource.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
Of a policy that isn't listed nothing is known, so listing fewer is safe and listing wrongly is not.
"""

from __future__ import annotations

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
TRACES = (
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)

ALLOWED: dict[str, tuple[str, ...]] = {
    "AdministratorAccess": ("*",),
    "AmazonS3FullAccess": ("s3:*", "s3-object-lambda:*"),
    "AmazonS3ReadOnlyAccess": (
        "s3:Describe*",
        "s3:Get*",
        "s3:List*",
        "s3-object-lambda:Get*",
        "s3-object-lambda:List*",
    ),
    "AmazonSNSFullAccess": ("sns:*",),
    "AmazonSQSFullAccess": ("sqs:*",),
    "AmazonSSMReadOnlyAccess": ("ssm:Describe*", "ssm:Get*", "ssm:List*"),
    "AWSXRayDaemonWriteAccess": TRACES,
    "AWSXrayWriteOnlyAccess": TRACES,
    "service-role/AWSLambdaBasicExecutionRole": LOGS,
    "service-role/AWSLambdaDynamoDBExecutionRole": (
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        *LOGS,
    ),
    "service-role/AWSLambdaKinesisExecutionRole": (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        "kinesis:ListStreams",
        "kinesis:SubscribeToShard",
        *LOGS,
    ),
    "service-role/AWSLambdaRole": ("lambda:InvokeFunction",),
    "service-role/AWSLambdaSQSQueueExecutionRole": (
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        *LOGS,
    ),
    "service-role/AWSLambdaVPCAccessExecutionRole": (
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
        *LOGS,
    ),
}
"""Patterns of actions, by what follows `arn:aws:iam::aws:policy/`."""
