import errno
import shutil
from pathlib import Path

import pytest

from lab.errors import LabError, UsageError
from lab.lessons import workspace
from lab.lessons.workspace import Workspace
from tests.unit.lessons.lesson_factories import make_lesson


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    return Workspace(root=tmp_path / "workspace", learner="ada")


def test_a_lesson_begins_with_a_copy_of_the_project_and_its_own_files_over_it(project: Path, where: Workspace) -> None:
    for left_out in ("results/run.json", ".git/config", ".venv/x", ".hypothesis/x", "lab/__pycache__/x.pyc"):
        (project / left_out).parent.mkdir(parents=True, exist_ok=True)
        (project / left_out).write_text("x")
    files = workspace.begin(project, where, make_lesson(project))
    assert (files / "compose/plain.yaml").read_text() == (project / "compose/plain.yaml").read_text()
    assert (files / "app.txt").read_text() == "wrong\n"
    assert sorted(path.name for path in files.iterdir()) == ["app.txt", "compose", "experiments", "lab", "stacks"]
    assert not (files / "lab/__pycache__").exists()


def test_nothing_of_the_lab_itself_is_written_to(project: Path, where: Workspace) -> None:
    lesson = make_lesson(project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    files = workspace.begin(project, where, lesson)
    (files / "compose/plain.yaml").write_text("changed")
    workspace.solve(where, lesson)
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_what_was_changed_since_the_start_is_a_diff(project: Path, where: Workspace) -> None:
    lesson = make_lesson(project)
    files = workspace.begin(project, where, lesson)
    assert list(workspace.changes(where, lesson)) == []
    (files / "compose/new.yaml").write_text("a: 1\n")
    (files / "results").mkdir()
    (files / "results/override.yaml").write_text("x\n")
    assert workspace.solve(where, lesson) == [Path("app.txt")]
    lines = list(workspace.changes(where, lesson))
    assert "--- start/app.txt" in lines
    assert "-wrong" in lines
    assert "+right" in lines
    assert "+a: 1" in lines
    assert not [line for line in lines if "override" in line]


def test_to_begin_again_drops_what_was_there(project: Path, where: Workspace) -> None:
    lesson = make_lesson(project)
    files = workspace.begin(project, where, lesson)
    (files / "compose/mine.yaml").write_text("x")
    workspace.solve(where, lesson)
    workspace.begin(project, where, lesson)
    assert list(workspace.changes(where, lesson)) == []
    assert not (files / "compose/mine.yaml").exists()


def full(_source: object, to: object, **_how: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", str(to))


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("fails", "raised"), [(full, LabError), (interrupted, KeyboardInterrupt)], ids=["full disk", "Ctrl-C"]
)
def test_a_copy_that_fails_leaves_the_old_one_whole(
    project: Path, where: Workspace, monkeypatch: pytest.MonkeyPatch, fails: object, raised: type[BaseException]
) -> None:
    lesson = make_lesson(project)
    files = workspace.begin(project, where, lesson)
    (files / "app.txt").write_text("mine\n")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copy2", fails)
        with pytest.raises(raised) as caught:
            workspace.begin(project, where, lesson)
    assert (files / "app.txt").read_text() == "mine\n"
    if raised is LabError:
        assert "No space left on device" in str(caught.value)
        assert "LAB_WORKSPACE" in str(caught.value)
    workspace.begin(project, where, lesson)
    assert (files / "app.txt").read_text() == "wrong\n"


@pytest.mark.parametrize("name", ["Ada", "a-b", "1st", "a" * 21, "../up"])
def test_a_name_that_cannot_stand_in_a_containers_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a learner's name"):
        workspace.at(name, None)


def test_the_workspace_is_in_the_users_state_folder_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("getpass.getuser", lambda: "Ada.L-1")
    found = workspace.at(None, None)
    assert found.folder == tmp_path / "lab/workspace/adal1"


def test_of_many_files_that_could_not_be_copied_the_first_reason_is_told() -> None:
    several = shutil.Error([("a", "b", "No space left on device"), ("c", "d", "and so on")])
    assert workspace._reason(several) == "No space left on device"


def test_a_copy_knows_the_project_and_the_learner_that_it_is_of(project: Path, where: Workspace) -> None:
    lesson = make_lesson(project)
    files = workspace.begin(project, where, lesson)
    assert workspace.around(files) == workspace.around(where.begun(lesson)) == (project, where)
    assert workspace.around(project) is None


def test_only_what_the_learner_has_written_is_kept_aside(project: Path, where: Workspace) -> None:
    lesson = make_lesson(project)
    files = workspace.begin(project, where, lesson)
    assert workspace.keep_aside(where, lesson, before="solve") == []
    (files / "app.txt").write_text("mine\n")
    assert workspace.changed(where, lesson) == [Path("app.txt")]
    (kept,) = workspace.keep_aside(where, lesson, before="solve")
    workspace.solve(where, lesson)
    assert kept.read_text() == "mine\n"
    assert files not in kept.parents
    assert workspace.keep_aside(where, lesson, before="solve") == []


def test_what_is_kept_aside_outlives_a_fresh_start(project: Path, where: Workspace) -> None:
    lesson = make_lesson(project)
    files = workspace.begin(project, where, lesson)
    assert workspace.keep_aside(where, lesson, before="reset") == []
    (files / "app.txt").write_text("mine\n")
    (files / "compose/mine.yaml").write_text("mine, too\n")
    (solved,) = workspace.keep_aside(where, lesson, before="solve")
    kept = workspace.keep_aside(where, lesson, before="reset")
    workspace.begin(project, where, lesson)
    assert [path.read_text() for path in (solved, *kept)] == ["mine\n", "mine\n", "mine, too\n"]
    assert workspace.changed(where, lesson) == []
