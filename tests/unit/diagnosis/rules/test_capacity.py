from dataclasses import replace

from lab.diagnosis.finding import Clue
from lab.diagnosis.rules import capacity
from lab.model.evidence import Link, TierLook, Traits
from tests.unit.diagnosis.diagnosis_scenes import (
    CROWDED,
    make_course,
    make_observed,
    make_sockets,
    make_task,
    make_tier,
    resting,
    sleeping,
)

QUEUE = make_sockets(accepted=2, to_accept=80)


def loop(call: str | None, *, peer: str = "") -> TierLook:
    return make_tier(tasks=(make_task(call=call, peer=peer),), sockets=QUEUE)


def test_workers_that_all_wait_while_others_wait_for_them_are_slots() -> None:
    seen = make_observed(
        course=CROWDED, at_rest={"app": resting(workers=2)}, app=sleeping(workers=2, sockets=QUEUE), alone_s=0.1
    )
    (clue,) = capacity.in_service(seen)
    assert (clue.cause, clue.tier, clue.at_once, clue.needed) == ("slots", "app", 2, 13)
    assert "2 requests of app at a time waited in clock_nanosleep, while 162 more waited" in clue.evidence[0]


def test_enough_workers_that_all_wait_wait_for_one_another() -> None:
    seen = make_observed(
        course=CROWDED,
        at_rest={"app": resting(workers=12)},
        app=sleeping(workers=12, call="flock", sockets=QUEUE),
        alone_s=0.05,
    )
    (clue,) = capacity.in_service(seen)
    assert (clue.cause, clue.tier, clue.at_once, clue.needed) == ("contention", "app", 12, None)
    assert "12 requests of app at a time waited in flock" in clue.evidence[0]
    assert (
        clue.evidence[1]
        == "At 100/s of 50.0 ms each, 7 would do: there are enough, and each takes longer than one alone does."
    )


def test_enough_workers_that_wait_for_a_tier_behind_them_show_that_one() -> None:
    waiting = sleeping(workers=12, call="recvfrom", peer="store", sockets=QUEUE)
    seen = make_observed(
        course=CROWDED, at_rest={"app": resting(workers=12)}, app=waiting, store=make_tier(), alone_s=0.05
    )
    (clue,) = capacity.in_service(seen)
    assert (clue.cause, clue.tier, clue.other) == ("contention", "store", "app")
    assert "store takes longer for several at once than for one" in clue.evidence[1]


def test_workers_that_all_wait_with_nobody_behind_them_are_enough() -> None:
    seen = make_observed(at_rest={"app": resting(workers=10)}, app=sleeping(workers=10))
    assert list(capacity.in_service(seen)) == []


def test_threads_of_a_pool_inside_are_slots_though_the_loop_has_taken_all_in() -> None:
    def pool(count: int) -> TierLook:
        threads = (make_task(10, tid=20 + number, call="clock_nanosleep") for number in range(count))
        return make_tier(tasks=(make_task(10), *threads), sockets=make_sockets(accepted=300))

    seen = make_observed(course=CROWDED, at_rest={"app": make_tier()}, app=pool(40))
    (clue,) = capacity.in_service(seen)
    assert clue.at_once == 40


def test_threads_that_wait_for_a_core_in_between_are_counted_where_no_new_ones_come() -> None:
    def pool(at_s: float) -> TierLook:
        waiting = 40 if int(at_s * 4) % 3 else 9
        calls = ["clock_nanosleep"] * waiting + ["futex"] * (40 - waiting)
        threads = (make_task(10, tid=20 + number, call=call) for number, call in enumerate(calls))
        return make_tier(tasks=(make_task(10), *threads), sockets=make_sockets(accepted=300))

    (clue,) = capacity.in_service(make_observed(course=CROWDED, at_rest={"app": make_tier()}, app=pool))
    assert clue.at_once == 40


def test_a_tier_whose_threads_grow_with_the_requests_has_no_slots() -> None:
    seen = make_observed(
        course=CROWDED, at_rest={"app": resting(workers=1)}, app=lambda at_s: sleeping(workers=1 + int(at_s * 40))
    )
    assert list(capacity.in_service(seen)) == []


def test_a_proxy_that_waits_for_events_has_no_slots() -> None:
    nginx = make_tier(sockets=make_sockets(accepted=200, towards={"app": Link(open=200)}))
    found = capacity.in_service(
        make_observed(
            course=CROWDED,
            at_rest={"app": resting(workers=2)},
            nginx=nginx,
            app=sleeping(workers=2, sockets=QUEUE),
        )
    )
    assert [clue.tier for clue in found] == ["app"]


def test_an_outer_tier_that_waits_for_the_inner_one_says_so() -> None:
    seen = make_observed(
        course=CROWDED,
        at_rest={"app": resting(workers=4), "db": resting(workers=1)},
        app=sleeping(workers=4, call="recvfrom", peer="db", sockets=QUEUE),
        db=sleeping(workers=1, sockets=make_sockets(to_accept=3, accepted=1)),
    )
    outer, inner = capacity.in_service(seen)
    assert (outer.tier, outer.other) == ("app", "db")
    assert "waited for db in recvfrom" in outer.evidence[0]
    assert (inner.tier, inner.at_once) == ("db", 1)


def test_a_loop_that_waits_in_a_handler_is_blocked() -> None:
    asyncio = {"app": Traits(parts=frozenset({"asyncio"}))}
    seen = make_observed(course=CROWDED, traits=asyncio, app=loop("clock_nanosleep"))
    (clue,) = capacity.blocking(seen)
    assert (clue.cause, clue.tier) == ("blocking-async", "app")
    assert "In 8 of 8 looks the event loop of app waited in clock_nanosleep" in clue.evidence[0]


def test_a_loop_under_gevent_is_blocked_by_its_driver() -> None:
    both = {"app": Traits(parts=frozenset({"asyncio", "gevent"}))}
    seen = make_observed(course=CROWDED, traits=both, app=loop("recvfrom", peer="db"), db=make_tier())
    (clue,) = capacity.blocking(seen)
    assert (clue.cause, clue.other) == ("blocking-gevent", "db")
    assert "waited for db in recvfrom" in clue.evidence[0]


def test_a_loop_that_waits_for_whoever_comes_or_for_a_lock_or_runs_is_not_blocked() -> None:
    for call in ("epoll_wait", "futex", "accept4", None):
        assert list(capacity.blocking(make_observed(course=CROWDED, app=loop(call)))) == []


def test_a_worker_without_a_loop_is_not_a_blocked_one() -> None:
    seen = make_observed(course=CROWDED, at_rest={"app": resting(workers=2)}, app=sleeping(workers=2))
    assert list(capacity.blocking(seen)) == []


def test_more_requests_inside_than_connections_to_the_next_tier_are_a_pool() -> None:
    app = make_tier(sockets=make_sockets(accepted=64, unread=2, towards={"db": Link(open=2)}))
    seen = make_observed(course=CROWDED, app=app, db=make_tier(sockets=make_sockets(accepted=2)))
    (clue,) = capacity.pool(seen)
    assert (clue.cause, clue.tier, clue.other, clue.at_once) == ("pool", "app", "db", 2)
    assert "had 2 connections to db in every look, and had taken in 62 requests" in clue.evidence[0]


def test_connections_that_grow_with_the_requests_are_no_pool() -> None:
    def nginx(at_s: float) -> TierLook:
        return make_tier(sockets=make_sockets(accepted=200, towards={"app": Link(open=int(at_s * 40))}))

    assert list(capacity.pool(make_observed(course=CROWDED, nginx=nginx, app=make_tier()))) == []


def test_workers_with_a_connection_each_are_slots_and_no_pool() -> None:
    app = sleeping(
        workers=4,
        call="recvfrom",
        peer="db",
        sockets=make_sockets(accepted=4, to_accept=90, towards={"db": Link(open=4)}),
    )
    seen = make_observed(course=CROWDED, at_rest={"app": resting(workers=4)}, app=app, db=make_tier())
    assert list(capacity.pool(seen)) == []
    assert [(clue.cause, clue.at_once) for clue in capacity.in_service(seen)] == [("slots", 4)]


def test_an_inner_tier_with_a_queue_of_its_own_is_not_kept_from_work_by_a_pool() -> None:
    app = make_tier(sockets=make_sockets(accepted=64, towards={"db": Link(open=2)}))
    seen = make_observed(course=CROWDED, app=app, db=make_tier(sockets=make_sockets(accepted=2, unread=1)))
    assert list(capacity.pool(seen)) == []


def test_what_the_rate_needs_is_told_only_where_it_is_more() -> None:
    few = replace(make_course(rate=1.0), under_way=CROWDED.under_way)
    seen = make_observed(course=few, at_rest={"app": resting(workers=2)}, app=sleeping(workers=2, sockets=QUEUE))
    (clue,) = capacity.in_service(seen)
    assert clue.needed is None


def held(*, at_work: int, waiting: int, taken_in: int, call: str = "clock_nanosleep") -> TierLook:
    """Threads of one process, all of which have accepted a request, and most of which wait for another thread."""
    calls = [call] * at_work + ["futex"] * waiting
    tasks = tuple(make_task(10, tid=20 + number, call=name) for number, name in enumerate(calls))
    return make_tier(tasks=tasks, sockets=make_sockets(accepted=taken_in, to_accept=80))


def at_rest(*, threads: int, call: str) -> TierLook:
    return make_tier(tasks=tuple(make_task(10, tid=20 + number, call=call) for number in range(threads)))


def test_threads_that_wait_for_another_thread_are_a_lock_and_no_want_of_slots() -> None:
    for resting_in in ("accept4", "futex"):  # like a thread that accepts itself; like one of a pool
        seen = make_observed(
            course=CROWDED,
            at_rest={"app": at_rest(threads=8, call=resting_in)},
            app=held(at_work=1, waiting=7, taken_in=8),
        )
        (clue,) = capacity.in_service(seen)
        assert (clue.cause, clue.at_once) == ("lock", 1)
        assert (
            "1 request of app at a time waited in clock_nanosleep, while 7 threads had read a request too and waited "
            "in futex" in clue.evidence[0]
        )


def test_threads_that_rest_beside_those_at_work_are_no_lock() -> None:
    seen = make_observed(
        course=CROWDED, at_rest={"app": at_rest(threads=8, call="futex")}, app=held(at_work=1, waiting=7, taken_in=1)
    )
    assert [(clue.cause, clue.at_once) for clue in capacity.in_service(seen)] == [("slots", 1)]


def test_where_no_thread_is_at_work_at_all_it_is_said() -> None:
    seen = make_observed(
        course=CROWDED, at_rest={"app": at_rest(threads=8, call="accept4")}, app=held(at_work=0, waiting=8, taken_in=8)
    )
    (clue,) = capacity.in_service(seen)
    assert clue.cause == "lock"
    assert clue.evidence[0].startswith("No thread of app was at work, while 8 threads had read a request too")


def test_threads_of_which_the_one_at_work_computes_are_neither_a_lock_nor_slots() -> None:
    computing = held(at_work=0, waiting=7, taken_in=8)
    tasks = (*(computing.tasks or ()), make_task(10, tid=99, call=None))
    seen = make_observed(
        course=CROWDED,
        at_rest={"app": at_rest(threads=8, call="accept4")},
        app=replace(computing, tasks=tasks),
    )
    assert list(capacity.in_service(seen)) == []


def test_a_loop_that_waits_for_who_asked_it_says_so() -> None:
    def blocked(peer: str) -> Clue:
        seen = make_observed(
            course=CROWDED, at_rest={"app": make_tier()}, web=make_tier(), app=loop("poll", peer=peer), db=make_tier()
        )
        (clue,) = capacity.blocking(seen)
        return clue

    assert blocked("web").for_client
    assert "the event loop of app waited for web, which asked it, in poll" in blocked("web").evidence[0]
    assert not blocked("db").for_client
    assert blocked("load").for_client
    assert not blocked("").for_client


def test_enough_workers_that_wait_for_who_asks_them_do_not_accuse_that_one() -> None:
    seen = make_observed(
        course=CROWDED,
        at_rest={"app": resting(workers=12)},
        nginx=make_tier(),
        app=sleeping(workers=12, call="poll", peer="nginx", sockets=QUEUE),
        alone_s=0.05,
    )
    (clue,) = capacity.in_service(seen)
    assert (clue.cause, clue.tier, clue.other) == ("contention", "app", "")
