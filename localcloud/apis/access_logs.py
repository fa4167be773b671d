"""Write the access log of a stage: its format, filled with what `$context` knows."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from localcloud import ministack, ministack_apis, ministack_logs
from localcloud.ministack_apis import ApiRequest, Served

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.]+)")
MISSING = "-"


def write(request: ApiRequest, served: Served) -> None:
    """Write a request's line into the log group that its stage names, if it names one."""
    settings = ministack_apis.stage(request.kind, request.api, request.stage).get(
        "accessLogSettings"
    )
    group = (settings or {}).get("destinationArn", "").partition(":log-group:")[2]
    group = group.removesuffix(":*")
    if settings and group and ministack_apis.log_group_exists(group):
        context = _context(request, served)
        ministack_logs.put_log_line(group, ministack.new_id(), fill(settings["format"], context))


def fill(log_format: str, context: Mapping[str, str]) -> str:
    """Replace the variables of a format; what is not known is a dash, as on AWS."""
    return _VARIABLE.sub(lambda found: context.get(found[1], MISSING), log_format)


def _context(request: ApiRequest, served: Served) -> dict[str, str]:
    place = ministack.current_place()
    now = datetime.now(UTC)
    request_id = ministack.new_id()
    route = ministack_apis.route_of(request)
    path = request.path if request.kind == "http" else f"/{request.stage}{request.path}"
    return {
        "accountId": place.account,
        "apiId": request.api,
        "domainName": f"{request.api}.execute-api.{place.region}.amazonaws.com",
        "error.message": served.error,
        "error.messageString": f'"{served.error}"',
        "extendedRequestId": request_id,
        "httpMethod": request.method,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.headers.get("user-agent", MISSING),
        "integrationLatency": str(served.milliseconds),
        "integration.latency": str(served.milliseconds),
        "path": path,
        "protocol": "HTTP/1.1",
        "requestId": request_id,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": str(int(time.time() * 1000)),
        "resourcePath": route,
        "responseLatency": str(served.milliseconds),
        "responseLength": str(served.length),
        "routeKey": route,
        "stage": request.stage,
        "status": str(served.status),
    }
