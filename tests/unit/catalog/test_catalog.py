import os
from pathlib import Path

import pytest

from lab import catalog as catalogs
from lab.catalog import Catalog, load_catalog, yamlfile
from lab.catalog.yamlfile import Document
from lab.errors import InvalidFile, UnknownName, UsageError
from tests.unit.unit_project import edit, line_of

REPOSITORY = Path(__file__).parents[3]


def test_the_files_of_this_project_have_no_mistake() -> None:
    found = load_catalog(REPOSITORY)
    assert found.stacks
    assert "headline" in found.tables
    assert {"health", "ping", "ready"} <= set(found.workloads)


def test_every_row_with_a_figure_that_the_articles_published_is_there() -> None:
    figures = {
        table.name: sum(row.published is not None for row in table.rows)
        for table in load_catalog(REPOSITORY).published_tables()
    }
    # Of the deployment table the articles print two figures; its other rows are words.
    assert figures == {
        "deployment": 2,
        "gin-wrk": 2,
        "io-bound": 5,
        "order-ramp": 4,
        "ping-gin-vs-flask": 2,
        "routes-50": 3,
        "vm-4c4g": 15,
        "werkzeug-vs-gunicorn": 14,
    }


def test_mistakes_of_several_files_are_told_at_once(project: Path) -> None:
    edit(project / "stacks/openapi.yaml", "operationId: ping", "operationID: ping")
    edit(project / "compose/plain.yaml", "title: App", "titel: App")
    edit(project / "compose/proxied.yaml", "memory: {proxy: 1, app: 7}", "memory: {proxy: 1, web: 7}")
    edit(project / "experiments/articles.yaml", "pins: seed", "pins: old")
    with pytest.raises(InvalidFile) as caught:
        load_catalog(project)
    assert caught.value.exit_code == 2
    told = "\n".join(caught.value.mistakes)
    for name in ("stacks/openapi.yaml:", "compose/plain.yaml:", "compose/proxied.yaml:", "experiments/articles.yaml:"):
        assert name in told
    assert str(project) not in told  # a path from the project's folder is enough, and can be clicked
    assert str(caught.value).startswith(f"{len(caught.value.mistakes)} mistakes in the project's files:")


def test_a_broken_stack_is_told_once_and_not_again_by_the_tables_that_name_it(project: Path) -> None:
    path = project / "compose/plain.yaml"
    edit(path, "title: App", "title: ''")
    with pytest.raises(InvalidFile) as caught:
        load_catalog(project)
    line = line_of(path, "title:")
    assert caught.value.mistakes == (f"compose/plain.yaml:{line}: x-lab.title: must not be empty",)


@pytest.mark.parametrize(
    ("target", "kind", "nearest"),
    [("proxyed", "stack", "proxied"), ("proxied@pol", "variant", "pool"), ("plain@x", "variant", None)],
)
def test_an_unknown_target_suggests_the_nearest(catalog: Catalog, target: str, kind: str, nearest: str | None) -> None:
    with pytest.raises(UnknownName, match=f"there is no {kind} named") as caught:
        catalog.deployment(target)
    assert caught.value.exit_code == 2
    assert caught.value.nearest == nearest


def test_an_unknown_name_that_is_near_to_nothing_lists_what_there_is(catalog: Catalog) -> None:
    with pytest.raises(UnknownName) as caught:
        catalog.stack("zzz")
    assert caught.value.fix == "known: plain, proxied"


def test_an_unknown_workload_or_table_suggests_the_nearest(catalog: Catalog) -> None:
    with pytest.raises(UnknownName) as workload:
        catalog.workload("pong", of=catalog.stack("plain"))
    with pytest.raises(UnknownName) as table:
        catalog.table("article")
    assert (workload.value.nearest, table.value.nearest) == ("ping", "articles")


def test_a_target_without_a_variant_means_the_first(catalog: Catalog) -> None:
    assert catalog.deployment("proxied").variant == "one"
    assert catalog.deployment("proxied@pool").name == "proxied@pool"


def test_pins_that_a_stack_lacks_are_refused_with_those_it_has(project: Path) -> None:
    edit(project / "compose/proxied.yaml", "  memory:", "  pins: [seed]\n  memory:")
    catalog = load_catalog(project)
    assert catalog.deployment("proxied", pins="seed").pins == "seed"
    with pytest.raises(UsageError, match="proxied has no current pins") as caught:
        catalog.deployment("proxied", pins="current")
    assert caught.value.fix == "--pins seed"


def test_settings_are_on_top_of_those_of_the_variant(catalog: Catalog) -> None:
    deployment = catalog.deployment("proxied@pool", pins="seed", settings={"THREADS": "2", "HEALTH_DELAY": "1"})
    assert deployment.settings == (("HEALTH_DELAY", "1"), ("THREADS", "2"))
    assert catalogs.environment(catalog.stack("proxied"), deployment) == {
        "WORKERS": "4",
        "THREADS": "2",
        "HEALTH_DELAY": "1",
        "LAB_PINS": "seed",
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"WORKERS": "many"}, "WORKERS must be a whole number above 0, not 'many'"),
        ({"WORKERS": "2.5"}, "WORKERS must be a whole number above 0, not '2.5'"),
        ({"WORKERS": "0"}, "WORKERS must be a whole number above 0, not '0'"),
        ({"HEALTH_DELAY": "long"}, "HEALTH_DELAY must be a number of seconds, not 'long'"),
        ({"HEALTH_DELAY": "-1"}, "HEALTH_DELAY must be a number of seconds, not '-1'"),
    ],
)
def test_a_setting_that_must_be_a_number_is_refused_in_words(
    catalog: Catalog, settings: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        catalog.deployment("proxied@pool", settings=settings)
    assert (caught.value.what, caught.value.where) == (said, "settings of proxied")


def test_a_handler_sleeps_as_set_by_hand_else_as_the_contract_says(catalog: Catalog) -> None:
    health, ping = catalog.workloads["health"], catalog.workloads["ping"]
    plain = catalog.deployment("plain")
    slow = catalog.deployment("plain", settings={"HEALTH_DELAY": "0.5"})
    assert [catalog.delay_s(plain, health), catalog.delay_s(slow, health), catalog.delay_s(slow, ping)] == [0.1, 0.5, 0]


def test_a_workload_may_sleep_under_some_settings_only_and_a_lock_counts_only_then(project: Path) -> None:
    path = project / "stacks/openapi.yaml"
    edit(
        path,
        "{setting: HEALTH_DELAY, default_s: 0.1}",
        "{setting: HEALTH_DELAY, default_s: 0.1, when: {WORKERS: '4'}, at_once: 2}",
    )
    catalog = load_catalog(project)
    health = catalog.workloads["health"]
    for target, sleep_s, at_once in (("proxied@pool", 0.1, 2), ("proxied@one", 0, None), ("plain", 0, None)):
        deployment = catalog.deployment(target)
        assert (catalog.delay_s(deployment, health), catalog.at_once(deployment, health)) == (sleep_s, at_once)


def test_the_project_is_the_nearest_folder_above(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "compose")
    assert catalogs.project_root() == project


def test_lab_root_names_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ROOT", str(project))
    assert load_catalog().root == project


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ROOT", str(tmp_path))
    with pytest.raises(UsageError, match="not a folder of the lab") as caught:
        catalogs.project_root()
    assert caught.value.where == os.fspath(tmp_path)


def test_every_file_is_parsed_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def counted(path: Path) -> tuple[Document, list[str]]:
        read.append(path)
        return original(path)

    original = yamlfile.read
    monkeypatch.setattr(yamlfile, "read", counted)
    load_catalog(project)
    assert sorted(path.name for path in read) == [
        "articles.yaml",
        "openapi.yaml",
        "parts.yaml",
        "plain.yaml",
        "proxied.yaml",
    ]


@pytest.mark.parametrize(
    ("variant", "workload", "accepted"),
    [
        ("async", "orders", True),
        ("sync", "orders", False),
        ("async", "items", False),
    ],
)
def test_a_request_is_accepted_where_its_work_is_left_for_later(variant: str, workload: str, accepted: bool) -> None:
    catalog = load_catalog(REPOSITORY)
    stack = next(
        stack for stack in catalog.stacks.values() if "orders" in stack.workloads and "async" in stack.variants
    )
    deployment = catalog.deployment(f"{stack.name}@{variant}", pins="current", settings={})
    assert catalog.accepted(deployment, catalog.workloads[workload]) is accepted


@pytest.mark.parametrize("name", ["stacks/openapi.yaml", "compose/parts.yaml", "compose/plain.yaml"])
def test_a_file_that_is_no_yaml_is_told_once_and_nothing_is_missing_that_it_may_hold(project: Path, name: str) -> None:
    (project / name).write_text("a: [1\n")
    with pytest.raises(InvalidFile) as caught:
        load_catalog(project)
    (told,) = caught.value.mistakes
    assert told.startswith(f"{name}:2: is not YAML")
