from typing import Any

import pytest

from lab.figures import speed
from lab.model import CoreSpeed, ForeignCpu, Sample, TierUse
from lab.results import disturbance, summary
from tests.unit.unit_factories import make_budget, make_cell, make_run, make_sample


def rounds(count: int = 3, **changes: Any) -> list[Sample]:
    return [make_sample(number, **changes) for number in range(count)]


def foreign(share: float, *, capacity_s: float = 9.0, idle: float = 0.01) -> ForeignCpu:
    return ForeignCpu(capacity_s=capacity_s, unexplained_s=(share + idle) * capacity_s, idle_share=idle)


@pytest.mark.parametrize(("share", "reasons", "notes"), [(0.02, 0, 0), (0.04, 0, 1), (0.2, 1, 0)])
def test_what_others_used_of_the_stacks_cores_is_said_from_3_percent_and_spoils_a_row_from_15(
    share: float, reasons: int, notes: int
) -> None:
    samples = rounds(foreign=foreign(share))
    said = list(disturbance.reasons(samples)), list(disturbance.notes(samples, run=None))
    assert (len(said[0]), len(said[1])) == (reasons, notes)
    expected = f"processes that are no part of the run used {share:.0%} of the stack's cores"
    assert all(text == expected for texts in said for text in texts)


def test_a_process_that_the_kernel_killed_for_memory_is_a_reason_with_its_tier() -> None:
    samples = [make_sample(0, use={"app": TierUse(oom_kills=1)}), make_sample(1, use={"app": TierUse(oom_kills=0)})]
    assert list(disturbance.reasons(samples)) == ["the kernel killed 1 process of app for want of memory (OOM)"]


@pytest.mark.parametrize(("share", "reasons", "notes"), [(0.0, 0, 0), (0.005, 0, 1), (0.3, 1, 0)])
def test_a_quota_that_was_used_up_is_noted_and_spoils_a_row_where_it_took_more_than_a_hundredth(
    share: float, reasons: int, notes: int
) -> None:
    samples = rounds(use={"app": TierUse(throttled_ns=round(share * 10e9)), "proxy": TierUse()})
    said = [*disturbance.reasons(samples)], [*disturbance.notes(samples, run=None)]
    assert (len(said[0]), len(said[1])) == (reasons, notes)
    assert all(text.startswith("the kernel throttled app for") for texts in said for text in texts)


def test_rounds_on_slower_or_faster_cores_than_usual_are_marked() -> None:
    usual = speed.pooled([CoreSpeed(readings=(700.0,) * 9)])
    slow, near = rounds(core_speed=CoreSpeed(readings=(500.0,))), rounds(core_speed=CoreSpeed(readings=(600.0,)))
    (note,) = disturbance.notes(slow, run=usual)
    assert note.startswith("measured while the stack's cores did 0.714 times the work of the run's median")
    assert list(disturbance.notes(near, run=usual)) == list(disturbance.notes(rounds(), run=usual)) == []


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"load_cpu_s": 7.9}, False),
        ({"load_cpu_s": 8.1}, True),
        ({"load_cpu_s": 5.0, "load_thread_share": 0.81}, True),
        ({"load_cpu_s": 5.0, "load_thread_share": 0.79}, False),
        ({"load_cpu_s": None, "load_thread_share": None}, False),
        ({"load_cpu_s": 9.9, "steady_cpu_s": {"app": 8.6}}, False),  # the stack's core was full as well
        ({"load_cpu_s": 9.9, "steady_cpu_s": {"app": None}}, False),
    ],
)
def test_one_full_thread_of_the_load_is_enough_to_be_the_limit_unless_the_stack_is_full(
    changes: dict[str, Any], limit: bool
) -> None:
    samples = rounds(**{"steady_cpu_s": {"app": 6.0}, **changes})
    assert bool(disturbance.load_was_the_limit(samples, make_budget())) is limit


@pytest.mark.parametrize(("stack_s", "limited"), [(0.16, True), (8.0, False)])
def test_a_round_in_which_the_load_was_full_and_the_stack_idle_is_enough(stack_s: float, limited: bool) -> None:
    usual = rounds(steady_cpu_s={"app": 9.0}, load_thread_share=0.2)
    (last,) = rounds(1, steady_cpu_s={"app": stack_s}, load_thread_share=0.99)
    said = disturbance.load_was_the_limit([*usual, last], make_budget())
    assert (said is not None) is limited
    assert not limited or f"in 1 of {len(usual) + 1} rounds: it used 99% of a core by one thread" in (said or "")


def test_a_load_that_shares_the_stacks_cores_is_never_called_the_limit() -> None:
    shared = make_budget(placement="colocated", stack_cpus=(0,), load_cpus=(0,))
    assert disturbance.load_was_the_limit(rounds(steady_cpu_s={"app": 5.0}, load_cpu_s=9.9), shared) is None


def test_a_round_that_was_set_aside_counts_for_nothing_and_is_told() -> None:
    cell = make_cell()
    aside = make_sample(0, rate=10, cell=cell.key, set_aside="the cores were 0.5 times as fast as usual")
    samples = [aside, *(make_sample(number, cell=cell.key) for number in range(3))]
    (result,) = summary.summarise(make_run([cell]), samples).cells
    assert result.rounds == 3
    assert result.requests_per_second is not None
    assert result.requests_per_second.value == 1000
    assert result.notes[-1] == ("1 round of 4 set aside and measured again: the cores were 0.5 times as fast as usual")
