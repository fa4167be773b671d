"""Parameters of Systems Manager: the release pointers."""

from __future__ import annotations

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


class Parameters:
    """The parameters of the tools account in one region."""

    def __init__(self, cloud: Cloud, *, region: str):
        self._client = cloud.client("ssm", region=region)

    def get(self, name: str) -> str | None:
        """Read a parameter's value; None when there is none."""
        try:
            with aws_errors(f"reading parameter {name}"):
                return str(self._client.get_parameter(Name=name)["Parameter"]["Value"])
        except AwsError as error:
            if error.code == "ParameterNotFound":
                return None
            raise

    def put(self, name: str, value: str) -> None:
        """Change the value of a parameter that a stack has created."""
        with aws_errors(f"writing parameter {name}"):
            self._client.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
