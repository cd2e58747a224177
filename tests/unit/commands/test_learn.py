"""`lab adopt --learn` with a stack that is up, which is a server of the test's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.commands import learn
from lab.errors import Unhealthy, UsageError
from lab.measure import learning
from lab.measure.learning import Learned
from tests.unit.own_project import OWN, write_own
from tests.unit.unit_factories import make_machine
from tests.unit.unit_project import Answering


@pytest.fixture(autouse=True)
def up(project: Path, server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def at_hand(*_: Any, **__: Any) -> Iterator[tuple[str, str]]:
        yield "lab-shop", server.url

    monkeypatch.setenv("LAB_ROOT", str(project))
    monkeypatch.setattr(learn, "at_hand", at_hand)
    monkeypatch.setattr(learning, "APART_S", 0)
    server.answers["/home"] = (200, "text/html", "<h1>")
    server.answers["/orders"] = (409, "application/json", '{"why": "sold out"}')


def learned(folder: Path, *, agrees: bool = True) -> Sequence[Learned]:
    return learn.learn(
        folder, machine=make_machine(), wait_s=0, say=lambda _: None, agree=lambda found: bool(found) and agrees
    )


def test_what_was_answered_twice_is_written_where_a_person_can_change_it(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "shop", own=f"# mine\n{OWN}")
    assert len(learned(folder)) == 2
    text = (folder / "lab.yaml").read_text()
    said = yaml.safe_load(text)["requests"]
    assert text.startswith("# mine\n")
    assert said["home"][0]["answer"] == {"status": 200, "type": "text/html", "body": "<h1>"}
    assert said["order"][0]["answer"] == {"status": 409, "type": "application/json", "body": {"why": "sold out"}}


def test_nothing_is_written_that_nobody_agrees_to(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "shop")
    learned(folder, agrees=False)
    assert (folder / "lab.yaml").read_text() == OWN


def test_what_has_no_right_answer_is_told_and_the_others_are_written(tmp_path: Path, server: Answering) -> None:
    folder = write_own(tmp_path / "shop")
    server.answers["/orders"] = (500, "text/plain", "oops")
    with pytest.raises(Unhealthy, match="of 1 of 2 requests") as caught:
        learned(folder)
    assert caught.value.where == "POST /orders: status 500, which is never right"
    said = yaml.safe_load((folder / "lab.yaml").read_text())["requests"]
    assert said["home"][0]["answer"]["body"] == "<h1>"
    assert said["order"][0]["answer"] == yaml.safe_load(OWN)["requests"]["order"][0]["answer"]


def test_requests_that_stand_in_an_x_lab_cannot_be_written_to(tmp_path: Path) -> None:
    indented = "".join(f"  {line}\n" for line in OWN.splitlines())
    compose = f"x-lab:\n{indented}services:\n  web: {{image: web}}\n  db: {{image: postgres}}\n"
    folder = write_own(tmp_path / "shop", compose=compose, own=None)
    with pytest.raises(UsageError, match="do not stand in its lab"):
        learned(folder)


def test_a_script_has_nothing_to_be_learned(tmp_path: Path) -> None:
    own = OWN.replace("workloads: [home, order]", "workloads: [own]\nscripts: {own: {file: load.lua}}")
    folder = write_own(tmp_path / "shop", own=own)
    (folder / "load.lua").write_text("-- mine")
    with pytest.raises(UsageError, match="no request to learn from"):
        learned(folder)
