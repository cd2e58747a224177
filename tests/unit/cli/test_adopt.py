"""What `lab adopt` says of a project, with Compose's answer written down."""

import shlex
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
    config = {"name": "oddnme", "services": SERVICES}
    read = Read(config=config, written=config, left_out=(), running=())
    monkeypatch.setattr(adoption, "read", lambda _place, **_: read)
    return write_own(tmp_path / "odd näme", own=None)


def test_the_next_commands_can_be_pasted_and_the_name_is_the_one_that_was_given(lab: Lab, odd: Path) -> None:
    ended = lab("adopt", str(odd), "--entry", "c:80")
    assert ended.code == 0
    assert (
        f"  lab up '{odd}'\n  lab bench '{odd}'\n  lab why '{odd}' --rate 50    # or as many a second as you expect\n"
        in ended.out
    )
    assert "From inside the folder its name will do: lab up oddnme\n" in ended.out
    again = lab("adopt", str(odd), "--entry", "c:80")
    assert f"lab adopt '{odd}' --entry c:80 --force" in again.err


def test_the_command_that_is_advised_repeats_every_option_that_was_typed(lab: Lab, odd: Path) -> None:
    paths = odd / "my paths"
    paths.write_text("/\n")
    typed = ["--entry", "c:80", "--allow", "privileged", "--allow", "host-access", "--profile", "x", "--egress"]
    typed += ["--requests", str(paths)]
    assert lab("adopt", str(odd), *typed).code == 0
    told = lab("adopt", str(odd), *typed).err
    said = shlex.split(told.rpartition("write it anew: ")[2])
    assert said[:3] == ["lab", "adopt", str(odd)]
    assert sorted(said[3:]) == sorted([*typed, "--force"])
    assert lab(*said[1:]).code == 0


def test_a_compose_file_that_was_named_is_named_in_what_is_advised(lab: Lab, odd: Path) -> None:
    file = odd / "compose.yaml"
    assert lab("adopt", str(file), "--entry", "c:80").code == 0
    assert f"lab adopt '{file}' --entry c:80 --force" in lab("adopt", str(file), "--entry", "c:80").err


def test_other_entries_are_named_with_what_chooses_them(lab: Lab, odd: Path) -> None:
    told = lab("adopt", str(odd), "--entry", "c:80", "--egress").out
    entering = f"To enter there: lab adopt {str(odd)!r} --egress --entry a:80 --force"
    assert f"entry      c:80\n           published, too: a:80. {entering}\n" in told


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
    assert f"lab adopt '{odd}' --entry c:80 --learn --yes" in ended.err
    assert not (odd / "lab.yaml").exists()


def test_how_much_goes_side_by_side_is_told_with_the_names_that_the_compose_file_reads(
    lab: Lab, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(command: str) -> Read:
        web = {"image": "x", "ports": [{"target": 80}], "command": command}
        written = {"name": "shop", "services": {"web": {**web, "command": command.replace("4", "${WORKERS:-4}")}}}
        return Read(config={"name": "shop", "services": {"web": web}}, written=written, left_out=(), running=())

    monkeypatch.setattr(adoption, "read", lambda _place, **_: read("gunicorn --workers 4 --threads 2 app:app"))
    out = lab("adopt", str(odd)).out
    assert "web has WORKERS=4 × 2 requests at once, as it is started" in out
    assert "web has WORKERS=4 processes, as it is started" in out
    monkeypatch.setattr(adoption, "read", lambda _place, **_: read("gunicorn --workers 1 app:app"))
    assert "web has 1 process, as it is started" in lab("adopt", str(odd), "--force").out
    monkeypatch.setattr(adoption, "read", lambda _place, **_: read("flask run"))
    assert "not known  how many requests it has in service at once" in lab("adopt", str(odd), "--force").out
