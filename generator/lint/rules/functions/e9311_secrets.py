"""E9311: secrets in environment variables."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.functions import functions
from generator.lint.template.secrets import says_secret
from generator.lint.template.text import PLACEHOLDER, WHOLE, placeholders

WHERE = re.compile(r"(Arn|Id|Name|Parameter|Path|Prefix|Ref|Uri|Url)s?$", re.IGNORECASE)
"""At the end of a parameter's name: it says where something is."""
PLACE = re.compile(r"arn:.*|https?://.*|/.*|[a-z0-9_.-]+(/[a-z0-9_.-]+)+", re.DOTALL)
"""A literal that says where a secret is."""
SWITCH = re.compile(r"true|false|yes|no|on|off|none|null|required|optional|", re.IGNORECASE)
SECRET = re.compile(r"\{\{resolve:secretsmanager:([^{}]*)\}\}")
SSM = re.compile(r"\{\{resolve:ssm(?:-secure)?:([^:{}]*)[^{}]*\}\}")
PICKED = re.compile(r":(?:SecretString)?:([^:]+)")
"""What a dynamic reference takes out of a secret."""


class Secrets(Guardrail):
    """Functions read secrets when they run, and their environment has a key of its own."""

    id = "E9311"
    shortdesc = "Secret in a function's environment, or environment without a key"
    description = (
        "Everybody who may look at a function sees its environment, and so does every old version, "
        "for ever. A dynamic reference changes nothing: CloudFormation writes the secret there in "
        "plain text. Without KmsKeyArn, no key policy says who may read the rest."
    )
    source_url = (
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"
    )
    bad = """
Parameters:
  Password: {Type: String, NoEcho: true}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Environment:  # <- Orders
        Variables:
          TABLE: orders
          DB_PASSWORD: !Ref Password  # <- Orders
          API_TOKEN: "{{resolve:secretsmanager:orders/api:SecretString:token}}"  # <- Orders
"""
    good = """
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
  Api: {Type: AWS::SecretsManager::Secret, Properties: {KmsKeyId: !Ref Key}}
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      KmsKeyArn: !GetAtt Key.Arn
      Environment:
        Variables:
          MAX_TOKENS: "4096"
          API_SECRET_ARN: !Ref Api
          API_TOKEN: !Ref Api
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in functions(template):
            yield from self._key(function)
            for variables in function.get("Environment", "Variables"):
                for name, value in variables.fields():
                    what = _put_there(template, name, value) or (
                        says_secret(name) and _shown(template, value)
                    )
                    if what:
                        yield Flaw.at(
                            value,
                            f"give {name} the secret's ARN or name, and read it at run time: "
                            f"{what} is there in plain text",
                        )

    def _key(self, function: Resource) -> Iterator[Flaw]:
        for variables in function.get("Environment", "Variables"):
            if variables.is_absent or variables.value == {}:
                continue
            for key in function.get("KmsKeyArn", given=variables.given):
                if key.is_absent:
                    environment = next(function.get("Environment", given=key.given))
                    yield Flaw.at(environment, "set KmsKeyArn: it encrypts the Environment")


def _put_there(template: Template, name: str, value: Node) -> str | None:
    """Say what secret is put there, whatever the variable is called."""
    for secret in SECRET.findall(PLACEHOLDER.sub("-", value.text or "")):
        picked = PICKED.search(secret)
        if picked is None or says_secret(picked[1]) or says_secret(name):
            return "what {{resolve:secretsmanager…}} gives"
    # A parameter that is the whole value may be a secret's name; as part of one, it is the secret.
    whole = WHOLE.fullmatch(value.text or "") is not None
    for each in placeholders(value.text or ""):
        may_be_name = whole and (WHERE.search(name) or not _hidden(template, each))
        shown = None if may_be_name else _of_parameter(template, each)
        if shown and says_secret(each):
            return shown
    return None


def _shown(template: Template, value: Node) -> str | None:
    """Say what of a secret stands in the stack under a secret's name; None when nothing does."""
    if (text := value.text) is None:
        return None
    if parameter := SSM.search(PLACEHOLDER.sub("-", text)):
        return None if WHERE.search(parameter[1]) else "what {{resolve:ssm…}} gives"
    for name in placeholders(text):
        if shown := _of_parameter(template, name):
            return shown
    literal = value.literal
    if literal is None or "{{resolve:" in literal or SWITCH.fullmatch(literal):
        return None
    if PLACE.fullmatch(literal):
        return None
    return "it"


def _of_parameter(template: Template, name: str) -> str | None:
    parameter = template.section("Parameters").get(name)
    if parameter is None or WHERE.search(name):
        return None
    kind = next(parameter.get("Type")).literal or ""
    if kind.startswith("AWS::SSM::Parameter::Value"):
        return f"the value of {name}"
    if (default := next(parameter.get("Default")).literal) and PLACE.fullmatch(default):
        return None
    named = kind == "String" and says_secret(name)
    return f"the parameter {name}" if named or _hidden(template, name) else None


def _hidden(template: Template, name: str) -> bool:
    parameter = template.section("Parameters").get(name)
    return parameter is not None and next(parameter.get("NoEcho")).is_true
