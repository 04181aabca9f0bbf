"""What is read of a report, on reports as Lighthouse writes them."""

from typing import Any

import pytest

from .audit import CATEGORIES, AuditError, score, shortfalls, table


def report(performance: float | None) -> dict[str, Any]:
    categories: dict[str, Any] = {name: {"score": 1, "auditRefs": []} for name in CATEGORIES}
    references = [{"id": "paint", "weight": 25}, {"id": "hint", "weight": 0}]
    categories["performance"] = {"score": performance, "auditRefs": references}
    audits = {
        "paint": {"title": "Paint", "score": 0.73, "displayValue": "3.2\xa0s"},
        "hint": {"title": "Hint", "score": 0},
    }
    return {"categories": categories, "audits": audits, "lighthouseVersion": "12"}


def test_the_score_is_the_median() -> None:
    assert score([report(0.5), report(1.0), report(0.9)], "performance") == 90


def test_a_visit_without_a_score_is_no_zero() -> None:
    with pytest.raises(AuditError, match="no score for performance"):
        score([report(None)], "performance")


def test_what_costs_points_is_named() -> None:
    assert shortfalls(report(0.9)) == ["Paint (3.2 s): 73"]


def test_the_table_has_a_line_for_each_page() -> None:
    text = table({"Home": [report(0.9)], "Other": [report(1.0)]})
    assert "| Home | 90 | 100 | 100 | 100 |" in text
    assert "| Other | 100 | 100 | 100 | 100 |" in text
    assert "- Home: Paint (3.2 s): 73" in text
