"""Statuses of StackSets, their operations and instances, and of stacks: in AWS's own words."""

from __future__ import annotations

from generator.codes.code import Code

_API = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/"
_INSTANCE = f"{_API}API_StackInstance.html"
_DETAILED = f"{_API}API_StackInstanceComprehensiveStatus.html"
_OPERATION = f"{_API}API_StackSetOperation.html"
_STACK = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"
_DRIFT = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html"

INSTANCES = (
    Code(
        "CURRENT", "the instance is as its StackSet is",
        "The stack has the set's template and values, with those of its own.",
        "Nothing.", _INSTANCE,
    ),
    Code(
        "OUTDATED", "the instance is behind its StackSet",
        "Its stack failed in an operation, or the operation failed or was stopped before it got"
        " there. An update of other instances only leaves it so, too.",
        "`gen status` says why, `gen resume` brings such instances up, canary first; `gen deploy`"
        " does it with the rest.",
        _INSTANCE,
    ),
    Code(
        "INOPERABLE", "operations leave the instance out",
        "Deleting its stack failed, and left it in an unstable state. StackSets leaves it out of"
        " every update from then on.",
        "Take the instance out of the set and leave its stack (`aws cloudformation"
        " delete-stack-instances --retain-stacks`; `gen status` has the whole command), repair or"
        " delete the stack, then deploy again.",
        _INSTANCE,
    ),
)  # fmt: skip
DETAILED = (
    Code(
        "PENDING", "its turn has not come",
        "The operation works region by region, and has not begun here.", "Wait: `gen attach`.",
        _DETAILED,
    ),
    Code("RUNNING", "it is being worked on", "The stack is being made, changed or deleted.",
         "Wait: `gen attach`.", _DETAILED),
    Code("SUCCEEDED", "the last operation about it went well",
         "The stack has what the operation was to give it.", "Nothing.", _DETAILED),
    Code(
        "FAILED", "the last operation about it failed",
        "CloudFormation could not make or change the stack, or could not even begin: a role that"
        " is not there or trusts nobody, a region that is disabled, an account gate that failed.",
        "The message has the root cause, with the line of the template. Put it right and"
        " `gen resume`, or render and deploy again.",
        _DETAILED,
    ),
    Code(
        "CANCELLED", "it was not tried",
        "The operation was stopped, or more instances failed than it tolerates, before its turn.",
        "Look at those that FAILED; then `gen resume`.", _DETAILED,
    ),
    Code(
        "SKIPPED_SUSPENDED_ACCOUNT", "its account is suspended",
        "The account was suspended when the operation ran, and was left out. That is no failure.",
        "Have the account reinstated, or take it out of `targets`.", _DETAILED,
    ),
    Code(
        "FAILED_IMPORT", "bringing its stack into the set failed",
        "The import left the stack in an unstable state; it is left out until it is imported well.",
        "Put right why it failed, then `gen import` the stack again.", _DETAILED,
    ),
)  # fmt: skip
OPERATIONS = (
    Code(
        "QUEUED", "another operation is first",
        "An operation on the same StackSet has not ended. They run one after the other.",
        "Wait: `gen attach`; or `gen stop` the one that runs.", _OPERATION,
    ),
    Code("RUNNING", "it is under way", "Instances are being worked on.",
         "`gen attach` follows it, `gen stop` stops it.", _OPERATION),
    Code(
        "SUCCEEDED", "it has ended well enough",
        "No more instances failed than it tolerates: single ones may have. gen calls that a"
        " failure all the same (exit code 1), and names them.",
        "Nothing, unless `gen status` names instances that are behind.", _OPERATION,
    ),
    Code(
        "FAILED", "more instances failed than it tolerates",
        "Regions that were not begun were left as they were.",
        "The root cause is told with it; put it right, then `gen resume` or `gen deploy`, or"
        " `gen rollback`.",
        _OPERATION,
    ),
    Code("STOPPING", "it is being stopped", "What runs is finished, nothing more is begun.",
         "Wait: `gen attach`.", _OPERATION),
    Code(
        "STOPPED", "somebody stopped it",
        "`gen stop`, the console or the API. Instances may differ.",
        "`gen status` says which have what; `gen resume`, `gen rollback` or `gen deploy`.",
        _OPERATION,
    ),
)  # fmt: skip
STACKS = (
    Code(
        "CREATE_FAILED", "a resource could not be made",
        "The stack was to be kept as it is when something fails.",
        "See its event; then deploy again: gen deletes the remains and makes the stack anew.",
        _STACK,
    ),
    Code(
        "ROLLBACK_COMPLETE", "its creation failed and was undone",
        "The first creation of the stack failed. Such a stack can only be deleted.",
        "Put right what the message names as the root cause; `gen deploy` deletes it and makes it"
        " anew.",
        _STACK,
    ),
    Code(
        "ROLLBACK_FAILED", "its creation failed, and so did undoing it",
        "Something that was made already could not be deleted again.",
        "See its events for what cannot be deleted, put that right; `gen deploy` makes it anew.",
        _STACK,
    ),
    Code(
        "UPDATE_ROLLBACK_COMPLETE", "an update failed and was undone",
        "The stack has what it had before.",
        "Put right the root cause, and deploy again.", _STACK,
    ),
    Code(
        "UPDATE_ROLLBACK_FAILED", "an update failed, and so did undoing it",
        "Something that the update had changed could not be changed back, often because it was"
        " changed or deleted by hand. The stack takes no update until it is repaired.",
        "Put right what its events name, then `aws cloudformation continue-update-rollback"
        " --stack-name NAME` (--resources-to-skip for what cannot be saved), then deploy again.",
        _STACK,
    ),
    Code(
        "DELETE_FAILED", "it could not be deleted",
        "Something in it is protected, not empty, or used by others.",
        "See its events; then `gen destroy` again: it goes on where it was.", _STACK,
    ),
    Code(
        "REVIEW_IN_PROGRESS", "a change set waits, and there is no stack yet",
        "Somebody made a change set of a new stack and did not carry it out.",
        "Delete it, or let `gen deploy` take its place.", _STACK,
    ),
)  # fmt: skip
DRIFT = (
    Code("IN_SYNC", "as its template says", "Nothing was changed behind CloudFormation's back.",
         "Nothing.", _DRIFT),
    Code(
        "DRIFTED", "not as its template says",
        "Somebody, or something, changed or deleted a resource without CloudFormation.",
        "`gen drift` names each property and its line. Undo it there, or put it into the template:"
        " a deployment does not change what the template has not changed.",
        _DRIFT,
    ),
    Code("NOT_CHECKED", "not compared yet", "Nobody has asked CloudFormation to compare.",
         "`gen drift`.", _DRIFT),
)  # fmt: skip
