from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.deploy.prepare import Plan
from lab.errors import LabError
from lab.lessons import looking, probes
from lab.lessons.judging import Seen
from lab.lessons.looking import Stage
from lab.measure import inside
from lab.measure.inside import InsideProcess
from tests.unit.lessons.lesson_factories import make_place
from tests.unit.unit_project import Answering

NOWHERE = Path("/nowhere")
TREE = [
    InsideProcess(pid=1, parent=0, command="/sbin/docker-init -- gunicorn app:app"),
    InsideProcess(pid=7, parent=1, command="python gunicorn app:app"),
    InsideProcess(pid=8, parent=7, command="python gunicorn app:app"),
    InsideProcess(pid=9, parent=7, command="python gunicorn app:app"),
]


def stage(**stacks: Plan) -> Stage:
    """Stacks that are up, and no files."""
    return Stage(stacks=stacks, files=NOWHERE)


def look(kind: str, server: Answering, other: Answering | None = None, /, **probe: Any) -> Seen:
    model = probes.KINDS[kind]
    both = stage(one=make_place(server.url), other=make_place((other or server).url, project="other"))
    keys = {"stack": "one", "beside": "other"} if "beside" in model.model_fields else {"stack": "one"}
    return looking.look(model.model_validate({"kind": kind, **keys, **probe}), both)


def test_every_kind_of_probe_has_somebody_who_looks() -> None:
    assert set(looking._LOOKS) == set(probes.KINDS.values())


def test_a_probe_names_its_stacks() -> None:
    same = probes.Same.model_validate({"kind": "same", "stack": "a", "beside": "b", "ask": {"path": "/"}})
    assert probes.stacks_of(same) == {"stack": "a", "beside": "b"}


@pytest.mark.parametrize(
    ("probe", "value"),
    [
        ({}, 200),
        ({"take": "body"}, "ok"),
        ({"take": "header", "header": "content-TYPE"}, "text/plain"),
        ({"take": "header", "header": "X-Nothing"}, ""),
    ],
)
def test_an_answer_shows_what_is_asked_of_it(server: Answering, probe: dict[str, Any], value: object) -> None:
    assert look("answer", server, ask={"path": "/health"}, **probe).value == value


def test_no_answer_is_status_0(server: Answering) -> None:
    probe = probes.Answer.model_validate({"kind": "answer", "stack": "one", "ask": {"path": "/"}})
    assert looking.look(probe, stage(one=make_place("http://127.0.0.1:1"))).value == 0


def test_two_answers_are_compared_in_status_body_and_the_headers_named(server: Answering) -> None:
    other = Answering()
    other.answers["/health"] = (200, "text/html", "OK")
    try:
        assert look("same", server, other, ask={"path": "/api/ping"}, headers=["Content-Type"]).value == 0
        seen = look("same", server, other, ask={"path": "/health"}, headers=["Content-Type", "Content-Length"])
        assert seen.value == 2
        assert "Content-Type: 'text/plain' against 'text/html'" in seen.detail
    finally:
        other.close()


def test_two_long_bodies_that_differ_at_their_ends_differ(server: Answering) -> None:
    other = Answering()
    server.answers["/long"], other.answers["/long"] = (200, "text/plain", "a" * 200), (200, "text/plain", "a" * 199)
    try:
        assert look("same", server, other, ask={"path": "/long"}).value == 1
    finally:
        other.close()


def test_two_that_do_not_answer_are_not_the_same() -> None:
    gone = make_place("http://127.0.0.1:1")
    probe = probes.Same.model_validate({"kind": "same", "stack": "one", "beside": "other", "ask": {"path": "/"}})
    assert looking.look(probe, stage(one=gone, other=gone)).value == 1


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ({"status": 200}, 6),
        ({"status": 404}, 0),
        ({"body": "ok"}, 6),
        ({"containing": "k"}, 6),
        ({"containing": "no"}, 0),
    ],
)
def test_answers_are_counted(server: Answering, wanted: dict[str, Any], value: int) -> None:
    seen = look("count", server, ask={"path": "/health"}, requests=6, at_once=2, **wanted)
    assert (seen.value, seen.detail) == (value, "6 × 200")


def test_different_values_of_a_header_are_counted(server: Answering) -> None:
    assert look("count", server, ask={"path": "/health"}, requests=3, different="Content-Type").value == 1
    assert look("count", server, ask={"path": "/health"}, requests=3, different="X-None").value == 0


def test_a_service_that_is_taken_away_comes_back_before_anything_else_is_looked_at(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    @contextmanager
    def without(project: str, service: str) -> Iterator[None]:
        done.append(f"{service} away")
        server.answers["/health"] = (503, "text/plain", "gone")
        yield
        server.answers["/health"] = (200, "text/plain", "ok")
        done.append(f"{service} back")

    monkeypatch.setattr(inside, "without", without)
    monkeypatch.setattr(inside, "restart", lambda _project, service: done.append(f"{service} anew"))
    seen = look("count", server, ask={"path": "/health"}, requests=2, status=503, without="app1")
    assert seen.value == 2
    assert done == ["app1 away", "app1 back", "app anew"]


@pytest.mark.parametrize(("children", "value"), [(False, 3), (True, 2)])
def test_processes_are_counted_all_or_children_only(
    server: Answering, monkeypatch: pytest.MonkeyPatch, children: bool, value: int
) -> None:
    monkeypatch.setattr(inside, "processes", lambda *_: TREE)
    assert look("processes", server, service="app", matching="^python", children=children).value == value


def test_the_most_threads_while_requests_wait_are_seen(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = iter([2, 12])
    monkeypatch.setattr(inside, "threads", lambda *_: next(counts, 5))
    seen = look("threads", server, service="app", ask={"path": "/health"}, at_once=2)
    assert seen.value in (0, 10)  # nobody looked in between, if both were answered at once
    assert seen.detail.startswith("2 before")


def test_the_line_of_a_request_is_looked_for_by_its_id(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[str] = []

    def log_lines(_project: str, _service: str, matching: str, **_how: float) -> list[str]:
        wanted.append(matching)
        return [f"{matching} 200"]

    monkeypatch.setattr(inside, "log_lines", log_lines)
    ask = {"path": "/health", "headers": {"X-Request-Id": "{id}"}}
    assert look("log", server, service="nginx", ask=ask, matching="id={id}").value == 1
    assert wanted == [f"id={server.received[0]['X-Request-Id']}"]


def test_memory_is_a_ratio_of_two_stacks(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "memory_mib", lambda project, _services: 10.0 if project == "other" else 30.0)
    assert look("memory", server).value == 3.0


def test_connections_are_those_opened_meanwhile(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "opened_connections", lambda *_: 100 + len(server.received))
    assert look("connections", server, service="nginx", ask={"path": "/health"}, requests=7).value == 7


@pytest.mark.parametrize("slow", ["unfinished", "sending", "reading"])
def test_others_are_answered_beside_slow_clients_where_nothing_holds_them(
    server: Answering, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    monkeypatch.setattr(inside, "address", lambda *_: "127.0.0.1")
    place = make_place(server.url, port=server.port)
    ask = {"path": "/health"}
    raw = {"kind": "held", "stack": "one", "slow": slow, "clients": 2, "ask": ask, "other": ask, "requests": 2}
    assert looking.look(probes.Held.model_validate(raw), stage(one=place)).value == 2


def test_claims_are_audited_in_the_learners_files_and_need_no_stack(tmp_path: Path) -> None:
    rows = ["| row | requests/s | mean ms | connections |", "|---|---|---|---|", "| a | 9.85 | 185 | 2000 |"]
    (tmp_path / "claims.md").write_text("\n".join([*rows, "| b | 15799 | 126 | 2000 |", ""]))
    for verdict, count in (("doubtful", 1), ("clean", 1)):
        probe = probes.Claims.model_validate({"kind": "claims", "file": "claims.md", "verdict": verdict})
        assert looking.look(probe, Stage(stacks={}, files=tmp_path)).value == count


@pytest.mark.parametrize(
    ("given", "count", "said"),
    [
        ({"b": {"rate": 15799, "connections": 2000}}, 1, "of 2 rows"),
        ({"b": {"rate": 15800, "connections": 2000}}, 0, "b: its rate was 15800; b: its rate was 15800"),
        ({"a": {"rate": 15799}}, 0, "b: no such row was given; b: no such row was given"),
    ],
)
def test_claims_count_only_with_the_figures_that_were_given(
    tmp_path: Path, given: dict[str, dict[str, float]], count: int, said: str
) -> None:
    row = "| b | 15799 | 126 | 2000 |"
    rows = ["| row | requests/s | mean ms | connections |", "|---|---|---|---|", row, row, ""]
    (tmp_path / "claims.md").write_text("\n".join(rows))
    raw = {"kind": "claims", "file": "claims.md", "verdict": "clean", "given": given}
    seen = looking.look(probes.Claims.model_validate(raw), Stage(stacks={}, files=tmp_path))
    assert (seen.value, seen.detail) == (count, said)


def test_processes_are_counted_when_none_comes_any_more(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([TREE[:2], TREE[:3], TREE])
    monkeypatch.setattr(inside, "processes", lambda *_: next(seen, TREE))
    monkeypatch.setattr(looking, "SETTLED_S", 0.0)
    assert look("processes", server, service="app", matching="^python").value == 3


@pytest.mark.parametrize("loop", ["closed", "open"])
def test_a_load_is_offered_while_a_service_stands_still(
    server: Answering, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    stood: list[str] = []

    @contextmanager
    def frozen(_project: str, service: str) -> Iterator[None]:
        stood.append(service)
        yield

    monkeypatch.setattr(inside, "frozen", frozen)
    monkeypatch.setattr(inside, "restart", lambda _project, service: stood.append(f"{service} anew"))
    how: dict[str, Any] = {"seconds": 0.3, "freeze_s": 0.1, "slow_s": 60}
    assert look("frozen", server, service="app", ask={"path": "/health"}, loop=loop, **how).value == 0
    assert stood == ["app", "app anew"]


def test_ctrl_c_while_a_service_stands_still_leaves_none_that_its_health_check_takes_for_dead(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    @contextmanager
    def frozen(_project: str, service: str) -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(inside, "frozen", frozen)
    monkeypatch.setattr(inside, "restart", lambda _project, service: done.append(f"{service} anew"))
    how: dict[str, Any] = {"seconds": 0.3, "freeze_s": 0.1, "slow_s": 60}
    with pytest.raises(KeyboardInterrupt):
        look("frozen", server, service="app", ask={"path": "/health"}, loop="closed", **how)
    assert done == ["app anew"]


def test_waves_of_what_is_refused_are_no_waves(server: Answering) -> None:
    assert isinstance(look("waves", server, ask={"path": "/health"}, at_once=3).value, float)
    with pytest.raises(LabError, match="were not answered with 200"):
        look("waves", server, ask={"path": "/nothing"}, at_once=3)


def test_where_two_bodies_differ_is_shown_with_spaces_and_newlines_as_they_are(server: Answering) -> None:
    other = Answering()
    server.answers["/x"] = (200, "text/plain", "y" * 100 + '{"a":1}\n')
    other.answers["/x"] = (200, "text/plain", "y" * 100 + '{"a": 1}')
    try:
        seen = look("same", server, other, ask={"path": "/x"})
    finally:
        other.close()
    assert seen.value == 1
    assert r""":1}\n' against '""" in seen.detail
    assert '"a": 1}' in seen.detail


def test_processes_are_shown_without_the_engines_own_and_those_that_look_alike_as_one(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "processes", lambda *_: TREE)
    seen = look("processes", server, service="app", matching="^python")
    assert seen.value == 3
    assert seen.detail == "7 (child of 1) python gunicorn app:app; 2 children of 7: python gunicorn app:app"
