"""Whether a role lets CodeBuild act as it."""

from localcloud import ministack, ministack_access

SERVICE = "codebuild.amazonaws.com"


def may_assume(role_arn: str) -> bool:
    """Tell whether a role exists and trusts CodeBuild, for a project of the present place."""
    account, _, name = role_arn.partition(":role/")
    trust = ministack.role_trust(account.rpartition(":")[2], name.rpartition("/")[2])
    place = ministack.current_place()
    return trust is not None and ministack_access.service_allowed(
        trust,
        service=SERVICE,
        action="sts:AssumeRole",
        resource=role_arn,
        source_arn=f"arn:aws:codebuild:{place.region}:{place.account}:project/*",
        source_account=place.account,
    )
