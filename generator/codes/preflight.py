"""Codes of preflight: what would stop a deployment half-way. docs/preflight.md lists them."""

from __future__ import annotations

from generator.codes.code import Code

_OPT_IN = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-opt-in-regions.html"
)
_LIMITS = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
)
_APIS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"
_VALIDATION = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-certificatemanager-certificate-domainvalidationoption.html"
)
_ASK = "Ask for more in Service Quotas ({}), or delete what nobody needs."

P101 = Code(
    "P101",
    "account pinned",
    "The credentials belong to another account than the environment is pinned to. Every command"
    " looks at this before anything else, and goes no further.",
    "Use credentials of the pinned account (`--profile`), or change `targets.tools_account`.",
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
    ignorable=False,
)
P102 = Code(
    "P102",
    "region enabled",
    "Regions introduced after March 2019 are disabled until an account enables them. A stack"
    " instance needs its region enabled in its own account and in the StackSets' account.",
    "Enable the region in the account's settings (it takes minutes, sometimes hours), or take"
    " it out of `regions`.",
    _OPT_IN,
)
P103 = Code(
    "P103",
    "trust for opt-in regions",
    "In a region that an account has to opt in to, CloudFormation acts as"
    " `cloudformation.<region>.amazonaws.com`: StackSets fail there when the administration"
    " role does not trust it.",
    "Deploy the unit `roles` of this build: its template names the opt-in regions. Where the"
    " role is another team's, have the service principal added to its trust policy.",
    _OPT_IN,
)
P201 = Code(
    "P201",
    "bucket names free",
    "Bucket names are one space for all accounts of AWS: a name that somebody has cannot be"
    " had, and one that the account itself has already (kept from an earlier stack, say) makes"
    " the new stack fail.",
    "Another account's: choose another `project` or `environment`, of which the names are"
    " made. Your own: empty and delete it, or bring it into the stack with `gen import`.",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html",
)
P202 = Code(
    "P202",
    "names free",
    "A resource with that name is there already, and belongs to no stack or to another one:"
    " CloudFormation takes nothing over, and the stack fails. It looks itself, but stack by"
    " stack as their turn comes; this is before the first of them. A secret that waits for its"
    " deletion still has its name.",
    "Delete it, bring it into the stack with `gen import`, or choose another `project` or"
    " `environment`, of which the names are made.",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html",
)
P301 = Code(
    "P301",
    "nothing with data is replaced",
    "A change would replace or delete a resource that keeps data: a table, a bucket, a key, a"
    " secret, a log group.",
    "Undo the change of the property that cannot change in place, or move the data first. What may"
    " go all the same is named: --allow-replace.",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    ignorable=False,
)
P401 = Code(
    "P401",
    "quota of stacks",
    "An account may have 2,000 stacks in a region, unless it asked for more.",
    "Ask for more in Service Quotas (L-0485CB21), or delete what nobody needs.",
    _LIMITS,
)
P402 = Code(
    "P402",
    "quota of StackSets",
    "An account may have 1,000 StackSets in a region, unless it asked for more.",
    "Ask for more in Service Quotas (L-EC62D81A), or delete what nobody needs.",
    _LIMITS,
)
P403 = Code(
    "P403",
    "quota of stack instances",
    "A StackSet may have 100,000 stack instances, unless the account asked for more.",
    "Ask for more in Service Quotas (L-C8225BA5), or take regions or accounts out.",
    _LIMITS,
)
P404 = Code(
    "P404",
    "concurrent operations",
    "In an administrator account 10,000 stack instances may be worked on in a region at the"
    " same time, of all StackSets together; the rest waits. Nothing fails, it takes longer.",
    "Ask for more in Service Quotas (L-6A4B2F69), or deploy in more and smaller waves.",
    _LIMITS,
)
P405 = Code(
    "P405",
    "quota of roles",
    "An account may have 1,000 roles in all its regions together, unless it asked for more.",
    _ASK.format("L-FE177D64"),
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
)
P406 = Code(
    "P406",
    "quota of managed policies",
    "An account may have 1,500 managed policies of its own, unless it asked for more.",
    _ASK.format("L-E95E4862"),
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
)
P407 = Code(
    "P407",
    "concurrency to reserve",
    "A function can reserve only what leaves 100 executions of the account's concurrency in"
    " the region to functions that reserve none. New accounts begin with as few as 10 in all.",
    "Ask for more concurrent executions in Service Quotas (L-B99A9384), or lower"
    " `reserved_concurrency`.",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
)
P408 = Code(
    "P408",
    "quota of APIs",
    "An account may have 600 regional APIs in a region; nobody can have more.",
    "Delete APIs that nobody needs, or deploy to another account.",
    _APIS,
)
P409 = Code(
    "P409",
    "quota of VPCs",
    "An account may have five VPCs in a region, the default one included, unless it asked for"
    " more.",
    "Ask for more in Service Quotas (L-F678F1CE), or share one: `network.mode: existing`.",
    "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
)
P410 = Code(
    "P410",
    "quota of log policies",
    "An account may have ten resource policies of CloudWatch Logs in a region; nobody can have"
    " more.",
    "Delete policies of services that are gone (`aws logs describe-resource-policies`), or"
    " merge them.",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html",
)
P411 = Code(
    "P411",
    "quota of buckets",
    "An account may have 10,000 buckets in all its regions together, unless it asked for more.",
    "Ask for more in Service Quotas (L-DC2B2D3D), or delete what nobody needs.",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html",
)
P501 = Code(
    "P501",
    "hosted zone",
    "CloudFormation proves a certificate and writes records in a Route 53 zone of the stack's"
    " own account. Without that zone, or with one that does not cover the name, the stack"
    " fails, or waits for the certificate for hours.",
    "Correct `api.domain`: the id of a public hosted zone, in the service's account, of whose"
    " name the domain name is a part.",
    _VALIDATION,
)
P502 = Code(
    "P502",
    "delegation",
    "The zone above sends the world to other name servers than the zone has: its records are"
    " never seen, and the certificate is never issued. Told only as far as the API knows: a"
    " zone above that is in another account, or elsewhere, is not looked at.",
    "Give the zone above an NS record with the servers that Route 53 gave the zone.",
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-routing-traffic-for-subdomains.html",
)
P503 = Code(
    "P503",
    "records free",
    "Route 53 takes no second record of a name and type unless both have the same routing"
    " policy and identifiers of their own, and nothing beside a CNAME: the stack fails.",
    "Delete the record that is there, or choose another `api.domain`.",
    "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html",
)
P601 = Code(
    "P601",
    "code in every region",
    "Lambda takes a function's code from a bucket of its own region: where the package is"
    " missing, the stack fails. What the build has in its folder is uploaded by the deployment"
    " itself before it is needed, and is not looked for.",
    "Render again, so that the package is in the build, or `gen publish` the release.",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html",
)

CODES = (
    P101, P102, P103, P201, P202, P301, P401, P402, P403, P404, P405, P406, P407, P408, P409, P410,
    P411, P501, P502, P503, P601,
)  # fmt: skip
