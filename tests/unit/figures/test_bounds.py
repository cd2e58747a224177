import random

import pytest

from lab.figures import bounds
from lab.figures.bounds import LimitFacts


@pytest.mark.parametrize(
    ("connections", "slots", "name", "per_second", "formula"),
    [
        (2000, 1, "slots", 10, "1 slot / 100 ms"),
        (2000, 40, "slots", 400, "40 slots / 100 ms"),
        (2000, None, "connections", 20_000, "2,000 connections / 100 ms"),
        (2000, 8000, "connections", 20_000, "2,000 connections / 100 ms"),
    ],
)
def test_a_sleeping_handler_is_bound_on_any_machine(
    connections: int, slots: int | None, name: str, per_second: float, formula: str
) -> None:
    bound = bounds.ceiling(LimitFacts(connections=connections, delay_s=0.1, slots=slots, cores=4))
    assert bound is not None
    assert bound.name == name
    assert bound.requests_per_second == pytest.approx(per_second)
    assert bound.formula == formula


def test_cores_bind_what_only_computes() -> None:
    bound = bounds.ceiling(LimitFacts(connections=100, delay_s=0, slots=None, cores=4, cpu_s=0.001))
    assert bound is not None
    assert bound.name == "cores"
    assert bound.requests_per_second == pytest.approx(4000)
    assert bound.formula == "4 cores / 1.00 ms of CPU"


@pytest.mark.parametrize(("rate", "name"), [(3000, "offered"), (4000, "offered"), (5000, "cores")])
def test_of_an_open_loop_what_is_offered_is_a_limit_of_its_own(rate: float, name: str) -> None:
    bound, following, *_ = bounds.limits(LimitFacts(connections=100, delay_s=0, cores=4, cpu_s=0.001, rate=rate))
    assert bound.name == name
    assert {bound.name, following.name} == {"offered", "cores"}
    assert min(rate, 4000) == bound.requests_per_second


def test_fewer_processes_than_cores_bind_the_application() -> None:
    bound = bounds.ceiling(
        LimitFacts(connections=100, delay_s=0, slots=None, cores=4, processes=1, cpu_s=0.001, app_cpu_s=0.0008)
    )
    assert bound is not None
    assert bound.name == "cores"
    assert bound.requests_per_second == pytest.approx(1250)
    assert bound.formula == "1 process / 800 µs of the application's CPU"


def test_more_processes_than_cores_do_not_bind() -> None:
    bound = bounds.ceiling(
        LimitFacts(connections=100, delay_s=0, slots=None, cores=1, processes=4, cpu_s=0.001, app_cpu_s=0.001)
    )
    assert bound is not None
    assert bound.formula == "1 core / 1.00 ms of CPU"


def test_the_cpu_time_of_a_request_counts_as_time_in_service() -> None:
    bound = bounds.ceiling(LimitFacts(connections=10, delay_s=0.1, slots=None, cores=100, cpu_s=0.1))
    assert bound is not None
    assert bound.requests_per_second == pytest.approx(50)
    assert bound.formula == "10 connections / (100 ms + 100 ms)"


def test_on_a_tie_slots_are_named_before_connections() -> None:
    bound = bounds.ceiling(LimitFacts(connections=40, delay_s=0.1, slots=40, cores=1))
    assert bound is not None
    assert bound.name == "slots"


def test_one_connection_is_limited_by_itself_and_not_by_the_cores() -> None:
    bound = bounds.ceiling(LimitFacts(connections=1, delay_s=0, slots=1, cores=1, cpu_s=0.001))
    assert bound is not None
    assert (bound.name, bound.formula) == ("connections", "1 connection / 1.00 ms of CPU")


def test_nothing_bounds_a_handler_that_does_not_wait_and_whose_cost_is_unknown() -> None:
    assert bounds.ceiling(LimitFacts(connections=100, delay_s=0, slots=1, cores=1)) is None


def test_the_ceiling_is_the_lowest_of_the_three_formulas() -> None:
    rng = random.Random(3)  # noqa: S311 - the seed is the point
    for _ in range(500):
        connections, slots, cores = rng.randint(1, 5000), rng.randint(1, 5000), rng.randint(1, 64)
        delay_s, cpu_s = rng.choice([0.0, rng.uniform(1e-4, 1)]), rng.uniform(1e-6, 1e-1)
        app_cpu_s = cpu_s * rng.uniform(0.1, 1)
        limits = {
            "connections": connections / (delay_s + cpu_s),
            "slots": slots / (delay_s + app_cpu_s),
            "cores": cores / cpu_s,
        }
        bound = bounds.ceiling(
            LimitFacts(
                connections=connections, delay_s=delay_s, slots=slots, cores=cores, cpu_s=cpu_s, app_cpu_s=app_cpu_s
            )
        )
        assert bound is not None
        assert bound.requests_per_second == pytest.approx(min(limits.values()))
        assert bound.requests_per_second == pytest.approx(limits[bound.name])


def test_factors_are_numbers_or_settings() -> None:
    assert bounds.product(["WORKERS", "40"], {"WORKERS": "4"}) == 160
    assert bounds.product([], {}) == 1


def test_all_limits_come_the_lowest_first() -> None:
    found = bounds.limits(LimitFacts(connections=2000, delay_s=0.1, slots=40, cores=1, cpu_s=0.0004, app_cpu_s=0.0004))
    assert [bound.name for bound in found] == ["slots", "cores", "connections"]
    assert found[1].requests_per_second == pytest.approx(2500)


@pytest.mark.parametrize(
    ("number", "slots", "wall_s", "formula"),
    [
        (10, 1, 50, "10 requests / (10 waves of 1 slot × 5 s)"),
        (10, 2, 25, "10 requests / (5 waves of 2 slots × 5 s)"),
        (9, 2, 25, "9 requests / (5 waves of 2 slots × 5 s)"),
        (10, 1000, 5, "10 requests at once / 5 s"),
        (10, None, 5, "10 requests at once / 5 s"),
        (1, 1, 5, "1 request at once / 5 s"),
    ],
)
def test_a_burst_that_sleeps_goes_in_whole_waves(number: int, slots: int | None, wall_s: float, formula: str) -> None:
    bound = bounds.ceiling(LimitFacts(connections=number, delay_s=5, slots=slots, burst=True))
    assert bound is not None
    assert number / bound.requests_per_second == pytest.approx(wall_s)
    assert bound.formula == formula


@pytest.mark.parametrize(
    ("number", "cores", "processes", "wall_s"),
    [(5, 4, 2, 6), (5, 2, 2, 6), (5, 1, 2, 10), (4, 4, 1, 8), (5, 4, None, 2.5), (1, 4, None, 2)],
)
def test_a_burst_that_computes_takes_the_steps_of_its_processes_and_cores(
    number: int, cores: int, processes: int | None, wall_s: float
) -> None:
    found = LimitFacts(
        connections=number,
        delay_s=0,
        slots=processes,
        processes=processes,
        cores=cores,
        cpu_s=2,
        app_cpu_s=2,
        burst=True,
    )
    bound = bounds.ceiling(found)
    assert bound is not None
    assert number / bound.requests_per_second == pytest.approx(wall_s)


def test_whole_steps_bind_also_where_slots_abound_and_each_process_has_a_core() -> None:
    given = LimitFacts(connections=5, delay_s=0, slots=2000, processes=2, cores=2, cpu_s=2, app_cpu_s=2, burst=True)
    bound = bounds.ceiling(given)
    assert bound is not None
    assert bound.name == "cores"
    assert 5 / bound.requests_per_second == pytest.approx(6)


def test_the_steps_of_a_burst_are_told_in_figures() -> None:
    bound = bounds.ceiling(
        LimitFacts(connections=5, delay_s=0, processes=2, cores=4, cpu_s=2, app_cpu_s=1.9, burst=True)
    )
    assert bound is not None
    assert bound.formula == "5 requests / (3 steps of 2 processes × 1.90 s of the application's CPU)"


def pool(
    *, slots: int, delay_s: float, cpu_s: float, hand_over_s: float, in_step: bool, lasts_s: float = 60.0
) -> float:
    """Requests per second of threads that sleep and share one interpreter, with a new request always at hand.

    A thread's turn is its sleep, its wait for the interpreter, its CPU, and a hand-over of `hand_over_s` on average. In
    step, all that wait are computed before any of them gets its next request.
    """
    draw = random.Random(7)  # noqa: S311 - a simulation
    woken = [delay_s] * slots
    now, answered = 0.0, 0
    while now < lasts_s:
        now = max(now, woken[0])
        ready = [at for at in woken if at <= now] if in_step else woken[:1]
        now += cpu_s * len(ready)
        answered += len(ready)
        late = [draw.expovariate(1 / hand_over_s) if hand_over_s else 0.0 for _ in ready]
        woken = sorted([*woken[len(ready) :], *(now + delay_s + one for one in late)])
    return answered / now


@pytest.mark.parametrize("cpu_s", [0.0004, 0.00076])
def test_threads_that_lose_no_time_between_requests_reach_the_bound(cpu_s: float) -> None:
    given = LimitFacts(connections=2000, delay_s=0.1, slots=40, processes=1, cpu_s=cpu_s, app_cpu_s=cpu_s)
    rate = pool(slots=40, delay_s=0.1, cpu_s=cpu_s, hand_over_s=0, in_step=False)
    assert rate == pytest.approx(40 / (0.1 + cpu_s), rel=0.005)
    found = bounds.turn(given, requests_per_second=rate)
    assert found is not None
    assert found.between_s < 0.0005


@pytest.mark.parametrize("cpu_s", [0.0004, 0.00076, 0.002])
def test_threads_in_step_come_to_the_rate_that_is_told_for_it(cpu_s: float) -> None:
    given = LimitFacts(connections=2000, delay_s=0.1, slots=40, processes=1, cpu_s=cpu_s, app_cpu_s=cpu_s)
    rate = pool(slots=40, delay_s=0.1, cpu_s=cpu_s, hand_over_s=0, in_step=True)
    found = bounds.turn(given, requests_per_second=rate)
    assert found is not None
    assert found.in_step == pytest.approx(rate, rel=0.005)


@pytest.mark.parametrize("hand_over_s", [0.001, 0.003, 0.006])
@pytest.mark.parametrize("in_step", [True, False])
def test_what_a_turn_lacks_is_the_hand_over_and_waiting_for_the_interpreter(hand_over_s: float, in_step: bool) -> None:
    """The famous row: 374 to 377/s where 40 slots / (100 ms + 760 µs) allow 397: 5.9 ms are neither sleep nor CPU."""
    given = LimitFacts(connections=2000, delay_s=0.1, slots=40, processes=1, cpu_s=0.00076, app_cpu_s=0.00076)
    rate = pool(slots=40, delay_s=0.1, cpu_s=0.00076, hand_over_s=hand_over_s, in_step=in_step)
    found = bounds.turn(given, requests_per_second=rate)
    assert found is not None
    waiting_s = 0.0005
    assert hand_over_s * 0.95 <= found.between_s <= hand_over_s * 1.05 + waiting_s
    bound = bounds.ceiling(given)
    assert bound is not None
    assert found.in_step < rate < bound.requests_per_second


@pytest.mark.parametrize(
    "changes",
    [{"slots": None}, {"slots": 3000}, {"delay_s": 0.0}, {"app_cpu_s": 0.0}, {"burst": True}],
)
def test_where_requests_do_not_wait_for_a_slot_it_has_no_turn(changes: dict[str, object]) -> None:
    facts = {"connections": 2000, "delay_s": 0.1, "slots": 40, "cpu_s": 0.001, "app_cpu_s": 0.001} | changes
    assert bounds.turn(LimitFacts(**facts), requests_per_second=370) is None  # type: ignore[arg-type]
