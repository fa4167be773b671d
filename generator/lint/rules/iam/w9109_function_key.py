"""W9109: the key of a function's environment."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.grants import lacks
from generator.lint.template.reach import thing_at


class FunctionKey(Guardrail):
    """A function may decrypt its own environment."""

    id = "W9109"
    shortdesc = "Function can't use the key of its environment, unless a grant lets it"
    description = (
        "Lambda decrypts environment variables with the function's role. Without kms:Decrypt it "
        "depends on a grant that whoever deploys must be allowed to create; revoked, every call "
        "fails."
    )
    source_url = (
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"
    )
    bad = """
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt WorkerRole.Arn
      Code: {S3Bucket: code, S3Key: worker.zip}
      KmsKeyArn: !GetAtt Key.Arn  # <- Worker
      Environment: {Variables: {STAGE: live}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Action: [kms:Decrypt, kms:PutKeyPolicy]
            Resource: "*"
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
"""
    good = """
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt WorkerRole.Arn
      Code: {S3Bucket: code, S3Key: worker.zip}
      KmsKeyArn: !GetAtt Key.Arn
      Environment: {Variables: {STAGE: live}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Action: [kms:Decrypt, kms:PutKeyPolicy]
            Resource: "*"
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: key
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: kms:Decrypt, Resource: !GetAtt Key.Arn}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in template.of_type("AWS::Lambda::Function"):
            for named in function.get("Role"):
                role = template.target(named, "AWS::IAM::Role")
                if role is None:
                    continue
                for key in function.get("KmsKeyArn", given=named.given):
                    thing = thing_at(template, key)
                    # Of a key of another template the policy isn't known: it may name the role.
                    if thing.resource is None:
                        continue
                    for variables in function.get("Environment", "Variables", given=key.given):
                        if variables.is_absent or variables.value == {}:
                            continue
                        if lacks(template, role, "kms:Decrypt", thing, variables.given):
                            yield Flaw.at(
                                key,
                                f"let the role {role.id} do kms:Decrypt on {thing.resource.id}, or "
                                "make sure that whoever deploys may create grants on it",
                            )
