"""Rows that were published: each with the cause that it shows, and with no other."""

import json
from collections import Counter
from pathlib import Path

import pytest

from lab.audit import Audited, Told, audit, read
from lab.audit.finding import Cause

DATA = Path(__file__).parent / "data"
ARENA = DATA / "httparena-2026-04.json"

CAUSES: dict[str, set[Cause]] = {
    "refused": {"connect"},
    "full": {"generator"},
    "full-doubled": set(),
    "throttled": {"wrk-correction"},
    "throttled-more": {"wrk-correction"},
    "not-throttled": set(),
    "out-of-ports": {"connect", "timeouts"},
    "silent": {"connect", "no-answer"},
    "quick": set(),
    "slow": set(),
    "ten": set(),
    "ten-uneven": {"wrk-correction"},
    "sleeps": {"waves"},
    "sleeps-alone": {"timeouts"},
    "overrun": {"failures"},
}


def rows(path: Path) -> dict[str, Audited]:
    return {row.row.label: row for row in audit(read(path.read_text("utf-8"), where=str(path))).rows}


PUBLIC = {row.row.name: row for row in rows(DATA / "public.md").values()}


def test_every_public_row_is_there() -> None:
    assert PUBLIC.keys() == CAUSES.keys()


@pytest.mark.parametrize("name", CAUSES)
def test_a_public_row_has_its_cause_and_no_other(name: str) -> None:
    assert PUBLIC[name].causes == CAUSES[name]
    assert (PUBLIC[name].verdict == "clean") == (not CAUSES[name])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("refused", "4,759 connections failed, so there were 241, just below the 256 files"),
        ("refused", "accounts for 240 of 5,000 connections (4.80%)"),
        ("full", "no answer took longer than 2.59 ms"),
        ("full", "194,037/s in each of 2 threads"),
        ("throttled-more", "accounts for 1,153 of 120 connections (961%)"),
        ("out-of-ports", "there were 28,230, as many as Linux has ephemeral ports for one address (28,232)"),
        ("out-of-ports", "28,007 answers came after the tool's time-out and are in the rate and not in the mean"),
        ("sleeps", "5,600 answers are 14 waves of 400"),
        ("sleeps", "400 ÷ 2.01 s = 199/s"),
        ("sleeps-alone", "13 answers came after the tool's time-out"),
        ("overrun", "70.0% of the answers are failures"),
        ("overrun", "the median of 45.0 µs is most likely that of failing"),
    ],
)
def test_the_arithmetic_is_told_in_words(name: str, said: str) -> None:
    assert any(said in finding.text for finding in PUBLIC[name].faults)


def test_a_row_full_of_time_outs_is_not_said_to_have_waited_without_any() -> None:
    """What the judge of reruns said of these two: the others waited."""
    for name in ("refused", "full"):
        assert not any("time-out and" in finding.text for finding in PUBLIC[name].findings)


@pytest.fixture(scope="module")
def arena() -> dict[str, Audited]:
    return rows(ARENA)


def test_every_cell_of_the_large_table_is_read(arena: dict[str, Audited]) -> None:
    profiles = json.loads(ARENA.read_text("utf-8"))["profiles"]
    assert len(arena) == sum(map(len, profiles.values())) == 561
    assert all(row.row.rate is not None and row.row.connections and row.row.mean_s for row in arena.values())


def test_138_cells_have_their_mean_as_their_99th_percentile(arena: dict[str, Audited]) -> None:
    assert sum("percentiles" in row.causes for row in arena.values()) == 138


def test_the_law_is_not_applied_where_requests_share_a_connection(arena: dict[str, Audited]) -> None:
    shared = {row.row.group for row in arena.values() if row.share is None and row.row.rate}
    assert shared == {
        *("baseline-h2-256", "baseline-h2c-256", "json-h2c-1024", "static-h2-1024"),
        *("baseline-h3-64", "gateway-h3-256", "static-h3-64", "pipelined-512"),
        *("stream-grpc-tls-64", "unary-grpc-256", "unary-grpc-tls-256"),
    }
    for row in arena.values():
        if row.row.group in shared and row.row.rate:
            (note,) = [finding.text for finding in row.findings if finding.cause == "not-applied"]
            assert "under way on a connection" in note


def test_too_many_are_under_way_in_21_cells(arena: dict[str, Audited]) -> None:
    """16 and 3 of two profiles whose mean may be wrk's; two more with 32 and 18 times as many."""
    groups = Counter(row.row.group for row in arena.values() if "too-many" in row.causes)
    assert groups == {"static-4096": 16, "json-tls-4096": 3, "gateway-64-1024": 1, "production-stack-256": 1}


def test_too_few_are_accounted_for_in_some_90_cells(arena: dict[str, Audited]) -> None:
    """Most reconnect, and connecting is in no latency; one has so few answers that its load ended before a turn did."""
    short = {"reconnects", "unaccounted", "unfinished"}
    found = Counter(next(iter(row.causes & short)) for row in arena.values() if row.causes & short)
    assert found == {"reconnects": 71, "unaccounted": 15, "unfinished": 1}
    printed = [row for row in arena.values() if row.share is not None and row.share < 0.9]
    assert len(printed) - found.total() == 3
    assert all(row.share and row.share > 0.899 for row in printed if not row.causes & short)  # rounding may hide it


def test_a_profile_known_to_be_of_wrk_has_wrks_own_cause() -> None:
    reading = read(ARENA.read_text("utf-8"), where="x")
    static = [Told(tool="wrk").fill(row) for row in reading.rows if row.group == "static-4096"]
    found = audit(type(reading)(rows=tuple(static), format="JSON"))
    assert sum("wrk-correction" in row.causes for row in found.rows) == 16


def test_durations_that_the_totals_contradict_are_told(arena: dict[str, Audited]) -> None:
    """Two whole profiles lasted 15 and 10 s, and not 5."""
    groups = Counter(row.row.group for row in arena.values() if "totals" in row.causes)
    assert groups["api-16-1024"] == 41
    assert groups["async-db-1024"] == 42


def test_most_cells_of_profiles_without_reconnects_are_clean(arena: dict[str, Audited]) -> None:
    for group, clean in (("baseline-512", 58), ("upload-32", 44), ("crud-512", 1)):
        assert sum(row.verdict == "clean" for row in arena.values() if row.row.group == group) == clean
