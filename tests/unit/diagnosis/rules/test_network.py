from lab.diagnosis.rules import capacity, network
from lab.model import ErrorCounts
from lab.model.evidence import Evidence, Link, TierLook, Traits, WrongAnswers
from tests.unit.diagnosis.diagnosis_scenes import (
    CROWDED,
    make_course,
    make_observed,
    make_sockets,
    make_task,
    make_tier,
)

NGINX = frozenset({"nginx"})
QUICKLY = {502: WrongAnswers(count=20, first_s=0.5, fastest_ms=1, slowest_ms=9)}
AFTER_3_S = {504: WrongAnswers(count=20, first_s=3.2, fastest_ms=3000, slowest_ms=3010)}


def behind_nginx(app: TierLook, *, refusals: dict[int, WrongAnswers] | None = None, **counters: int) -> Evidence:
    failed = sum(one.count for one in (refusals or {}).values())
    course = make_course(refusals=refusals or {}, errors=ErrorCounts(status=failed))
    return make_observed(course=course, nginx=lambda at_s: make_tier(counters=counters if at_s else {}), app=app)


def test_a_full_accept_queue_is_told_with_what_found_no_place() -> None:
    app = make_tier(counters={"ListenOverflows": 31}, sockets=make_sockets(to_accept=5))
    (clue,) = network.accept_queue(make_observed(app=app))
    assert (clue.cause, clue.tier, clue.since_s) == ("accept-queue", "app", 0.0)
    assert "31 connections found no place (ListenOverflows), up to 5 stood in it" in clue.evidence[0]
    assert list(network.accept_queue(make_observed())) == []


def test_refused_connections_are_told_of_the_tier_where_nobody_listens() -> None:
    (clue,) = network.refused(behind_nginx(make_tier(sockets=make_sockets(listening=0)), AttemptFails=12))
    assert (clue.cause, clue.tier, clue.other, clue.since_s) == ("refused", "app", "nginx", 0.25)
    assert clue.evidence == ("12 connections from nginx to app were refused: nobody listened at app.",)


def test_a_tier_that_has_ended_is_named_as_that() -> None:
    (clue,) = network.refused(behind_nginx(make_tier(running=False, sockets=None), AttemptFails=12))
    assert "app has ended" in clue.evidence[0]


def test_the_load_that_finds_nobody_is_told_of_the_entry() -> None:
    course = make_course(errors=ErrorCounts(connect=30), failed_first_s=1.0)
    (clue,) = network.refused(make_observed(course=course))
    assert (clue.tier, clue.other, clue.since_s) == ("app", "load", 1.0)


def test_ports_that_closed_connections_keep_are_told() -> None:
    def nginx(at_s: float) -> TierLook:
        return make_tier(sockets=make_sockets(towards={"app": Link(open=3, time_wait=int(at_s * 100))}))

    seen = make_observed(traits={"nginx": Traits(ports=200)}, nginx=nginx, app=make_tier())
    (clue,) = network.ports(seen)
    assert (clue.cause, clue.tier, clue.since_s) == ("ports", "nginx", 2.0)
    assert "300 closed ones in TIME_WAIT" in clue.evidence[0]
    assert list(network.ports(make_observed(nginx=nginx, app=make_tier()))) == [], "28,232 ports are enough"


def test_connections_cut_in_use_are_told_of_the_tier_that_cut_them() -> None:
    (clue,) = network.keep_alive(behind_nginx(make_tier(), refusals=QUICKLY, EstabResets=20))
    assert (clue.cause, clue.tier, clue.other, clue.since_s) == ("keep-alive", "app", "nginx", 0.5)


def test_resets_without_failed_requests_or_of_a_dead_tier_are_no_keep_alive() -> None:
    assert list(network.keep_alive(behind_nginx(make_tier(), EstabResets=20))) == []
    dead = make_tier(running=False)
    assert list(network.keep_alive(behind_nginx(dead, refusals=QUICKLY, EstabResets=20))) == []
    deaf = make_tier(sockets=make_sockets(listening=0))
    assert list(network.keep_alive(behind_nginx(deaf, refusals=QUICKLY, EstabResets=20))) == []


def test_resets_far_beyond_the_failures_are_those_of_something_else() -> None:
    assert list(network.keep_alive(behind_nginx(make_tier(), refusals=QUICKLY, EstabResets=454))) == []


def churning(at_s: float) -> TierLook:
    return make_tier(counters={"PassiveOpens": int(at_s * 100)}, tasks=(make_task(), make_task(int(100 + at_s * 4))))


def test_connections_opened_anew_and_closed_are_told_where_each_costs_a_process() -> None:
    app = make_tier(sockets=make_sockets(towards={"db": Link(open=2, time_wait=250)}))
    (clue,) = network.reconnects(make_observed(app=app, db=churning))
    assert (clue.cause, clue.tier, clue.other) == ("reconnects", "app", "db")
    assert "connected to 300 times during 300 requests" in clue.evidence[0]


def test_processes_that_each_connection_begins_are_told_though_they_pile_up() -> None:
    def piling(at_s: float) -> TierLook:
        tasks = tuple(make_task(100 + number) for number in range(int(at_s * 80)))
        return make_tier(counters={"PassiveOpens": int(at_s * 100)}, tasks=(make_task(), *tasks))

    app = make_tier(sockets=make_sockets(towards={"db": Link(open=2, time_wait=250)}))
    (clue,) = network.reconnects(make_observed(app=app, db=piling))
    assert "at least 240 processes of it began meanwhile" in clue.evidence[0]


def test_a_pool_of_threads_that_fills_behind_a_proxy_that_keeps_no_connection_is_not_told() -> None:
    def filling(at_s: float) -> TierLook:
        tasks = tuple(make_task(10, tid=10 + number) for number in range(int(at_s * 80)))
        return make_tier(counters={"PassiveOpens": int(at_s * 100)}, tasks=(make_task(), *tasks))

    nginx = make_tier(sockets=make_sockets(towards={"app": Link(open=2, time_wait=250)}))
    assert list(network.reconnects(make_observed(nginx=nginx, app=filling))) == []


def test_workers_that_are_killed_and_begun_anew_are_not_told() -> None:
    def killed(at_s: float) -> TierLook:
        tasks = tuple(make_task(100 + int(at_s) * 8 + number) for number in range(8))  # each lives for a second
        return make_tier(counters={"PassiveOpens": int(at_s * 100)}, tasks=(make_task(), *tasks))

    nginx = make_tier(sockets=make_sockets(towards={"app": Link(open=2, time_wait=250)}))
    assert list(network.reconnects(make_observed(nginx=nginx, app=killed))) == []


def test_connections_that_the_inner_tier_closes_or_that_cost_it_nothing_are_not() -> None:
    kept = make_tier(sockets=make_sockets(towards={"db": Link(open=2)}))
    assert list(network.reconnects(make_observed(app=kept, db=churning))) == []
    closed = make_tier(sockets=make_sockets(towards={"db": Link(time_wait=250)}))
    calm = make_tier(counters={"PassiveOpens": 300})
    assert list(network.reconnects(make_observed(app=closed, db=calm))) == []


def test_a_time_out_ends_all_after_the_same_time_and_the_inner_tier_works_on() -> None:
    (clue,) = network.time_out(behind_nginx(make_tier(sockets=make_sockets(hung_up=14)), refusals=AFTER_3_S))
    assert (clue.cause, clue.tier, clue.other, clue.since_s) == ("time-out", "nginx", "app", 3.2)
    assert "20 requests were answered 504 after 3.00 s." in clue.evidence[0]
    assert "14 requests in hand whose client was gone" in clue.evidence[0]


def test_failures_that_come_at_once_or_whenever_are_no_time_out() -> None:
    whenever = {500: WrongAnswers(count=20, first_s=1, fastest_ms=600, slowest_ms=2900)}
    for refusals in (QUICKLY, whenever, {404: AFTER_3_S[504]}, {500: AFTER_3_S[504]}, {503: AFTER_3_S[504]}):
        assert list(network.time_out(behind_nginx(make_tier(), refusals=refusals))) == []


def delaying(*, open_to_app: int = 1, app: TierLook | None = None, parts: frozenset[str] = NGINX) -> Evidence:
    """Nginx with all requests in hand, which passes one on at a time."""
    link = {"app": Link(open=open_to_app)}
    return make_observed(
        course=CROWDED,
        traits={"nginx": Traits(parts=parts)},
        nginx=make_tier(sockets=make_sockets(accepted=300, towards=link)),
        app=app or make_tier(counters={"PassiveOpens": 9}),
    )


def test_requests_that_nginx_keeps_to_itself_are_told() -> None:
    (clue,) = network.held_back(delaying())
    assert (clue.cause, clue.tier, clue.since_s) == ("configured-limit", "nginx", 0.0)
    assert "nginx had taken in 164 requests and had 1 connection open to the tiers behind it" in clue.evidence[0]
    assert len([*network.held_back(delaying(open_to_app=0))]) == 1


def test_requests_that_wait_behind_nginx_or_in_another_proxy_are_not() -> None:
    assert list(network.held_back(delaying(open_to_app=160))) == []
    assert list(network.held_back(delaying(app=make_tier(sockets=make_sockets(to_accept=5))))) == []
    assert list(network.held_back(delaying(parts=frozenset()))) == []


def test_an_nginx_whose_connections_are_not_seen_is_not() -> None:
    assert list(network.held_back(delaying(open_to_app=0, app=make_tier()))) == []


def test_nginx_has_no_pool() -> None:
    assert list(capacity.pool(delaying())) == []
    assert [clue.cause for clue in capacity.pool(delaying(parts=frozenset()))] == ["pool"]
