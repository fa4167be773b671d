"""Why AWS refused: codes that calls answer with, and those of resources in a stack's events."""

from __future__ import annotations

from generator.codes.code import Code

_COMMON = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html"
_SETS = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-troubleshooting.html"
)
_HANDLERS = (
    "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/"
    "resource-type-test-contract-errors.html"
)
_AGAIN = "Run the same command again: it goes on where it was."

CALLS = (
    Code(
        "AccessDenied", "the caller may not do this",
        "No policy allows the action, or one denies it: the user's or role's own, a permissions"
        " boundary, the organization's. Some services write it AccessDeniedException or"
        " UnauthorizedOperation.",
        "The message names the action and who called. Allow it there, or take other credentials"
        " (--profile). `gen doctor` says whose credentials these are.",
        _COMMON,
    ),
    Code(
        "ExpiredToken", "the credentials have expired",
        "Session credentials last hours. gen waits for new ones where somebody is there to sign"
        " in. Also ExpiredTokenException and RequestExpired; a clock that is wrong looks the same.",
        f"Sign in again (for example `aws sso login`). {_AGAIN}", _COMMON,
    ),
    Code(
        "InvalidClientTokenId", "AWS does not know the access key",
        "The key was deleted or switched off, belongs to another partition (China, GovCloud), or"
        " its session token is missing. Also UnrecognizedClientException.",
        "Sign in again, or name another profile (--profile).", _COMMON,
    ),
    Code(
        "SignatureDoesNotMatch", "the signature is wrong",
        "The secret key is not that of the access key, or this machine's clock is more than five"
        " minutes off. Also RequestTimeTooSkewed.",
        "`gen doctor` compares the clock; else sign in again.", _COMMON,
    ),
    Code(
        "Throttling", "AWS was asked too often",
        "Others ask in the same account and region, too. gen slows down and asks again for half an"
        " hour before it gives up.",
        _AGAIN, _COMMON,
    ),
    Code(
        "OptInRequired", "the region, or the service, is not enabled",
        "Regions introduced after March 2019 are disabled until an account enables them.",
        "Enable it in the account's settings, or take it out of `regions`: `gen explain P102`.",
        _COMMON,
    ),
    Code(
        "OperationInProgressException", "another operation on the StackSet has not ended",
        "Another gen, the pipeline, the rollback coordinator or the console is at it. gen waits"
        " for it by itself where that is right.",
        "`gen attach` follows it, `gen stop` stops it.", _SETS,
    ),
    Code(
        "StaleRequestException", "another operation came before",
        "The StackSet was changed between looking and asking.", _AGAIN, _SETS,
    ),
    Code(
        "StackSetNotFoundException", "there is no such StackSet",
        "It was never deployed, was deleted, or is in another account or region than the pinned"
        " ones.",
        "`gen status`, and `gen deploy`.", _SETS,
    ),
    Code(
        "StackInstanceNotFoundException", "the set has no instance there",
        "It was taken out of the set, or never made.", "`gen deploy` makes it.", _SETS,
    ),
    Code(
        "LimitExceededException", "a quota is used up",
        "The account has as many of these as it may have.",
        "Ask for more in Service Quotas, or delete what nobody needs. `gen doctor` shows those that"
        " matter.",
        _COMMON,
    ),
    Code(
        "InsufficientCapabilitiesException", "the template makes roles, and nobody agreed to it",
        "A change that is made by hand has to tick that IAM resources with names are made.",
        "In the console tick the box on the last page; gen does it by itself.", _COMMON,
    ),
)  # fmt: skip
HANDLERS = (
    Code(
        "AlreadyExists", "something of that name is there already",
        "A resource with a name of its own is there and belongs to no stack, or to another one.",
        "Delete it, bring its stack in with `gen import`, or choose another `project` or"
        " `environment`: `gen explain P202`.",
        _HANDLERS,
    ),
    Code(
        "AccessDenied", "the execution role may not do this",
        "Stacks of a StackSet are made by the execution role of their account; it lacks an action,"
        " or something above it (a boundary, the organization) denies it.",
        "Render again, and deploy the units `roles` and `execution-role`: gen computes the actions"
        " from the templates. Where the role is another team's, have the action added.",
        _HANDLERS,
    ),
    Code(
        "InvalidRequest", "the service did not accept a property",
        "The value is well-formed, but not one that the service takes, here or together with the"
        " others.",
        "The message says which. It has the line of the template: correct it, render, deploy.",
        _HANDLERS,
    ),
    Code(
        "NotFound", "something that it needs is not there",
        "It was deleted by hand, or is of another region or account.",
        "`gen drift` finds what was deleted. Make it again, or have the stack make it: rename it.",
        _HANDLERS,
    ),
    Code("NotUpdatable", "it cannot be changed in place",
         "The property can only be given when the resource is made.",
         "`gen plan` shows what would be replaced; undo the change, or let it be replaced.",
         _HANDLERS),
    Code(
        "ServiceLimitExceeded", "a quota of the service is used up",
        "The account has as many of these in the region as it may have.",
        "Ask for more in Service Quotas. `gen doctor` shows those that matter, preflight (P4..)"
        " tells before a deployment.",
        _HANDLERS,
    ),
    Code(
        "NotStabilized", "it did not become ready",
        "The service took the resource, and it then failed or took too long.",
        "The message says what it waited for; see the resource in its service's console.",
        _HANDLERS,
    ),
    Code("ResourceConflict", "it is being changed by somebody else",
         "Two changes of the same resource at once.", _AGAIN, _HANDLERS),
    Code(
        "GeneralServiceException", "the service refused, for a reason of its own",
        "An alias that CodeDeploy did not move is one: the new version failed its check, or an"
        " alarm turned while traffic shifted.",
        "The message has the service's words. `gen logs` shows the traffic shift and the alarms.",
        _HANDLERS,
    ),
    Code("InternalFailure", "the service failed", "Nothing is wrong with the template. Also"
         " ServiceInternalError, ServiceTimeout and NetworkFailure.", _AGAIN, _HANDLERS),
)  # fmt: skip
