"""docs/alarms.md lists every kind of alarm as it is made."""

from __future__ import annotations

from components.alarms.catalog import catalog
from operations.alarm_page import PAGE, alarm_page


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == alarm_page(), "run `make docs`"


def test_each_kind_has_a_row_with_its_treatment_of_missing_data():
    rows = [line.split(" | ") for line in alarm_page().splitlines() if line.startswith("| ") and "`](runbooks" in line]
    assert len(rows) == len(catalog())
    assert {row[5].split(": ")[0] for row in rows} == {"fine", "wrong"}
    assert all(len(row[5].split(": ")[1]) > 10 for row in rows)
    assert {row[6] for row in rows} == {"warn", "page", "incident"}


def test_a_threshold_that_follows_from_a_size_is_shown_for_two():
    (row,) = [
        line for line in alarm_page().splitlines() if line.startswith("| instance of RDS | [`database-storage-low`")
    ]
    assert "< 2 GiB (small) to 100 GiB (large)" in row


def test_a_measure_that_is_the_platforms_own_is_given_for_both_with_its_source():
    (row,) = [line for line in alarm_page().splitlines() if "[`memory-high`]" in line]
    assert "ECS: AWS/ECS MemoryUtilization, Average<br>EKS: ContainerInsights pod_memory" in row
    assert "Container-Insights-metrics-enhanced-EKS.html" in row
