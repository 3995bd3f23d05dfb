"""Links into AWS's console.

https://docs.aws.amazon.com/step-functions/latest/dg/exec-details-interface-overview.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
They do not say the addresses: these are what the console itself shows for such a page.
"""

from urllib.parse import quote

_DOMAINS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""By the partition of an ARN."""


def console_url(arn: str, region: str, started_ms: int) -> str | None:
    """The page of an execution; None in a partition without a public console.

    Args:
        started_ms: in milliseconds; the console looks for an Express execution at this time.
    """
    domain = _domain(arn, region)
    if domain is None:
        return None
    is_express = ":express:" in arn
    view = "express-executions" if is_express else "v2/executions"
    search = f"?startDate={started_ms}" if is_express else ""
    return f"https://{domain}/states/home?region={region}#/{view}/details/{arn}{search}"


def logs_url(log_group: str, arn: str, region: str) -> str | None:
    """The page of a log group; None as for `console_url`."""
    domain = _domain(arn, region)
    if domain is None:
        return None
    # The console decodes a fragment twice, and writes "$" in place of "%".
    group = quote(quote(log_group, safe=""), safe="").replace("%", "$")
    return f"https://{domain}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{group}"


def _domain(arn: str, region: str) -> str | None:
    domain = _DOMAINS.get(arn.split(":")[1])
    return f"{region}.{domain}" if domain else None
