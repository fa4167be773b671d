"""The environment in which ministack and the functions it runs may live."""

import os
import tempfile

from localcloud.home import Home

# A region and account that nobody asks for by accident: a call that carries neither is visible.
DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"


def prepare(home: Home, *, port: int) -> None:
    """Set this process's environment before ministack is imported, for it reads it at import.

    The caller's AWS settings are dropped: neither the server nor a function may ever
    reach the real AWS with the credentials of whoever started it.
    """
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO_"))]:
        del os.environ[name]
    # Functions run in child processes; only their own code belongs on their path.
    os.environ.pop("PYTHONPATH", None)
    os.environ.update(_settings(home, port))
    tempfile.tempdir = str(home.scratch)


def _settings(home: Home, port: int) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": DEFAULT_ACCOUNT,
        "MINISTACK_REGION": DEFAULT_REGION,
        "AUTH": "false",
        "USE_SSL": "0",
        # Both would open 0.0.0.0.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "STATE_DIR": str(home.path / "state"),
        "S3_DATA_DIR": str(home.path / "s3"),
        "TMPDIR": str(home.scratch),
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": os.environ.get("LOCALCLOUD_LOG_LEVEL", "WARNING"),
        # SDKs put this in their user agent: it tells a function's calls from a client's.
        "AWS_EXECUTION_ENV": "AWS_Lambda_local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_SECRET_ACCESS_KEY": "local",
        # No Docker, even where there is one: the local cloud runs the same everywhere.
        "DOCKER_HOST": f"unix://{home.path / 'no-docker.sock'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
