"""What `lab adopt` says of a project, with Compose's answer written down."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.deploy import adoption
from lab.deploy.adoption import Read
from tests.unit.cli.cli_driving import Lab
from tests.unit.own_project import write_own

SERVICES: dict[str, Any] = {
    "a": {"image": "x", "ports": [{"target": 80}]},
    "c": {"image": "x", "ports": [{"target": 80}]},
    "worker": {"image": "x"},
}


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a folder whose name a shell would take apart, and Compose spells otherwise."""
    read = Read(config={"name": "oddnme", "services": SERVICES}, left_out=(), running=())
    monkeypatch.setattr(adoption, "read", lambda _place, **_: read)
    return write_own(tmp_path / "odd näme", own=None)


def test_the_next_commands_can_be_pasted_and_the_name_is_the_one_that_was_given(lab: Lab, odd: Path) -> None:
    ended = lab("adopt", str(odd), "--entry", "c:80")
    assert ended.code == 0
    assert f"  lab up '{odd}'\n  lab bench '{odd}'\n" in ended.out
    assert "From inside the folder its name will do: lab up oddnme\n" in ended.out
    again = lab("adopt", str(odd), "--entry", "c:80")
    assert f"lab adopt '{odd}' --force" in again.err


def test_other_entries_are_named_with_what_chooses_them(lab: Lab, odd: Path) -> None:
    told = lab("adopt", str(odd), "--entry", "c:80").out
    assert "entry      c:80\n           published, too: a:80. To enter there: --entry a:80 --force\n" in told


def test_a_port_that_no_file_speaks_of_is_remarked_upon(lab: Lab, odd: Path) -> None:
    remark = "no file of the project says that a listens on 99"
    assert remark in lab("adopt", str(odd), "--entry", "a:99").out
    assert "no file" not in lab("adopt", str(odd), "--entry", "a:80", "--force").out


def test_a_port_that_there_is_not_is_refused_before_anything_is_written(lab: Lab, odd: Path) -> None:
    ended = lab("adopt", str(odd), "--entry", "worker:99999")
    assert (ended.code, ended.out) == (2, "")
    assert "99999 is not a port" in ended.err
    assert not (odd / "lab.yaml").exists()


def test_what_is_left_out_of_a_file_of_requests_is_told_without_what_a_terminal_obeys(lab: Lab, odd: Path) -> None:
    (odd / "api.yaml").write_text('openapi: 3.0.0\npaths: {/: {get: {}}, "/\\e[31m{x}": {get: {}}}\n')
    ended = lab("adopt", str(odd), "--entry", "c:80", "--requests", str(odd / "api.yaml"))
    assert "left out: GET /?[31m{x}: there is no example for x" in ended.err
    assert "\x1b" not in ended.out + ended.err


def test_a_script_is_named_in_the_file_and_where_it_lies(lab: Lab, odd: Path) -> None:
    (odd / "load.lua").write_text("-- mine")
    assert lab("adopt", str(odd), "--entry", "c:80", "--requests", str(odd / "load.lua")).code == 0
    said = yaml.safe_load((odd / "lab.yaml").read_text())
    assert (said["workloads"], said["scripts"]) == (["script"], {"script": {"file": "load.lua"}})
    assert "requests" not in said


def test_answers_are_not_learned_where_nobody_can_be_asked_whether_they_are_right(lab: Lab, odd: Path) -> None:
    ended = lab("adopt", str(odd), "--entry", "c:80", "--learn")
    assert ended.code == 2
    assert "there is no terminal to ask on" in ended.err
    assert not (odd / "lab.yaml").exists()
