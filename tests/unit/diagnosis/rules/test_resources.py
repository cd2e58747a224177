from dataclasses import replace

from lab.diagnosis.rules import resources
from lab.model.evidence import Evidence, Files, TierLook, Traits
from tests.unit.diagnosis.diagnosis_scenes import make_course, make_observed, make_task, make_tier


def test_a_killed_process_is_told_with_the_limit_and_when() -> None:
    seen = make_observed(
        app=lambda at_s: make_tier() if at_s < 1 else make_tier(running=False, killed_for_memory=True, limit_mib=None)
    )
    (clue,) = resources.memory(seen)
    assert (clue.cause, clue.tier, clue.since_s) == ("memory", "app", 1.0)
    assert "1,000 MiB" in clue.evidence[0]


def test_memory_that_is_full_is_told_before_anybody_is_killed() -> None:
    (clue,) = resources.memory(make_observed(app=make_tier(memory_mib=980.0)))
    assert clue.since_s == 0.0
    assert list(resources.memory(make_observed(app=make_tier(memory_mib=900.0)))) == []


def test_who_was_killed_before_the_load_is_not_blamed_on_it() -> None:
    killed = make_tier(killed_for_memory=True)
    assert list(resources.memory(make_observed(at_rest={"app": killed}, app=killed))) == []


def test_a_quota_that_stops_a_tier_is_told_with_how_long() -> None:
    seen = make_observed(app=lambda at_s: make_tier(throttled_s=at_s * 0.8, cpu_s=at_s * 0.1))
    (clue,) = resources.throttling(seen)
    assert (clue.cause, clue.since_s) == ("throttling", 0.25)
    assert "800 ms of each second, at 10% of a core" in clue.evidence[0]


def test_a_quota_that_hardly_matters_is_not_told() -> None:
    assert list(resources.throttling(make_observed(app=lambda at_s: make_tier(throttled_s=at_s * 0.05)))) == []
    assert list(resources.throttling(make_observed(app=make_tier(throttled_s=None)))) == []


def test_busy_cores_are_told_of_the_tier_that_uses_most_of_them() -> None:
    seen = make_observed(
        nginx=lambda at_s: make_tier(cpu_s=at_s * 0.2), app=lambda at_s: make_tier(cpu_s=at_s * 0.7), cores=1
    )
    (clue,) = resources.cpu(seen)
    assert (clue.cause, clue.tier) == ("cpu", "app")
    assert "90% of the time of one core" in clue.evidence[0]
    assert list(resources.cpu(replace(seen, cores=2))) == []


def test_one_thread_that_never_sleeps_is_the_limit_though_cores_are_idle() -> None:
    seen = make_observed(
        app=lambda at_s: make_tier(tasks=(make_task(call=None, cpu_s=at_s * 0.99),), cpu_s=at_s * 0.99), cores=4
    )
    (clue,) = resources.cpu(seen)
    assert clue.evidence[0] == "1 thread of app never slept, and ran for 99% of the time."


def crowded_out(*, answers: int) -> Evidence:
    """A thread that always wants to run, and has three tenths of its core."""
    return make_observed(
        course=make_course(answers=(answers,) * 30),
        app=lambda at_s: make_tier(
            tasks=(make_task(call=None, cpu_s=at_s * 0.3, waited_s=at_s * 0.69),), cpu_s=at_s * 0.3
        ),
    )


def test_requests_that_cost_more_than_there_is_are_the_limit_whoever_else_has_the_core() -> None:
    dear = crowded_out(answers=2)
    (clue,) = resources.cpu(dear)
    assert clue.evidence[1] == "At this rate its requests cost 150% of a core."
    assert list(resources.neighbours(dear)) == []


def test_requests_that_would_fit_are_held_up_by_neighbours() -> None:
    cheap = crowded_out(answers=9)
    assert list(resources.cpu(cheap)) == []
    (clue,) = resources.neighbours(cheap)
    assert (clue.cause, clue.tier) == ("neighbours", "app")
    assert "cost 33% of a core" in clue.evidence[1]


def test_a_tier_that_its_quota_stops_has_no_neighbours_for_that() -> None:
    def throttled(at_s: float) -> TierLook:
        task = make_task(call=None, cpu_s=at_s * 0.3, waited_s=at_s * 0.69)
        return make_tier(tasks=(task,), cpu_s=at_s * 0.3, throttled_s=at_s * 0.7)

    assert list(resources.neighbours(make_observed(course=make_course(answers=(9,) * 30), app=throttled))) == []


def test_who_computes_all_the_time_and_answers_nothing_wants_more_than_there_is() -> None:
    (clue,) = resources.cpu(crowded_out(answers=0))
    assert clue.evidence[1] == "At this rate its requests were not answered at all."


def test_a_process_without_room_for_another_file_is_told() -> None:
    seen = make_observed(app=lambda at_s: make_tier(files=Files(pid=10, open=min(20 + int(at_s * 40), 64), limit=64)))
    (clue,) = resources.files(seen)
    assert (clue.cause, clue.since_s) == ("files", 1.25)
    assert "64 of 64" in clue.evidence[0]
    assert list(resources.files(make_observed(app=make_tier(files=None)))) == []


def test_a_generator_that_sends_late_or_has_no_time_is_told() -> None:
    (late,) = resources.load(make_observed(course=make_course(lag_p50_ms=200.0)))
    (busy,) = resources.load(make_observed(course=make_course(generator_share=0.95)))
    assert (late.cause, busy.cause) == ("load", "load")
    assert list(resources.load(make_observed())) == []


def turns(at_s: float, *, share: float = 1.0) -> TierLook:
    """Eight threads of a process, which run one after the other."""
    tasks = tuple(make_task(10, tid=20 + number, call="futex", cpu_s=at_s * share / 8) for number in range(8))
    return make_tier(tasks=tasks, cpu_s=at_s * share)


def test_threads_of_python_that_take_turns_on_one_core_are_told_on_a_machine_with_more() -> None:
    python = {"app": Traits(parts=frozenset({"python"}))}
    seen = make_observed(course=make_course(answers=(2,) * 30), cores=2, traits=python, app=turns)
    (clue,) = resources.cpu(seen)
    assert (clue.cause, clue.tier) == ("cpu", "app")
    assert (
        "together wanted a core all the time, and ran for 100% of it: of Python, one thread at a time runs"
        in clue.evidence[0]
    )
    assert list(resources.cpu(replace(seen, traits={"app": Traits()}))) == []


def kept_from_its_core(at_s: float) -> TierLook:
    """The same, and something else has their core half of the time."""
    look = turns(at_s, share=0.5)
    return replace(look, tasks=tuple(replace(task, waited_s=at_s / 4) for task in look.tasks or ()))


def test_threads_of_python_that_a_neighbour_keeps_from_running_want_their_core_still() -> None:
    python = {"app": Traits(parts=frozenset({"python"}))}

    seen = make_observed(course=make_course(answers=(2,) * 30), cores=2, traits=python, app=kept_from_its_core)
    assert "ran for 50% of it" in next(resources.cpu(seen)).evidence[0]


def test_threads_of_python_that_leave_their_core_idle_are_not_told() -> None:
    python = {"app": Traits(parts=frozenset({"python"}))}
    idle = make_observed(
        course=make_course(answers=(2,) * 30), cores=2, traits=python, app=lambda at_s: turns(at_s, share=0.5)
    )
    assert list(resources.cpu(idle)) == []


def test_processes_that_share_the_only_core_are_not_said_to_wait_for_the_interpreter() -> None:
    python = {"app": Traits(parts=frozenset({"python"}))}
    seen = make_observed(course=make_course(answers=(2,) * 30), cores=1, traits=python, app=turns)
    (clue,) = resources.cpu(seen)
    assert clue.cores_full
    shared = make_observed(course=make_course(answers=(2,) * 30), cores=1, traits=python, app=kept_from_its_core)
    (clue,) = resources.cpu(shared)
    assert clue.cores_full
    assert "ran for 50% of it: there is one core for all" in clue.evidence[0]
