"""A name says secret as its noun, in any spelling."""

from __future__ import annotations

import pytest

from generator.lint.template.secrets import says_secret

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "name",
    [
        *("DB_PASSWORD", "API_TOKEN", "CLIENT_SECRET", "dbPassword", "DBPASSWORD", "apiKey"),
        *("API_KEY", "AWS_SECRET_ACCESS_KEY", "JWT_SECRET_PROD", "TOKEN_2", "SMTP-PASSWD", "token"),
    ],
)
def test_this_is_a_secret(name: str) -> None:
    assert says_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *("MAX_TOKENS", "SECRET_ARN", "MAX_TOKEN", "TOKEN_URL", "PASSWORD_MIN_LENGTH", "KEY"),
        *("PARTITION_KEY", "S3_KEY", "KEYBOARD", "SecretName", "ACCESS_KEY_ID", "SECRETARY"),
        *("", "1", "é"),
    ],
)
def test_this_is_not_or_only_about_one(name: str) -> None:
    assert not says_secret(name)
