from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lab.measure import backlog, own_word
from lab.measure.backlog import QueueLook
from lab.measure.rig import Rig
from lab.model import Backlog
from lab.model.vitals import OwnWord

BEFORE = QueueLook(at_s=100.0, finished=7.0, waiting=3.0)
AFTER = QueueLook(at_s=104.0, finished=207.0, waiting=880.0)


def rig_of(*told: OwnWord | None) -> Rig:
    """A rig whose containers say this when they have been looked up anew; None for one without a label."""

    def container(said: OwnWord | None) -> Any:
        one = SimpleNamespace(labels={} if said is None else {own_word.LABEL: "8080/metrics"}, said=None)
        one.reload = lambda: setattr(one, "said", said)
        return one

    return cast(Rig, SimpleNamespace(containers=[("a", container(said)) for said in told]))


@pytest.fixture(autouse=True)
def _answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_word, "ask", lambda container: container.said)


def test_workers_have_finished_their_own_and_share_one_queue() -> None:
    workers = OwnWord(finished=40.0, queued=12.0), OwnWord(queued=12.0)
    found = backlog.look(rig_of(None, OwnWord(requests=900.0), *workers))
    assert found is not None
    assert (found.finished, found.waiting) == (40.0, 12.0)


def test_where_nobody_knows_of_a_queue_there_is_none() -> None:
    assert backlog.look(rig_of(None, OwnWord(requests=900.0))) is None


def test_what_was_finished_between_two_looks_is_told_with_what_is_left() -> None:
    assert backlog.between(BEFORE, AFTER) == Backlog(finished=200, seconds=4.0, waiting=880)


def test_nothing_is_told_of_a_worker_that_was_started_again_or_not_seen() -> None:
    assert backlog.between(BEFORE, replace(AFTER, finished=2.0)) is None
    assert backlog.between(None, AFTER) is None
    assert backlog.between(BEFORE, None) is None


def test_a_look_is_of_the_moment_at_which_the_workers_were_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]

    def slow(container: Any) -> OwnWord:
        clock[0] += 1
        return cast(OwnWord, container.said)

    monkeypatch.setattr(own_word, "ask", slow)
    monkeypatch.setattr("lab.measure.backlog.time.monotonic", lambda: clock[0])
    found = backlog.look(rig_of(OwnWord(finished=1.0, queued=2.0), OwnWord(finished=1.0, queued=2.0)))
    assert found is not None
    assert found.at_s == 100.5
