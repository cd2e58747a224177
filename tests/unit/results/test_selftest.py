"""Every sabotage is simulated a hundred times, and judged by what judges real samples; clean runs are left in peace."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lab.measure.duet import TURNS
from lab.model import (
    CellResult,
    DeploymentFacts,
    DuetSample,
    DuetSlice,
    ErrorCounts,
    ForeignCpu,
    HostCpu,
    Results,
    Sample,
    TierUse,
)
from lab.results import selftest, summary
from lab.results.selftest import SABOTAGES, SelftestLine
from tests.unit.results.test_duets import REFERENCE, ROW, make_turn
from tests.unit.unit_factories import make_cell, make_load, make_result, make_run, make_sample

RUNS, CLEAN_RUNS = 100, 300
ROUNDS = 2
ONE_CONNECTION = make_load(connections=1)
SLICES, SLICE_NOISE = 30, 0.06
"""Of one turn; a slice scatters by 4 to 6%."""


def clean(rng: np.random.Generator, row: str, number: int) -> Sample:
    """A round in which nothing is amiss: rates and costs scatter, and there is a little of everything else."""
    rate = round(float(10_000 * np.exp(rng.normal(0, 0.03))), -1)
    stack_s, load_s = 7.5 * float(np.exp(rng.normal(0, 0.03))), float(rng.uniform(3.0, 6.5))
    stray_s = float(rng.uniform(0, 0.4))
    return make_sample(
        number,
        result=make_result(int(rate), latency_us=100),
        cell=make_cell(row=row).key,
        cpu_s={"proxy": 2.0, "app": stack_s},
        steady_cpu_s={"proxy": 1.8, "app": stack_s * 0.9},
        load_cpu_s=load_s,
        load_thread_share=load_s / 10,
        host=HostCpu(capacity_s=20.0, busy_s=2 + stack_s + load_s + stray_s, steal_s=float(rng.uniform(0, 0.3))),
        foreign=ForeignCpu(capacity_s=9.0, unexplained_s=stray_s / 2, idle_share=0.005),
        use={"app": TierUse(throttled_ns=0, oom_kills=0), "proxy": TierUse(throttled_ns=None, oom_kills=None)},
    )


def calm(sample: Sample) -> Sample:
    """The same on a host of which others, and the hypervisor, take a hundredth."""
    used_s = sum(spent or 0 for spent in sample.cpu_s.values()) + (sample.load_cpu_s or 0)
    return replace(sample, host=HostCpu(capacity_s=20.0, busy_s=used_s + 0.2, steal_s=0.0))


def full_generator(rng: np.random.Generator, sample: Sample) -> Sample:
    """One thread has a core to itself and needs all of it, while the stack waits for requests."""
    used = float(rng.uniform(0.85, 1.0))
    half = {tier: (spent or 0) * 0.6 for tier, spent in sample.steady_cpu_s.items()}
    return replace(
        sample,
        load_thread_share=used,
        load_cpu_s=used * 10,
        steady_cpu_s=half,
        cpu_s={tier: (spent or 0) * 0.6 for tier, spent in sample.cpu_s.items()},
        host=replace(sample.host, busy_s=9.5 * 0.6 + used * 10),
    )


def hog(rng: np.random.Generator, sample: Sample) -> Sample:
    """It gets about half of the stack's core."""
    taken = float(rng.uniform(0.35, 0.6))
    half = {tier: (spent or 0) * (1 - taken) for tier, spent in sample.cpu_s.items()}
    return replace(
        sample,
        cpu_s=half,
        steady_cpu_s={tier: spent * 0.9 for tier, spent in half.items()},
        foreign=ForeignCpu(capacity_s=9.0, unexplained_s=9.0 * taken, idle_share=0.005),
    )


def wrong_bodies(rng: np.random.Generator, sample: Sample) -> Sample:
    """About one in a thousand, whether it is wrong or another request's."""
    wrong = max(int(rng.poisson(sample.result.requests / 1000)), 1)
    return replace(sample, result=replace(sample.result, errors=ErrorCounts(body=wrong)))


def throttled(rng: np.random.Generator, sample: Sample) -> Sample:
    kept_ns = int(sample.result.elapsed_s * 1e9 * rng.uniform(0.1, 0.6))
    return replace(sample, use={**sample.use, "app": TierUse(throttled_ns=kept_ns, oom_kills=0)})


def killed(rng: np.random.Generator, sample: Sample) -> Sample:
    return replace(sample, use={**sample.use, "app": TierUse(oom_kills=int(rng.integers(1, 9)), throttled_ns=0)})


HOW: dict[str, Callable[[np.random.Generator, Sample], Sample]] = {
    "full-generator": full_generator,
    "hog": hog,
    "wrong-body": wrong_bodies,
    "swapped": wrong_bodies,
    "throttled": throttled,
    "eating": killed,
}


def results_of(*samples: Sample, played: tuple[DuetSample, ...] = ()) -> Results:
    cells = {
        key: make_cell(row=key.split("/")[1], load=ONE_CONNECTION)
        for key in dict.fromkeys(sample.cell for sample in samples)
    }
    run = make_run([*cells.values(), *([ROW, REFERENCE] if played else [])], rounds=ROUNDS)
    return summary.summarise(run, samples, played)


@pytest.mark.parametrize("row", HOW)
def test_each_sabotage_is_caught_by_name_in_a_hundred_of_a_hundred_runs(row: str) -> None:
    rng = np.random.default_rng(20_261_127)
    sabotage = next(one for one in SABOTAGES if one.row == row)
    for _ in range(RUNS):
        samples = [HOW[row](rng, clean(rng, row, number)) for number in range(ROUNDS)]
        beside = [clean(rng, sabotage.beside, number) for number in range(ROUNDS)] if sabotage.beside else []
        (line,) = selftest.sabotaged(results_of(*samples, *beside), samples)
        assert (line.name, line.ending) == (sabotage.name, "caught"), line.said


def test_every_sabotage_is_simulated() -> None:
    assert HOW.keys() == {sabotage.row for sabotage in SABOTAGES}


def test_none_of_three_hundred_clean_runs_is_called_foul() -> None:
    rng = np.random.default_rng(20_261_128)
    for _ in range(CLEAN_RUNS):
        samples = [clean(rng, row, number) for row in ("one", "two") for number in range(ROUNDS)]
        found = results_of(*samples)
        assert all(cell.valid for cell in found.cells), [cell.invalid_reasons for cell in found.cells]
        assert not any(cell.at_least for cell in found.cells)
        assert selftest.left_alone(found, ["one", "two"]).ending == "caught"


@pytest.mark.parametrize("row", HOW)
def test_a_sabotage_that_left_no_trace_is_missed(row: str) -> None:
    rng = np.random.default_rng(7)
    samples = [calm(clean(rng, row, number)) for number in range(ROUNDS)]
    (line,) = selftest.sabotaged(results_of(*samples), samples)
    assert line.ending == "missed"


def side_by_side(rng: np.random.Generator, ratio: float, *, noise: float = SLICE_NOISE, alike: float = 0.3) -> Results:
    """Two turns of a row beside its reference, whose slices scatter as real ones do and resemble their neighbours."""
    turns = []
    for number in range(2):
        logs = [0.0]
        for shock in rng.normal(0, noise * (1 - alike**2) ** 0.5, SLICES):
            logs.append(alike * logs[-1] + shock)
        slices = tuple(
            DuetSlice(seconds=1.0, cpu={"app": 0.01 * ratio * float(np.exp(one))}, reference_cpu={"app": 0.01})
            for one in logs[1:]
        )
        turns.append(make_turn(number, slices=slices, requests=100 * SLICES))
    return results_of(played=tuple(turns))


def of_row(results: Results) -> CellResult:
    return next(cell for cell in results.cells if cell.cell.row == ROW.row)


def test_two_copies_are_alike_in_each_of_three_hundred_runs_and_a_slower_one_is_found_in_each_of_a_hundred() -> None:
    rng = np.random.default_rng(20_261_129)
    alike = [selftest.alike(of_row(side_by_side(rng, 1.0)).duet).ending for _ in range(CLEAN_RUNS)]
    slower = [selftest.slower(of_row(side_by_side(rng, 1.15)).duet).ending for _ in range(RUNS)]
    assert (set(alike), set(slower)) == ({"caught"}, {"caught"})


@pytest.mark.parametrize("noise", [0.01, 0.03, 0.06, 0.12, 0.25, 0.6])
def test_noise_makes_a_selftest_unable_to_judge_and_never_calls_a_lab_foul_that_is_right(noise: float) -> None:
    rng = np.random.default_rng(20_261_131)
    alike = [selftest.alike(of_row(side_by_side(rng, 1.0, noise=noise, alike=0.5)).duet) for _ in range(CLEAN_RUNS)]
    slower = [selftest.slower(of_row(side_by_side(rng, 1.1, noise=noise, alike=0.5)).duet) for _ in range(CLEAN_RUNS)]
    assert "missed" not in {line.ending for line in (*alike, *slower)}
    assert all(line.said.startswith("no difference larger than ") for line in alike if line.ending == "caught")


@pytest.mark.parametrize("ratio", [0.8, 1.25])
def test_two_copies_that_differ_are_called_foul_and_a_slower_one_that_does_not_is_missed(ratio: float) -> None:
    rng = np.random.default_rng(20_261_130)
    assert selftest.alike(of_row(side_by_side(rng, ratio)).duet).ending == "missed"
    assert selftest.slower(of_row(side_by_side(rng, 0.9)).duet).ending == "missed"


def test_without_a_duet_or_with_one_too_wide_nothing_is_claimed() -> None:
    assert selftest.alike(None).ending == selftest.slower(None).ending == "too noisy"
    wild = results_of(played=(make_turn(0, 0.5, 1.5, 0.7, 1.4), make_turn(1, 0.6, 1.3, 0.8, 1.2)))
    assert selftest.alike(of_row(wild).duet).ending == "too noisy"
    lost = results_of(played=(make_turn(0, *[1.0, 1.01] * 10, missing=900),))
    assert selftest.slower(of_row(lost).duet).ending == "too noisy"


def lines_of(results: Results) -> dict[str, SelftestLine]:
    return {line.name: line for line in selftest.sabotaged(results, ())}


def disturbed(*unexplained_s: float, beside_s: float = 0.0) -> SelftestLine:
    """Of a duet in which others used so much of each turn's ten seconds, and so much of the rounds of its reference."""
    turns = [make_turn(n, 1.0, 1.0, foreign=foreign(10, used_s)) for n, used_s in enumerate(unexplained_s)]
    rng = np.random.default_rng(20_261_128)
    samples = [
        replace(clean(rng, REFERENCE.row, n), cell=REFERENCE.key, foreign=foreign(9, beside_s)) for n in range(ROUNDS)
    ]
    results = summary.summarise(make_run([ROW, REFERENCE]), samples, turns)
    return selftest.disturbed(results, ROW.row, alone=REFERENCE.row)


def foreign(capacity_s: float, unexplained_s: float) -> ForeignCpu:
    return ForeignCpu(capacity_s=capacity_s, unexplained_s=unexplained_s, idle_share=0.0)


def test_a_duet_beside_a_hog_is_called_unless_the_host_was_busy_anyway() -> None:
    rng = np.random.default_rng(20_261_130)
    for _ in range(RUNS):
        caught = disturbed(*rng.uniform(3.5, 6.0, TURNS))
        assert caught.ending == "caught", caught.said
        assert caught.said.startswith("processes that are no part of the run used")
    for _ in range(CLEAN_RUNS):
        quiet = disturbed(*rng.uniform(0, 0.3, TURNS))
        assert (quiet.ending, quiet.said) == ("missed", "nothing")
    assert disturbed(4.0, 4.0, beside_s=1.0).ending == disturbed().ending == "too noisy"


def test_a_hog_is_not_taken_for_caught_where_the_row_without_one_is_called_as_well() -> None:
    rng = np.random.default_rng(3)
    samples = [hog(rng, clean(rng, "hog", number)) for number in range(ROUNDS)]
    beside = [
        replace(clean(rng, "no-hog", n), load_cpu_s=1.0, host=HostCpu(capacity_s=20.0, busy_s=19.9, steal_s=0.0))
        for n in range(ROUNDS)
    ]
    assert lines_of(results_of(*samples, *beside))["hog on the stack's cores"].ending == "too noisy"


def test_what_noise_hides_is_not_missed_and_what_is_counted_is_not_hidden() -> None:
    rng = np.random.default_rng(4)
    noisy = HostCpu(capacity_s=20.0, busy_s=19.9, steal_s=0.0)
    for row, ending in (("full-generator", "too noisy"), ("eating", "missed")):
        samples = [replace(clean(rng, row, n), load_cpu_s=1.0, host=noisy) for n in range(ROUNDS)]
        (line,) = selftest.sabotaged(results_of(*samples), samples)
        assert line.ending == ending


@pytest.mark.parametrize("row", ["full-generator", "throttled"])
@pytest.mark.parametrize(("stray_s", "steal_s"), [(1.2, 0.0), (0.2, 0.9)])
def test_a_tenth_of_a_core_that_others_have_is_enough_to_hide_what_must_fill_one(
    row: str, stray_s: float, steal_s: float
) -> None:
    samples = [calm(clean(np.random.default_rng(6), row, number)) for number in range(ROUNDS)]
    noisy = [
        replace(one, host=replace(one.host, busy_s=one.host.busy_s + stray_s - 0.2, steal_s=steal_s)) for one in samples
    ]
    assert [line.ending for line in selftest.sabotaged(results_of(*samples), samples)] == ["missed"]
    assert [line.ending for line in selftest.sabotaged(results_of(*noisy), noisy)] == ["too noisy"]


def test_a_row_left_alone_that_is_called_for_noise_cannot_be_judged_and_for_all_else_is_foul() -> None:
    rng = np.random.default_rng(8)
    quiet = [clean(rng, row, number) for row in ("one", "two") for number in range(ROUNDS)]
    busy = [replace(one, load_cpu_s=1.0, host=HostCpu(capacity_s=20.0, busy_s=19.9, steal_s=0.0)) for one in quiet]
    wrong = [wrong_bodies(rng, one) for one in quiet]
    endings = [selftest.left_alone(results_of(*samples), ["one", "two"]).ending for samples in (quiet, busy, wrong)]
    assert endings == ["caught", "too noisy", "missed"]


def test_a_variable_that_reached_a_container_is_named_and_one_that_did_not_had_no_effect() -> None:
    rng = np.random.default_rng(5)
    quiet = results_of(clean(rng, "one", 0), clean(rng, "one", 1))
    assert selftest.ambient(quiet, {"WRONG_EVERY": "1"}).ending == "caught"
    wrong = results_of(*(wrong_bodies(rng, clean(rng, "one", number)) for number in range(ROUNDS)))
    assert selftest.ambient(wrong, {"WRONG_EVERY": "1"}).ending == "missed"


def line(name: str, ending: selftest.Ending) -> SelftestLine:
    return SelftestLine(name=name, done="", said="", ending=ending)


@pytest.mark.parametrize(
    ("first", "again", "both"),
    [
        ("too noisy", "caught", "caught"),
        ("too noisy", "too noisy", "too noisy"),
        ("too noisy", "missed", "missed"),
        ("caught", "too noisy", "caught"),
        ("caught", "missed", "missed"),
        ("missed", "caught", "missed"),
    ],
)
def test_a_second_try_counts_where_the_first_could_not_judge_and_mends_nothing_that_was_missed(
    first: selftest.Ending, again: selftest.Ending, both: selftest.Ending
) -> None:
    assert [one.ending for one in selftest.retried([line("A/A", first)], [line("A/A", again)])] == [both]


def test_a_stack_that_did_not_come_up_leaked_nothing_and_one_that_answers_wrongly_did() -> None:
    rng = np.random.default_rng(9)
    quiet = results_of(clean(rng, "one", 0), clean(rng, "one", 1))

    def failed(why: str) -> Results:
        facts = DeploymentFacts(
            deployment=make_cell().deployment, startup_s=None, image_mib=None, images={}, versions={}, failure=why
        )
        return replace(quiet, run=replace(quiet.run, deployments=(facts,)))

    slow = selftest.ambient(failed("witness started, but did not answer /ready within 20 s"), {"WRONG_EVERY": "1"})
    wrong = selftest.ambient(failed("witness does not keep its contract: answer: a wrong body"), {"WRONG_EVERY": "1"})
    assert (slow.ending, wrong.ending) == ("too noisy", "missed")
