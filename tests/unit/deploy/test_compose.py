import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.deploy import compose
from lab.deploy.compose import Project
from lab.errors import EngineUnavailable, LabError, Unhealthy
from lab.model.sealed import Sealed

PROJECT = Project(
    name="lab-x", files=(Path("a b.yaml"), Path("override.yaml")), environment={"WORKERS": "4", "NOTE": "two words"}
)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called `docker` that a test writes: what it prints and how it ends."""
    path = tmp_path / "bin" / "docker"
    path.parent.mkdir()
    monkeypatch.setenv("PATH", str(path.parent))
    return path


def script(path: Path, code: str) -> None:
    path.write_text(f"#!{sys.executable}\nimport os, sys\n{code}\n")
    path.chmod(0o755)


def up(project: Project) -> None:
    """Begin to bring a project up, and wait."""
    with compose.start(project) as process:
        compose.finish(project, process)


def test_a_call_names_the_project_and_its_files_in_order() -> None:
    assert PROJECT.command("ps", "--all") == [
        "docker", "compose", "--project-name", "lab-x", "--file", "a b.yaml", "--file", "override.yaml", "ps", "--all",
    ]  # fmt: skip


def test_what_is_shown_can_be_pasted_into_a_shell() -> None:
    assert PROJECT.shown("ps") == (
        "NOTE='two words' WORKERS=4 docker compose --project-name lab-x --file 'a b.yaml' --file override.yaml ps"
    )
    line = PROJECT.shown("ps").replace("docker compose", 'printf "%s %s\\n" "$NOTE" "$WORKERS"; true', 1)
    done = subprocess.run(["sh", "-c", line.replace("WORKERS=4 ", "WORKERS=4; ")], capture_output=True, check=True)
    assert done.stdout == b"two words 4\n"


def test_up_waits_and_never_builds() -> None:
    assert compose.up_arguments() == ("up", "--detach", "--no-build", "--wait", "--wait-timeout", "60")
    assert compose.up_arguments("load", wait_s=None) == ("up", "--detach", "--no-build", "load")


def test_a_call_gets_the_settings_and_plain_output(client: Path) -> None:
    script(
        client,
        "print(os.environ['WORKERS'], os.environ['COMPOSE_ANSI'], os.environ['COMPOSE_PROGRESS'], *sys.argv[4:])",
    )
    assert compose.call(Project(name="x", environment={"WORKERS": "3"}), "ps") == "3 never plain ps\n"


def test_a_call_gets_none_of_the_variables_that_the_user_has_set_for_something_else(
    client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("APP_ENV", "TIMEOUT", "LAB_PORT", "COMPOSE_FILE", "COMPOSE_PROFILES"):
        monkeypatch.setenv(name, "ambient")
    monkeypatch.setenv("DOCKER_CONFIG", "/there")
    monkeypatch.setenv("https_proxy", "http://proxy")
    script(client, "print(sorted(os.environ.items()))")
    said = compose.call(Project(name="x", environment={"TIMEOUT": "3"}), "config")
    assert "ambient" not in said
    assert all(pair in said for pair in ("('DOCKER_CONFIG', '/there')", "('https_proxy', 'http://proxy')"))
    assert "('TIMEOUT', '3')" in said
    assert "('COMPOSE_DISABLE_ENV_FILE', '1')" in said


def test_compose_gets_a_secret_and_what_is_shown_has_its_digest(client: Path) -> None:
    project = Project(name="x", environment={"DB_PASSWORD": Sealed("d1", secret="hunter2")})
    script(client, "print(os.environ['DB_PASSWORD'])")
    assert compose.call(project, "up") == "hunter2\n"
    assert compose.call(compose.shareable(project), "config") == "hmac-sha256:d1\n"
    assert "hunter2" not in project.shown("up")


def test_a_failure_tells_the_line_that_says_what_went_wrong(client: Path) -> None:
    script(client, r"sys.exit('Network x  Created\nservice app: no such image\n Container x-1  Starting\n')")
    with pytest.raises(LabError, match="docker compose ps failed: service app: no such image") as caught:
        compose.call(PROJECT, "ps")
    assert caught.value.where == PROJECT.shown("ps")


@pytest.mark.parametrize(
    ("output", "complaint"),
    [("", "it gave no reason"), (" Container a  Error\n", "Container a  Error"), ("a\nb\n\n", "b")],
)
def test_the_complaint_is_the_last_line_that_is_not_progress(output: str, complaint: str) -> None:
    assert compose._complaint(output) == complaint


def test_a_stack_that_does_not_come_up_shows_its_last_lines(client: Path) -> None:
    script(client, "print('app  | boom') if 'logs' in sys.argv else sys.exit('container x-1 is unhealthy')")
    with pytest.raises(Unhealthy, match="lab-x did not become healthy: container x-1 is unhealthy") as caught:
        up(PROJECT)
    assert caught.value.exit_code == 4
    assert "app  | boom" in (caught.value.where or "")


@pytest.mark.parametrize(
    ("complaint", "asked"),
    [("container lab-x-my-app-1 is unhealthy", ["my-app"]), ("container other-1 exited (1)", []), ("a network", [])],
)
def test_of_several_services_the_last_lines_of_the_one_to_blame_are_shown(
    client: Path, complaint: str, asked: list[str]
) -> None:
    script(client, f"print(sys.argv[sys.argv.index('logs') + 4 :]) if 'logs' in sys.argv else sys.exit({complaint!r})")
    with pytest.raises(Unhealthy) as caught:
        up(PROJECT)
    assert str(asked) in (caught.value.where or "")


def test_last_lines_are_plain_text(client: Path) -> None:
    script(client, r"print('\x1b[2Kapp-1  | \x1b[31mboom\x1b[0m')")
    assert compose.logs(PROJECT, tail=1) == "app-1  | boom"


def test_an_up_that_a_job_never_lets_go_on_is_the_stacks_own_fault(
    client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "CALL_TIMEOUT_S", 0)
    script(client, "import time; time.sleep(600)")
    slow = Project(name="lab-x", start_within_s=1)
    with pytest.raises(Unhealthy, match="lab-x did not come up within 1 s") as caught:
        up(slow)
    assert "start_within_s" in (caught.value.fix or "")


def test_down_removes_networks_and_volumes_too(client: Path, tmp_path: Path) -> None:
    script(client, f"open({str(tmp_path / 'called')!r}, 'w').write(' '.join(sys.argv[1:]))")
    compose.down(Project(name="lab-x"))
    assert (tmp_path / "called").read_text() == (
        "compose --project-name lab-x down --remove-orphans --volumes --timeout 5"
    )


def test_config_is_what_compose_itself_sees(client: Path) -> None:
    script(client, """print('{"services": {"app": {}}}')""")
    assert compose.config(PROJECT) == {"services": {"app": {}}}


@pytest.mark.parametrize("call", [compose.call, compose.passthrough])
def test_without_a_client_the_next_step_is_to_get_one(client: Path, call: Callable[..., object]) -> None:
    with pytest.raises(EngineUnavailable, match="no docker command on PATH") as caught:
        call(PROJECT, "ps")
    assert (caught.value.exit_code, caught.value.fix) == (3, "lab engine up")


def test_passthrough_gives_the_exit_code(client: Path) -> None:
    script(client, "sys.exit(7)")
    assert compose.passthrough(PROJECT, "exec") == 7


def test_a_call_that_was_started_can_be_ended(client: Path) -> None:
    script(client, "import signal; signal.pause()")
    with pytest.raises(LookupError), compose.start(PROJECT) as process:
        raise LookupError
    assert process.returncode == -9


@pytest.mark.parametrize(
    "call",
    [lambda project: compose.call(project, "ps"), lambda project: compose.start(project).__enter__()],
)
def test_ctrl_c_while_a_call_starts_ends_it(client: Path, ctrl_c_at_once: list[Any], call: Callable[..., Any]) -> None:
    script(client, "import signal; signal.pause()")
    with pytest.raises(KeyboardInterrupt):
        call(PROJECT)
    assert [process.poll() for process in ctrl_c_at_once] == [-9]


@pytest.mark.parametrize("call", [lambda project: compose.call(project, "ps"), up])
def test_a_stack_is_not_blamed_for_an_engine_that_went_away(client: Path, call: Callable[[Project], object]) -> None:
    script(client, "sys.exit('Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?')")
    with pytest.raises(EngineUnavailable, match="no longer answers"):
        call(PROJECT)


def test_a_compose_that_does_not_end_is_ended_and_told_in_words(client: Path) -> None:
    script(client, "import time; time.sleep(600)")
    with pytest.raises(LabError, match="did not end within 1 s for lab-x") as caught:
        compose.call(PROJECT, "ps", deadline_s=1)
    assert "compose --project-name lab-x" in (caught.value.where or "")


@pytest.mark.parametrize("call", [compose.down, compose.config, lambda p: compose.logs(p, tail=1)])
def test_what_shall_be_quick_has_a_deadline(monkeypatch: pytest.MonkeyPatch, call: Callable[[Project], object]) -> None:
    given: list[float] = []

    def communicate(_project: Project, process: subprocess.Popen[str], *, deadline_s: float) -> tuple[str, str]:
        given.append(deadline_s)
        process.communicate()
        return "{}", ""

    monkeypatch.setattr(compose, "_communicate", communicate)
    monkeypatch.setattr(Project, "command", lambda *_: ["true"])
    call(PROJECT)
    assert given == [compose.CALL_TIMEOUT_S]


def test_the_logs_of_a_stack_that_hangs_are_ended_too(client: Path) -> None:
    script(client, "import time; time.sleep(600)")
    with pytest.raises(LabError, match="did not end within 1 s"):
        compose.passthrough(PROJECT, "logs", deadline_s=1)


@pytest.mark.parametrize("deadline_s", [None, 60])
def test_logs_off_a_terminal_hold_nothing_that_one_obeys(
    client: Path, capfd: pytest.CaptureFixture[str], deadline_s: float | None
) -> None:
    script(
        client,
        r"""os.write(1, b'\x1b[2Kapp-1  | \x1b[31mboom\x1b[0m \xff\n\x1b]0;title\x07\x1bMnext\n')
print(sys.argv[4:], file=sys.stderr)
sys.exit(3)""",
    )
    assert compose.print_logs(PROJECT, "--tail", "5", deadline_s=deadline_s) == 3
    said = capfd.readouterr()
    assert said.out == "app-1  | boom \ufffd\nnext\n"
    assert "'logs', '--no-color', '--tail', '5'" in said.err


def test_logs_that_do_not_end_are_told_with_what_was_called(client: Path) -> None:
    script(client, "import time; time.sleep(600)")
    with pytest.raises(LabError, match="did not end within 0 s"):
        compose.print_logs(PROJECT, deadline_s=0)
