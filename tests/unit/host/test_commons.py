"""The folders that all users of a host share, tried with a second user: a child that gives root up."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.errors import HostBusy, HostError
from lab.host import commons, session

STRANGER = 54_321
"""The id of a user that no host has; nothing is kept of it."""
AS_STRANGER = f"""
import os, json
from lab.errors import LabError
from lab.host import session
os.setgroups([])
os.setgid({STRANGER})
os.setuid({STRANGER})
os.umask(0o077)
"""
BY_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can become a second user")


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that a second user can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="lab-test-") as name:
        Path(name).chmod(0o755)
        monkeypatch.setenv("LAB_STATE", f"{name}/state")
        yield Path(name, "state")


@pytest.fixture
def host(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host without LAB_STATE whose /run and /tmp are the test's own."""
    monkeypatch.delenv("LAB_STATE")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    run, temporary = state.parent / "run", state.parent / "tmp"
    run.mkdir()
    temporary.mkdir()
    temporary.chmod(0o1777)
    monkeypatch.setattr(commons, "SHARED", run / "lab")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return state.parent


def second_user(code: str) -> str:
    """What a second user's process prints; its own errors are the test's."""
    done = subprocess.run([sys.executable, "-c", AS_STRANGER + code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@BY_ROOT
def test_two_users_have_one_turn_whatever_their_umask(state: Path) -> None:
    before = os.umask(0o077)
    try:
        with session.turn():
            said = second_user(
                "try:\n    with session.turn(): print('two loads')\nexcept LabError as error: print(error)"
            )
    finally:
        os.umask(before)
    assert f"process {os.getpid()} since" in said
    assert second_user("with session.turn(): print('mine')") == "mine"
    assert (state / "turn.lock").stat().st_mode & 0o777 == 0o666


@BY_ROOT
def test_a_turn_of_a_second_user_is_one_for_root_too(state: Path) -> None:
    code = AS_STRANGER + "with session.turn():\n    print('ready', flush=True)\n    input()"
    with session.turn():
        pass
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(HostBusy, match="another lab process"), session.turn():
            pass
        other.communicate("\n")
    assert stat.S_ISREG((state / "turn.lock").lstat().st_mode)


@BY_ROOT
def test_each_user_has_session_files_of_its_own_and_leaves_those_of_others_alone(state: Path) -> None:
    with session.open_session("bench") as mine:
        said = second_user(
            f"print(session.abandoned({mine.id!r}))\n"
            f"session.forget({mine.id!r})\n"
            "with session.open_session('up') as own:\n    own.keep()\n"
            "print(own.id)"
        )
        alive, theirs = said.splitlines()
        assert alive == "False"
        assert (state / "0" / f"{mine.id}.json").exists()
    assert theirs.endswith(f"-u{STRANGER}")
    assert not session.abandoned(theirs)
    session.forget(theirs)
    assert (state / str(STRANGER) / f"{theirs}.json").exists()


@BY_ROOT
def test_a_second_user_cannot_put_files_into_anothers_folder(state: Path) -> None:
    own = commons.own()
    said = second_user(f"try: open({str(own / 'x.json')!r}, 'w')\nexcept PermissionError: print('refused')")
    assert said == "refused"
    assert state.stat().st_mode & 0o7777 == 0o1777


@pytest.mark.parametrize("how", ["symlink_to", "hardlink_to"])
def test_a_link_laid_where_the_lock_shall_be_is_refused_and_what_it_leads_to_stays(state: Path, how: str) -> None:
    precious = state.parent / "precious"
    precious.write_text("keep me")
    commons.shared()
    getattr(state / "turn.lock", how)(precious)
    with pytest.raises(HostError, match=r"turn\.lock cannot be trusted") as caught, session.turn():
        pass
    assert precious.read_text() == "keep me"
    assert caught.value.exit_code == 3
    assert "LAB_STATE" in (caught.value.fix or "")


def test_a_link_that_leads_nowhere_does_not_make_a_file_there(state: Path) -> None:
    commons.shared()
    (state / "turn.lock").symlink_to(state.parent / "made")
    with pytest.raises(HostError, match="cannot be trusted"), session.turn():
        pass
    assert not (state.parent / "made").exists()


def test_a_folder_that_is_a_link_is_refused(state: Path) -> None:
    (state.parent / "elsewhere").mkdir()
    state.symlink_to(state.parent / "elsewhere")
    with pytest.raises(HostError, match="not a folder of yours or of root's"):
        commons.own()


@BY_ROOT
def test_a_folder_that_a_stranger_has_laid_is_refused(state: Path) -> None:
    commons.shared()
    (state / "0").mkdir()
    os.chown(state / "0", STRANGER, STRANGER)
    with pytest.raises(HostError, match="cannot be trusted"), session.open_session("up"):
        pass


def test_a_folder_in_which_anybody_may_remove_anything_is_refused(state: Path) -> None:
    state.mkdir()
    state.chmod(0o777)
    with pytest.raises(HostError, match="others may remove files in it"):
        commons.shared()


@BY_ROOT
def test_root_makes_the_shared_folder_for_everybody(host: Path) -> None:
    with session.turn():
        assert (host / "run/lab").stat().st_mode & 0o7777 == 0o1777
        assert commons.places("turn.lock") == [host / "run/lab/turn.lock"]


@BY_ROOT
def test_without_root_the_turn_is_still_one_for_all_users_and_root_respects_it(host: Path) -> None:
    here = (
        "from lab.host import commons\nimport tempfile\nfrom pathlib import Path\n"
        f"commons.SHARED = Path({str(host / 'run/lab')!r})\ntempfile.tempdir = {str(host / 'tmp')!r}\n"
        "with session.turn(), session.open_session('up'):\n    print('ready', flush=True)\n    input()"
    )
    argv = [sys.executable, "-c", AS_STRANGER + here]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        assert (host / "tmp/lab-turn.lock").stat().st_mode & 0o777 == 0o666
        assert [path.name for path in (host / "tmp" / f"lab-{STRANGER}").iterdir()] != []
        with pytest.raises(HostBusy), session.turn():
            pass
        other.communicate("\n")
    with session.turn():
        assert commons.places("turn.lock") == [host / "run/lab/turn.lock", host / "tmp/lab-turn.lock"]
