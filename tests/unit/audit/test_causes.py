"""Each cause by itself: what names it, what keeps it from being named."""

from typing import Any

import pytest

from lab.audit import Audit, Audited, Errors, Reading, Row, Told, audit
from lab.audit.finding import Cause

NO_ERRORS = Errors(connect=0, read=0, write=0, timeout=0, status=0)


def make_row(name: str = "a", **given: Any) -> Row:
    """A sound closed loop of 100 connections: 10,000/s × 10 ms."""
    sound: dict[str, Any] = {"connections": 100, "rate": 10_000.0, "mean_s": 0.01, "duration_s": 30.0}
    return Row(**{"name": name, **sound, **given})


def audited(*rows: Row) -> Audit:
    return audit(Reading(rows=rows, format="test"))


def one(**given: Any) -> Audited:
    return audited(make_row(**given)).rows[0]


def tables(*rows: Row) -> dict[Cause, str]:
    return {finding.cause: finding.text for finding in audited(*rows).of_tables}


def text(row: Audited) -> str:
    return "; ".join(finding.text for finding in row.findings)


def test_a_sound_row_is_clean() -> None:
    assert one().verdict == "clean"


@pytest.mark.parametrize(
    ("rate", "verdict"), [(9_010.0, "clean"), (8_900.0, "doubtful"), (10_990, "clean"), (11_100, "doubtful")]
)
def test_clean_means_90_to_110_percent_of_the_connections(rate: float, verdict: str) -> None:
    assert one(rate=rate).verdict == verdict


def test_what_rounding_in_print_may_explain_is_no_fault() -> None:
    assert one(mean_s=0.00885, mean_step_s=0.0005).verdict == "clean"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"connections": None}, "the number of connections is not given"),
        ({"mean_s": None}, "the mean is not given"),
        ({"rate": None}, "the rate is not given"),
        (
            {"protocol": "h2", "mean_s": 1.0},
            "HTTP/2 has many requests under way on a connection (rate × mean comes to 100",
        ),
        ({"protocol": "h3"}, "HTTP/3"),
        ({"protocol": "grpc"}, "gRPC"),
        ({"pipelining": 16, "mean_s": 0.16}, "pipelining"),
        ({"loop": "open", "offered_rate": 12_000.0}, "sent at a rate"),
        ({"thinks": True, "tool": "k6"}, "users of k6 may pause"),
    ],
)
def test_where_the_law_does_not_apply_that_is_said_and_nothing_is_accused(given: dict[str, Any], said: str) -> None:
    row = one(**given)
    assert (row.verdict, row.share) == ("not checkable", None)
    assert said in text(row)


def test_one_request_at_a_time_is_no_pipelining() -> None:
    assert one(pipelining=1).verdict == "clean"


def test_a_mean_by_definition_confirms_nothing() -> None:
    row = one(tool="ab", mean_by_definition=True)
    assert row.verdict == "not checkable"
    assert "as it must" in text(row)


def test_refused_connections_are_named_with_the_number_that_was_there() -> None:
    row = one(rate=6_000.0, errors=Errors(connect=40, timeout=0))
    assert row.causes == {"connect"}
    assert "so there were 60" in text(row)


def test_few_refused_connections_do_not_explain_many_missing_ones() -> None:
    assert "connect" not in one(rate=5_000.0, errors=Errors(connect=3, timeout=0)).causes


def test_more_failed_attempts_than_connections_are_told_as_attempts() -> None:
    assert "500 attempts to connect failed" in text(one(rate=100.0, errors=Errors(connect=500, timeout=0)))


@pytest.mark.parametrize(
    ("connections", "threads", "said"),
    [(5_000, 10, "256 files"), (4_000, 4, ""), (40_000, 4, "ephemeral ports")],
)
def test_known_limits_are_named_only_where_the_number_is_theirs(connections: int, threads: int, said: str) -> None:
    there = {"256 files": 241, "": 2_000, "ephemeral ports": 28_230}[said]
    row = one(connections=connections, threads=threads, rate=there * 100.0, errors=Errors(connect=connections - there))
    assert ("files" in text(row), "ports" in text(row)) == ("files" in said, "ports" in said)


def test_a_few_time_outs_do_not_explain_what_they_cannot_hold() -> None:
    row = one(rate=2_000.0, errors=Errors(timeout=5, connect=0))
    assert row.causes == {"timeouts", "unaccounted"}
    assert "leaves most unexplained" in text(row)


def test_time_outs_of_other_tools_are_not_said_to_be_in_the_rate() -> None:
    assert "are not in the mean" in text(one(tool="oha", rate=100.0, errors=Errors(timeout=95)))


def test_a_slow_and_unexplained_row_is_not_said_to_have_a_full_generator() -> None:
    row = one(tool="wrk", threads=2, rate=500.0, max_s=0.05, errors=NO_ERRORS)
    assert row.causes == {"unaccounted"}
    assert "Perhaps they were open and never served" in text(row)


def test_a_full_generator_is_not_named_where_time_outs_are_not_told() -> None:
    row = one(tool="wrk", threads=1, rate=200_000.0, mean_s=0.0002, max_s=0.003)
    assert row.causes == {"unaccounted"}
    assert "does not say how many time-outs" in text(row)


def test_unlike_servers_on_one_level_show_a_full_generator() -> None:
    rows = [make_row(name, rate=rate, mean_s=0.004) for name, rate in (("a", 10_000), ("b", 9_900), ("c", 9_950))]
    found = audited(*rows, make_row("d", rate=4_000, mean_s=0.025))
    assert [row.causes for row in found.rows] == [{"generator"}] * 3 + [set()]


def test_servers_on_one_level_that_account_for_their_connections_are_left_alone() -> None:
    rows = [make_row(name, rate=rate, mean_s=0.01) for name, rate in (("a", 10_000), ("b", 9_900), ("c", 9_950))]
    assert all(row.verdict == "clean" for row in audited(*rows).rows)


def test_wrks_correction_is_not_named_where_no_answer_was_slow_enough_for_it() -> None:
    assert one(tool="wrk", rate=20_000.0, max_s=0.2).causes == {"wrk-correction"}
    assert one(tool="wrk", rate=20_000.0, mean_s=0.0095, max_s=0.0099).causes == {"too-many"}
    assert one(tool="oha", rate=20_000.0).causes == {"too-many"}


@pytest.mark.parametrize(
    "given",
    [
        {"percentiles_s": ((50.0, 0.01), (95.0, 0.008))},
        {"percentiles_s": ((99.0, 0.012345),), "mean_s": 0.012345, "rate": 8_100.0},
        {"max_s": 0.009},
        {"max_s": 0.02, "percentiles_s": ((99.0, 0.03),)},
        {"min_s": 0.011},
    ],
)
def test_percentiles_that_cannot_be_are_found(given: dict[str, Any]) -> None:
    assert one(**given).causes == {"percentiles"}


def test_a_coarse_mean_may_equal_its_percentile() -> None:
    assert one(percentiles_s=((99.0, 0.01),), mean_step_s=0.001).verdict == "clean"


def test_percentiles_that_all_equal_their_means_are_found_however_coarse() -> None:
    rows = [make_row(name, percentiles_s=((99.0, 0.01),), mean_step_s=0.001) for name in "abc"]
    assert all(row.causes == {"percentiles"} for row in audited(*rows).rows)


def test_histograms_may_round_a_percentile_above_the_maximum() -> None:
    assert one(max_s=0.107, percentiles_s=((99.99, 0.11),)).verdict == "clean"


def test_a_deviation_greater_than_the_ends_allow_is_found() -> None:
    assert one(max_s=0.02, stdev_s=0.009).verdict == "clean"
    assert one(max_s=0.02, stdev_s=0.05).causes == {"spread"}


def test_failures_are_told_from_one_in_a_hundred_on() -> None:
    assert one(total=300_000, errors=Errors(status=2_000)).verdict == "clean"
    assert one(total=300_000, errors=Errors(status=4_000)).causes == {"failures"}
    assert one(success_share=0.5).causes == {"failures"}


def test_a_rate_that_leaves_failures_out_is_not_said_to_hold_them() -> None:
    assert "rate and latencies hold them" in text(one(total=300_000, errors=Errors(status=60_000)))
    assert "the latencies hold them" in text(one(total=600_000, errors=Errors(status=300_000)))


def test_lost_requests_are_told_from_one_in_a_hundred_on() -> None:
    assert one(total=300_000, errors=Errors(read=100)).verdict == "clean"
    assert one(total=300_000, errors=Errors(read=2_000, write=2_000)).causes == {"lost"}


def test_a_rate_of_nothing_is_no_speed() -> None:
    assert one(rate=0.0, mean_s=None).causes == {"no-answer"}


def test_a_row_of_failures_alone_is_told_as_that() -> None:
    assert one(rate=0.0, total=5_000, errors=Errors(status=5_000)).causes == {"failures"}


def test_a_rate_that_is_the_offered_one_is_doubted_where_not_all_was_served() -> None:
    sent: dict[str, Any] = {"loop": "open", "offered_rate": 5_000.0, "rate": 5_000.0}
    assert one(**sent, success_share=0.3005).causes == {"offered", "failures"}
    assert one(**sent, mean_s=8.0, duration_s=20.0).causes == {"offered"}
    assert one(**sent, success_share=1.0).verdict == "not checkable"
    assert one(loop="open", offered_rate=5_000.0, rate=1_159.34, success_share=0.3005).causes == {"failures"}


def test_rows_that_answered_all_that_was_sent_are_not_to_be_ranked() -> None:
    rows = [make_row(name, loop="open", offered_rate=1_000.0, rate=1_000.0) for name in "abc"]
    assert "does not tell them apart" in tables(*rows)["offered"]


def test_waves_need_a_whole_number_of_them_and_a_long_wait() -> None:
    sleeping: dict[str, Any] = {"connections": 400, "mean_s": 2.01, "duration_s": 30.0}
    assert one(**sleeping, rate=186.22, total=5_600).causes == {"waves"}
    assert one(**sleeping, rate=186.9, total=5_621).verdict == "clean"
    assert one(rate=9_500.0, total=285_000).verdict == "clean"


@pytest.mark.parametrize(("total", "verdict"), [(300_000, "clean"), (310_000, "clean"), (100_000, "doubtful")])
def test_total_and_rate_must_give_the_duration(total: int, verdict: str) -> None:
    assert one(total=total).verdict == verdict


def test_figures_that_cannot_be_read_are_told() -> None:
    row = one(odd=("'307445734491.24m' is no time",))
    assert row.causes == {"units"}


def test_reconnects_explain_only_what_is_missing() -> None:
    assert one(total=300_000, reconnects=60_000).verdict == "clean"
    row = one(rate=5_000.0, total=150_000, reconnects=150_000)
    assert row.causes == {"reconnects"}
    assert "it took 10.0 ms each time" in text(row)


def test_a_mean_of_ratios_is_told_with_what_their_product_gives() -> None:
    rows = [Row(name=name, ratio=ratio) for name, ratio in (("a", 0.5), ("b", 2.0), ("average", 1.25))]
    assert "1.25 is the mean of 2 ratios" in tables(*rows)["ratios"]
    assert "which gives 1" in tables(*rows)["ratios"]
    assert not tables(*rows[:2], Row(name="geomean", ratio=1.0))


def test_averages_whose_runs_overlap_do_not_rank() -> None:
    fast, near, slow = (
        make_row("a", rate=120.0, runs=(100.0, 140.0), connections=None),
        make_row("b", rate=110.0, runs=(95.0, 125.0), connections=None),
        make_row("c", rate=50.0, spread=3.0, connections=None),
    )
    assert "a (100 to 140/s) and b (95.0 to 125/s) overlap" in tables(fast, near, slow)["overlap"]
    assert not tables(fast, slow)


def test_a_framework_is_not_faster_than_what_it_runs_on() -> None:
    rows = (make_row("FastAPI", rate=9_000.0, mean_s=0.011), make_row("uvicorn", rate=8_000.0, mean_s=0.0125))
    assert "FastAPI (9,000/s) runs on uvicorn (8,000/s)" in tables(*rows)["faster-than-base"]
    assert not tables(rows[0], make_row("uvicorn", rate=8_800.0))


def test_other_loads_of_a_framework_and_its_base_are_not_compared() -> None:
    assert not tables(make_row("FastAPI", rate=9_000.0), make_row("uvicorn", rate=800.0, connections=8, mean_s=0.01))


def test_errors_are_not_ranked_as_speed() -> None:
    failing = make_row("a", rate=10_000.0, total=300_000, errors=Errors(status=200_000))
    slower = make_row("b", rate=5_000.0, mean_s=0.02, total=150_000, errors=Errors(status=0))
    found = tables(failing, slower)
    said = found["errors-ranked"]
    assert "a stands before b with 10,000/s, of which 66.7% are failures; 3,333/s were answered" in said
    assert not tables(slower, make_row("c", rate=4_000.0, mean_s=0.025, errors=Errors(status=200_000)))


def test_means_that_are_all_computed_from_their_rates_confirm_nothing() -> None:
    rows = [make_row(name, rate=rate, mean_s=100 / rate) for name, rate in (("a", 3_021.5), ("b", 417.3), ("c", 991.7))]
    assert "confirm nothing" in tables(*rows)["by-definition"]


def test_an_average_of_rows_is_not_judged_as_a_system() -> None:
    found = audited(make_row("a"), make_row("Average", rate=5.0))
    assert [row.verdict for row in found.rows] == ["clean", "average"]


def test_what_the_reader_knows_fills_only_what_the_row_does_not_say() -> None:
    told = Told(connections=64, tool="k6", duration_s=10)
    filled = told.fill(Row(name="a", connections=100))
    assert (filled.connections, filled.tool, filled.duration_s, filled.thinks) == (100, "k6", 10, True)
    assert Told().fill(filled) == filled


def test_a_rate_that_total_and_duration_contradict_is_the_fault_where_these_two_and_the_mean_agree() -> None:
    row = one(tool="wrk", rate=50_000.0, total=300_000)
    assert row.causes == {"totals"}
    assert text(row) == (
        "300,000 answers at 50,000/s take 6.00 s, and the load is said to have lasted 30 s. 300,000 ÷ 30 s is "
        "10,000/s, and 10,000/s × 10.0 ms accounts for 100 of 100 connections (100%): so it is the printed rate that "
        "is wrong"
    )


def test_a_total_that_agrees_with_nothing_comes_first_and_takes_nothing_away() -> None:
    row = one(tool="wrk", rate=50_000.0, total=3_000_000)
    assert [finding.cause for finding in row.faults] == ["totals", "wrk-correction"]
    assert "printed rate" not in text(row)
