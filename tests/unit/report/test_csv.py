import csv
from io import StringIO

import pytest

from lab.model import Results
from lab.report import csv as csv_report
from tests.unit.report.report_factories import (
    LABEL,
    make_budget,
    make_burst,
    make_cell,
    make_footprint,
    make_many,
    make_results,
    make_shares,
    make_verdict,
)


@pytest.fixture
def results() -> Results:
    return make_many()


def rows_of(results: Results) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(csv_report.render(results))))


def test_csv_has_one_line_a_cell_with_raw_numbers(results: Results) -> None:
    rows = rows_of(results)
    assert [row["row"] for row in rows] == ["fast", "slow", "once", "broken", "other"]
    assert float(rows[1]["requests_per_second_low"]) == 990.0
    assert float(rows[1]["latency_p99_ms"]) == 200.0
    assert float(rows[1]["cpu_us_per_request_proxy"]) == 12.1
    assert float(rows[1]["measured_over_published"]) == 0.5
    assert rows[1]["notes"] == "steal was 1.2%"
    assert all(row["budget"] == LABEL for row in rows)


def test_csv_leaves_empty_what_is_not_known(results: Results) -> None:
    rows = rows_of(results)
    assert rows[0]["published_requests_per_second"] == rows[0]["measured_over_published"] == ""
    assert (rows[2]["requests_per_second_low"], rows[2]["rank"]) == ("", "")
    assert (rows[3]["valid"], rows[3]["rank"]) == ("false", "")
    assert rows[3]["invalid_reasons"] == "3% of the answers were wrong"


def test_csv_has_the_tiers_of_all_cells_in_one_header() -> None:
    rows = rows_of(make_results(make_cell("a"), make_cell("b", cpu_us_per_request=make_shares(total=9.0, front=9.0))))
    assert (rows[0]["cpu_us_per_request_front"], rows[1]["cpu_us_per_request_front"]) == ("", "9.0")


def test_csv_has_verdicts_wall_clocks_and_footprints() -> None:
    cells = (
        make_burst("pool", 4, 2.0, verdict=make_verdict("differs", "it took longer")),
        make_cell("weighed", footprint=make_footprint()),
    )
    burst, weighed = rows_of(make_results(*cells))
    assert (burst["verdict"], burst["verdict_reason"]) == ("differs", "it took longer")
    assert [float(burst[name]) for name in ("wall_s", "wall_s_high", "published_wall_ms")] == [2.0, 2.02, 4000.0]
    assert (burst["cold_start_s"], weighed["verdict"], weighed["wall_s"]) == ("", "", "")
    assert [float(weighed[name]) for name in ("cold_start_s", "memory_idle_mib_app_low")] == [1.5, 90.5]
    assert (weighed["processes_proxy"], weighed["config_lines"]) == ("2", "61")


def test_csv_has_the_budget_of_each_table() -> None:
    own = {"second": make_budget(label="2 cores, colocated")}
    rows = rows_of(make_results(make_cell(), make_cell(table="second"), budgets=own))
    assert [row["budget"] for row in rows] == [LABEL, "2 cores, colocated"]


def test_csv_text_is_no_formula() -> None:
    assert rows_of(make_results(make_cell("=1+1")))[0]["row"] == "'=1+1"
