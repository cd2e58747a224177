import json
from pathlib import Path

import pytest

from lab.commands import trace
from lab.commands.trace import Ask, Traced
from lab.errors import LabError
from lab.traces import tree
from tests.unit.cli.cli_driving import Lab
from tests.unit.traces.traces_factories import make_span

PAGE = "http://127.0.0.1:4321/zipkin/traces/t"


def let_it_find(monkeypatch: pytest.MonkeyPatch, missing: str | None = None) -> None:
    def found(_catalog: object, _name: str, ask: Ask, **_: object) -> Traced:
        trees = tree.build([make_span("GET /x", service="client"), make_span("answer", "GET /x", 10, 50)])
        return Traced(ask=ask, status=200, trace="t", page=PAGE, trees=trees, missing=missing)

    monkeypatch.setattr(trace, "trace", found)


def test_a_trace_is_a_table_and_the_address_of_its_page(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_find(monkeypatch)
    ended = lab("trace", "plain", "/x")
    assert ended.code == 0
    first, header, _, answer, own, last = ended.out.splitlines()
    assert first == "GET /x → 200"
    assert header.split()[:2] == ["what", "where"]
    assert answer.startswith("  answer  app     10.0 µs  50.0 µs")
    assert own.startswith("client is lab trace itself")
    assert last.endswith(PAGE)


def test_what_is_missing_stands_below_the_table_and_ends_with_1(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_find(monkeypatch, missing="the worker has not told of the order")
    for options in ((), ("--json",)):
        ended = lab("trace", "plain", "/x", *options)
        assert ended.code == 1
        assert "the worker has not told of the order" in ended.out
        assert "the trace is not complete: the worker has not told of the order" in ended.err
        assert "--patience" in ended.err


def test_a_trace_that_nobody_was_to_tell_of_is_not_waited_for_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_find(monkeypatch, missing=trace.UNSAMPLED)
    ended = lab("trace", "plain", "/x")
    assert ended.code == 1
    assert "send a traceparent that ends in -01" in ended.err


def test_json_has_each_span(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_find(monkeypatch)
    found = json.loads(lab("trace", "plain", "/x", "--json").out)
    assert [(span["depth"], span["name"], span["took_ms"]) for span in found["spans"]] == [
        (0, "GET /x", 0.1),
        (1, "answer", 0.05),
    ]
    assert (found["status"], found["page"]) == (200, PAGE)


def test_the_picture_is_written_where_it_is_wanted(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    let_it_find(monkeypatch)
    ended = lab("trace", "plain", "/x", "--svg", str(tmp_path / "trace.svg"))
    assert ended.code == 0
    assert (tmp_path / "trace.svg").read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize("name", ["no/trace.svg", "."])
def test_a_picture_that_cannot_be_written_is_said_before_anything_is_sent(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setattr(trace, "trace", lambda *_, **__: pytest.fail("it was sent"))
    ended = lab("trace", "plain", "/x", "--svg", str(tmp_path / name))
    assert (ended.code, ended.out) == (2, "")
    assert "the picture cannot be written" in ended.err
    assert "name a file" in ended.err


def test_a_picture_that_fails_in_the_end_leaves_the_trace_on_the_terminal(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_it_find(monkeypatch)
    ended = lab("trace", "plain", "/x", "--svg", "/dev/full")
    assert ended.code == 2
    assert "  answer  app" in ended.out
    assert "the picture cannot be written" in ended.err


def test_a_request_that_fails_leaves_no_empty_picture(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise LabError("no")

    monkeypatch.setattr(trace, "trace", failing)
    assert lab("trace", "plain", "/x", "--svg", str(tmp_path / "x.svg")).code == 1
    assert [*tmp_path.glob("*.svg")] == []


def test_what_is_no_path_is_refused_in_words(lab: Lab) -> None:
    ended = lab("trace", "plain", "x")
    assert ended.code == 2
    assert "write it from the slash on" in ended.err


@pytest.mark.parametrize("command", [("trace", "plain", "/x"), ("up", "plain", "--trace")])
def test_a_stack_that_cannot_trace_is_refused_before_anything_is_started(lab: Lab, command: tuple[str, ...]) -> None:
    ended = lab(*command)
    assert ended.code == 2
    assert "plain has no traces" in ended.err
