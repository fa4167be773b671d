"""Judge a package by the code signing configuration of the function that is to get it."""

import logging
import zipfile

from localcloud.errors import AwsError
from localcloud.signing import signature
from localcloud.signing.configs import ENFORCE, CodeSigningConfig

log = logging.getLogger("localcloud")


def verify(package: bytes, config: CodeSigningConfig, *, function: str) -> None:
    """Refuse a package that Lambda would refuse (AwsError); under Warn, log what it would count.

    One that was changed after it was signed is refused under Warn, too.
    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    try:
        found = signature.read(package)
    except zipfile.BadZipFile:  # which Lambda refuses anyway
        return
    if found is not None and not found.intact:
        raise AwsError(
            "InvalidCodeSignatureException",
            "The code signature failed the integrity check: the package was changed after it was"
            f" signed. Check the provided signature for {function}.",
        )
    if found is not None and found.profile_version in config.publishers:
        return
    # Lambda's own words: https://github.com/aws/aws-cdk/issues/29474
    words = (
        "Lambda cannot deploy the function. The function or layer might be signed using a"
        " signature that the client is not configured to accept. Check the provided signature for"
        f" {function}."
    )
    if config.policy == ENFORCE:
        raise AwsError("CodeVerificationFailedException", words)
    signer = found.profile_version if found else "nobody"
    log.warning("code signing: %s gets a package signed by %s (Warn)", function, signer)
