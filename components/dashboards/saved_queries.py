"""Queries of CloudWatch Logs Insights over the JSON logs of services (docs/logs.md), as plain text.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from collections.abc import Mapping
from types import MappingProxyType

ERROR_LEVELS = ("error", "ERROR", "fatal", "FATAL", "critical", "CRITICAL")
"""What common loggers write as `level` of a line that somebody must read."""

ERRORS = (
    "fields @timestamp, level, message, error, request_id"
    ' | filter tolower(level) in ["error", "fatal", "critical"]'
    " | sort @timestamp desc | limit 50"
)
"""The last errors."""

QUERIES: Mapping[str, str] = MappingProxyType(
    {
        "errors": ERRORS,
        "errors-by-message": (
            'filter tolower(level) in ["error", "fatal", "critical"]'
            " | stats count(*) as errors, latest(@timestamp) as last by message | sort errors desc | limit 50"
        ),
        "slowest-requests": (
            "filter ispresent(duration_ms)"
            " | fields @timestamp, method, path, status, duration_ms, request_id"
            " | sort duration_ms desc | limit 50"
        ),
        "requests-by-status": (
            "filter ispresent(status)"
            " | stats count(*) as requests, pct(duration_ms, 95) as p95_ms by status, bin(5m) | sort requests desc"
        ),
        "slowest-paths": (
            "filter ispresent(duration_ms)"
            " | stats count(*) as requests, pct(duration_ms, 50) as p50_ms, pct(duration_ms, 95) as p95_ms,"
            " max(duration_ms) as max_ms by path | sort p95_ms desc | limit 50"
        ),
        "one-request": (
            'fields @timestamp, level, message | filter request_id = "put the id here" | sort @timestamp asc'
        ),
    }
)
"""Name -> query; saved for every service, over its own log group."""


def error_pattern() -> str:
    """The filter pattern that picks errors out of JSON lines: metric filters know no functions.

    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    terms = " || ".join(f'($.level = "{level}")' for level in ERROR_LEVELS)
    return f"{{ {terms} }}"
