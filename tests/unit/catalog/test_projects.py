from pathlib import Path

import pytest

from lab.catalog import projects
from lab.errors import InvalidFile, UsageError
from lab.model import Stack, Workload
from tests.unit.own_project import COMPOSE, OWN, write_own
from tests.unit.unit_factories import make_workload
from tests.unit.unit_project import edit, line_of

CONTRACT = {"health": make_workload(), "ready": make_workload(name="ready", path="/ready")}


def read(path: Path) -> tuple[Stack, dict[str, Workload]]:
    return projects.read(projects.locate(path), contract=CONTRACT)


def mistakes_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(InvalidFile) as caught:
        read(path)
    return caught.value.mistakes


def test_a_project_is_a_stack_with_workloads_of_its_own(tmp_path: Path) -> None:
    stack, own = read(write_own(tmp_path / "My Shop"))
    assert (stack.name, stack.title, [*stack.tiers]) == ("my-shop", "Web → Postgres", ["web", "db"])
    assert stack.pins == ("current",)
    assert stack.settings == {"MODE"}
    assert [*own] == ["home", "order"]
    assert stack.adopted is not None
    assert stack.adopted.ready.path == "/home"
    assert not stack.adopted.egress


def test_the_keys_may_stand_in_the_compose_file_and_those_of_lab_yaml_win(tmp_path: Path) -> None:
    path = write_own(tmp_path, own=None) / "compose.yaml"
    described = "".join(f"  {line}\n" for line in OWN.splitlines())
    path.write_text(f"x-lab:\n{described}{path.read_text()}")
    assert read(path)[0].title == "Web → Postgres"
    (tmp_path / "lab.yaml").write_text("title: Mine\nname: other\n")
    stack, _ = read(path)
    assert (stack.name, stack.title, stack.memory) == ("other", "Mine", {"web": 1, "db": 3})


def test_a_mistake_is_told_where_its_key_stands(tmp_path: Path) -> None:
    path = write_own(tmp_path, own=None) / "compose.yaml"
    described = "".join(f"  {line}\n" for line in OWN.splitlines()).replace("title:", "titel:")
    path.write_text(f"x-lab:\n{described}{path.read_text()}")
    own = tmp_path / "lab.yaml"
    own.write_text("title: Mine\nmemory: {web: 0}\n")
    assert mistakes_of(path) == (
        f"{own}:2: memory.web: must be greater than 0",
        f"{path}:{line_of(path, 'titel')}: x-lab.titel: is not a key known here: did you mean 'title'?",
    )


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    own = write_own(tmp_path) / "lab.yaml"
    edit(own, "[home, order]", "[home, order, buy]")
    edit(own, "service: web", "service: wep")
    told = mistakes_of(tmp_path)
    assert len(told) == 2
    assert [one for one in told if "there is no workload 'buy'" in one and f"{own}:4" in one]
    assert [one for one in told if "'wep' is not a service" in one]


def test_a_workload_of_the_contract_may_be_named(tmp_path: Path) -> None:
    edit(write_own(tmp_path) / "lab.yaml", "[home, order]", "[health]")
    assert read(tmp_path)[0].workloads == ("health",)


def test_a_project_that_was_not_adopted_says_how(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"it has no lab\.yaml") as caught:
        read(write_own(tmp_path, own=None))
    assert caught.value.fix == f"lab adopt {tmp_path} writes one"


@pytest.mark.parametrize("main", projects.COMPOSE_FILES)
def test_compose_files_are_found_as_compose_finds_them_with_the_implicit_override(tmp_path: Path, main: str) -> None:
    override = f"{main.partition('.')[0]}.override.yml"
    write_own(tmp_path, name=main)
    assert [path.name for path in projects.locate(tmp_path).files] == [main]
    (tmp_path / override).write_text("services: {}\n")
    assert [path.name for path in projects.locate(tmp_path).files] == [main, override]


def test_a_file_that_is_named_is_taken_alone(tmp_path: Path) -> None:
    folder = write_own(tmp_path, name="other.yml")
    (folder / "compose.yaml").write_text("services: {}\n")
    assert [path.name for path in projects.locate(folder / "other.yml").files] == ["other.yml"]


def test_files_may_be_named_by_lab_yaml_or_by_the_projects_env_file(tmp_path: Path) -> None:
    folder = write_own(tmp_path, name="one.yml")
    (folder / "two.yml").write_text("services: {}\n")
    (folder / ".env").write_text("A=1\nCOMPOSE_FILE=one.yml:two.yml\n")
    assert [path.name for path in projects.locate(folder).files] == ["one.yml", "two.yml"]
    (folder / "lab.yaml").write_text(f"compose: [two.yml]\n{OWN}")
    assert [path.name for path in projects.locate(folder).files] == ["two.yml"]
    (folder / "lab.yaml").write_text(f"compose: [three.yml]\n{OWN}")
    with pytest.raises(UsageError, match=r"there is no file .*three\.yml"):
        projects.locate(folder)


def test_the_env_file_is_the_projects_or_the_one_that_is_named(tmp_path: Path) -> None:
    folder = write_own(tmp_path)
    assert projects.locate(folder).env_file is None
    (folder / ".env").write_text("A=1\n")
    assert projects.locate(folder).env_file == folder / ".env"
    (folder / "test.env").write_text("A=2\n")
    (folder / "lab.yaml").write_text(f"env_file: test.env\n{OWN}")
    assert projects.locate(folder).env_file == folder / "test.env"


def test_settings_and_services_of_included_and_extended_files_count(tmp_path: Path) -> None:
    folder = write_own(
        tmp_path, compose="include: [db.yaml]\nservices:\n  web: {extends: {file: base.yaml, service: w}}\n"
    )
    (folder / "db.yaml").write_text("services:\n  db: {image: 'pg:${VERSION}'}\n")
    (folder / "base.yaml").write_text("services:\n  w: {image: 'web:${TAG:-1}'}\n")
    stack, _ = read(folder)
    assert stack.settings == {"VERSION", "TAG"}


def test_a_service_of_a_profile_belongs_to_it_only_where_the_profile_is_asked_for(tmp_path: Path) -> None:
    debugger = "  debugger: {image: debugger, profiles: [debug]}\n"
    folder = write_own(tmp_path, compose=COMPOSE + debugger)
    (folder / "compose.override.yaml").write_text("services:\n  debugger: {environment: {LEVEL: high}}\n")
    assert [*read(folder)[0].tiers] == ["web", "db"]
    (folder / "lab.yaml").write_text(f"profiles: [debug]\n{OWN}")
    assert [complaint.partition(": ")[2] for complaint in mistakes_of(folder)] == [
        "tiers: lacks the service 'debugger'",
        "memory: lacks the service 'debugger'",
    ]


@pytest.mark.parametrize("path", ["nowhere", "empty"])
def test_a_path_without_a_project_is_told(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError) as caught:
        projects.locate(tmp_path / path)
    assert path in caught.value.what


def test_a_name_is_made_from_a_folders_name_and_cannot_hold_markup() -> None:
    assert projects.slug("Ünser [red]Shop\x1b[31m") == "nser-red-shop-31m"
    assert projects.slug("***") == "project"


def test_a_project_is_found_from_below_its_folder(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "shop")
    (folder / "deep/er").mkdir(parents=True)
    place = projects.around(folder / "deep/er")
    assert place is not None
    assert (place.folder, place.name) == (folder, "shop")
    assert projects.around(tmp_path) is None


@pytest.mark.parametrize("named", [False, True])
def test_of_a_lab_yaml_that_is_no_yaml_only_that_is_told(tmp_path: Path, *, named: bool) -> None:
    own = write_own(tmp_path, name="staging.yml" if named else "compose.yaml") / "lab.yaml"
    own.write_text(f"compose: [staging.yml]\n{OWN}" if named else OWN)
    edit(own, "title: Web", "title: Web: ")
    assert mistakes_of(tmp_path) == (
        f"{own}:{line_of(own, 'title')}: is not YAML: mapping values are not allowed in this context",
    )


@pytest.mark.parametrize("name", ["compose.yaml", "base.yaml"])
def test_of_a_compose_file_that_is_no_yaml_only_that_is_told(tmp_path: Path, name: str) -> None:
    compose = "services:\n  web: {extends: {file: base.yaml, service: w}}\n  db: {image: pg}\n"
    folder = write_own(tmp_path, compose=compose, own=f"{OWN}variants: {{one: {{TAG: 1}}}}\n")
    (folder / "base.yaml").write_text("services:\n  w: {image: 'web:${TAG:-1}'}\n")
    read(folder)
    (folder / name).write_text("services:\n  w: [\n")
    (told,) = mistakes_of(folder)
    assert told.startswith(f"{folder / name}:")
    assert "is not YAML" in told


def test_what_compose_alone_understands_is_left_to_it(tmp_path: Path) -> None:
    folder = write_own(tmp_path, compose=f"{COMPOSE}---\nservices:\n  more: {{image: x}}\n")
    (folder / "lab.yaml").write_text(f"{OWN}variants: {{one: {{MODE: fast}}}}\n")
    assert [*read(folder)[0].tiers] == ["web", "db"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{web: nginx", "{wbe: nginx", ["tiers.wbe: is not a service of this file: did you mean 'web'?"]),
        ("{web: 1", "{webb: 1", ["memory.webb: is not a service of this file: did you mean 'web'?"]),
        ("service: web", "service: wbe", ["entry.service: 'wbe' is not a service: did you mean 'web'?"]),
        (
            "{web: nginx",
            "{other: nginx",
            ["tiers.other: is not a service of this file", "tiers: lacks the service 'web'"],
        ),
    ],
)
def test_a_service_that_there_is_not_is_told_where_it_stands_with_the_one_that_was_meant(
    tmp_path: Path, old: str, new: str, said: list[str]
) -> None:
    edit(write_own(tmp_path) / "lab.yaml", old, new)
    assert [mistake.partition(": ")[2] for mistake in mistakes_of(tmp_path)] == said


def test_a_service_may_stand_in_a_file_that_only_compose_finds(tmp_path: Path) -> None:
    compose = "include: ['${WHERE}/db.yaml']\nservices: {web: {image: web}}\n"
    folder = write_own(tmp_path, compose=compose)
    assert [*read(folder)[0].tiers] == ["web", "db"]
    edit(folder / "lab.yaml", "{web: nginx", "{wbe: nginx")
    assert [mistake.partition(": ")[2] for mistake in mistakes_of(folder)][:1] == [
        "tiers.wbe: is not a service of this file: did you mean 'web'?"
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("oder", "which have order, home: did you mean 'order'?"),
        (
            "healt",
            "which have home, order; nor in the lab's own contract (stacks/openapi.yaml): did you mean 'health'?",
        ),
    ],
)
def test_a_workload_that_there_is_not_names_the_projects_own_first(tmp_path: Path, typed: str, said: str) -> None:
    edit(write_own(tmp_path) / "lab.yaml", "[home, order]", f"[home, {typed}]")
    (told,) = mistakes_of(tmp_path)
    assert told.endswith(f"workloads.1: there is no workload {typed!r} in `requests` or `scripts`, {said}")


def test_only_requests_of_its_own_are_described_by_a_project(tmp_path: Path) -> None:
    edit(write_own(tmp_path) / "lab.yaml", "[home, order]", "[home, health]")
    stack, _ = read(tmp_path)
    assert [projects.describes(stack, name) for name in stack.workloads] == [True, False]
