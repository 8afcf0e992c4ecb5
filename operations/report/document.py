"""The report as JSON, for programs. The format's version changes when a field's meaning does."""

from __future__ import annotations

import json
from dataclasses import asdict

from operations.report.model import EXIT_CODES, Report

VERSION = 1


def render(report: Report) -> str:
    """The whole report."""
    document = {
        "version": VERSION,
        "verdict": report.verdict,
        "exit_code": EXIT_CODES[report.verdict],
        **asdict(report),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
