from dataclasses import replace
from pathlib import Path

from lab.catalog import Catalog, load_catalog
from lab.commands import earlier
from lab.commands.earlier import RateAnswer, change
from lab.diagnosis.finding import Clue

SLOTS = Clue(cause="slots", tier="app", since_s=0.5, evidence=("seen",), at_once=4, needed=9)
BEFORE = RateAnswer(
    workload="ping",
    rate=100,
    duration_s=10,
    settings={"THREADS": "4", "WORKERS": "1"},
    files="digest",
    images={"app": "sha256:1"},
    answered=400,
    first=SLOTS,
    outcome="found",
)
NOW = replace(BEFORE, settings={"THREADS": "8", "WORKERS": "1"})


def test_what_was_found_is_there_the_next_time(tmp_path: Path) -> None:
    assert earlier.kept(tmp_path) == ()
    earlier.keep(BEFORE, tmp_path)
    other = replace(BEFORE, workload="health")
    earlier.keep(other, tmp_path)
    assert earlier.kept(tmp_path) == (BEFORE, other)
    earlier.keep(NOW, tmp_path)
    assert earlier.kept(tmp_path) == (other, NOW)
    (tmp_path / earlier.FILE).write_text("{}")
    assert earlier.kept(tmp_path) == ()


def test_the_oldest_questions_are_forgotten(tmp_path: Path) -> None:
    for rate in range(1, earlier.MOST + 5):
        earlier.keep(replace(BEFORE, rate=rate), tmp_path)
    assert [one.rate for one in earlier.kept(tmp_path)] == [*range(4, earlier.MOST + 5)]


def test_settings_that_changed_are_told_with_both_values() -> None:
    found = change(replace(NOW, settings={"THREADS": "8", "KEEP_ALIVE": "5"}), [BEFORE])
    assert found is not None
    assert found.settings == {"KEEP_ALIVE": (None, "5"), "THREADS": ("4", "8"), "WORKERS": ("1", None)}


def test_another_question_and_the_same_again_are_no_change() -> None:
    assert change(NOW, []) is None
    assert change(replace(NOW, rate=200), [BEFORE]) is None
    assert change(replace(NOW, workload="health"), [BEFORE]) is None
    assert change(replace(BEFORE, answered=1), [BEFORE]) is None
    assert change(replace(BEFORE, files="edited"), [BEFORE]) is not None


def test_an_image_that_was_built_anew_is_a_change() -> None:
    found = change(replace(BEFORE, images={"app": "sha256:2", "db": "sha256:3"}), [BEFORE])
    assert found is not None
    assert (found.images, found.settings) == (("app",), {})


def test_a_change_is_futile_where_the_same_gives_way_and_as_many_are_answered() -> None:
    def futile(now: RateAnswer, before: RateAnswer = BEFORE) -> bool:
        found = change(now, [before])
        assert found is not None
        return found.futile

    assert futile(replace(NOW, answered=430))
    assert not futile(replace(NOW, answered=800))
    assert futile(replace(NOW, first=replace(SLOTS, at_once=8)))  # as -w 12 instead of 6 at a lock between processes
    assert not futile(replace(NOW, first=replace(SLOTS, at_once=8), answered=800))
    assert not futile(replace(NOW, first=replace(SLOTS, cause="cpu")))
    assert not futile(replace(NOW, first=None))
    assert not futile(NOW, before=replace(BEFORE, first=None))


def test_the_digest_is_of_what_the_compose_files_say_and_of_the_files_that_they_give(project: Path) -> None:
    def digest() -> str:
        catalog: Catalog = load_catalog(project)
        return earlier.digest(catalog.stack("proxied"), within=project)

    before = digest()
    assert digest() == before
    path = project / "compose/proxied.yaml"
    text = path.read_text()
    path.write_text(f"{text}# another word\n")
    assert digest() != before
    (project / "compose/own.conf").write_text("worker_connections 16;\n")
    path.write_text(text.replace("  app:\n", "  app:\n    volumes: [./own.conf:/own.conf]\n", 1))
    bound = digest()
    (project / "compose/own.conf").write_text("worker_connections 64;\n")
    assert digest() not in (before, bound)
