"""E9301: runtimes that are old, or soon will be."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.runtimes import deprecation_of
from generator.lint.template import Template
from generator.lint.template.functions import functions


class Runtime(Guardrail):
    """Functions run on what AWS will still patch next year."""

    id = "E9301"
    shortdesc = "Lambda runtime is deprecated or soon will be"
    description = (
        "A deprecated runtime gets no security patches, and some months later AWS refuses every "
        "update of the function, also the one that mends it. Python before 3.12 runs on Amazon "
        "Linux 2, whose end has come."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
    bad = """
Parameters:
  Python: {Type: String, Default: python3.9}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs18.x  # <- Orders
      Handler: index.handler
      Role: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/orders"
      Code: {S3Bucket: !Ref AWS::StackName, S3Key: orders.zip}
  Mail:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: !Ref Python  # <- Mail
      Handler: app.handler
      Role: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/mail"
      Code: {S3Bucket: !Ref AWS::StackName, S3Key: mail.zip}
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/orders"
      Code: {S3Bucket: !Ref AWS::StackName, S3Key: orders.zip}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in functions(template):
            for node in function.get("Runtime"):
                runtime = template.default_of(node)
                if runtime is not None and (due := deprecation_of(runtime)):
                    newer = "python3.12 or newer" if runtime.startswith("python") else "a newer one"
                    yield Flaw.at(
                        node, f"set Runtime to {newer}: {runtime} is deprecated as of {due}"
                    )
