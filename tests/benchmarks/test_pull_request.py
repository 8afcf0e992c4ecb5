"""What the benchmark of the report says; its times are never judged here."""

from benchmarks.pull_request import Rendering, rendered, told
from operations.report.commands import FORMATS

TAKEN = {"dev": 2.0, "staging": 3.0, "prod": 5.0, "report": 6.0}


def test_each_format_is_written_of_a_thousand_resources():
    made = rendered()
    assert [one.format for one in made] == list(FORMATS)
    assert all(one.size > 10_000 for one in made)


def test_the_report_is_held_against_the_sum_and_the_slowest_of_the_previews():
    lines = list(told(TAKEN, []))
    assert "0.60 times their sum, 1.20 times the slowest" in lines[1]
    assert lines[-1] == "Too slow: none. Too large: none."


def test_what_is_too_slow_or_too_large_is_named():
    formats = [Rendering("markdown", 1.5, 10), Rendering("html", 0.5, 3_000_000)]
    assert list(told(TAKEN, formats))[-1] == "Too slow: markdown. Too large: html."
