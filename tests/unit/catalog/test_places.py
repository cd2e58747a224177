from pathlib import Path

import pytest

from lab.catalog import places
from lab.errors import UnknownName, UsageError
from tests.unit.own_project import write_own
from tests.unit.unit_project import edit


@pytest.fixture(autouse=True)
def built_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAB_ROOT", str(project))
    return project


def test_a_name_is_a_stack_that_came_with_the_lab(built_in: Path) -> None:
    catalog, names = places.catalog_of(["proxied@pool", "plain"])
    assert names == ["proxied@pool", "plain"]
    assert catalog.root == catalog.home == built_in


@pytest.mark.parametrize("how", ["{folder}", "{folder}/compose.yaml", "{folder}/lab.yaml", "{folder}@default"])
def test_a_path_is_a_project_and_takes_its_results(tmp_path: Path, built_in: Path, how: str) -> None:
    folder = write_own(tmp_path / "shop")
    catalog, (name,) = places.catalog_of([how.format(folder=folder)])
    assert catalog.deployment(name).name == "shop@default"
    assert (catalog.root, catalog.home) == (folder, built_in)
    assert [*catalog.stacks] == ["shop"]
    assert [*catalog.workloads] == ["home", "order"]


def test_a_path_with_an_at_sign_in_it_is_a_path(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "shop@home")
    assert places.find(str(folder)).name == "shop-home"
    assert places.find(f"{folder}@default").variant == "default"


def test_a_name_means_the_project_that_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_own(tmp_path / "shop")
    monkeypatch.chdir(folder)
    assert places.catalog_of(["shop"])[0].root == folder
    contract = places.catalog_of(["plain"])[0].workloads
    assert [stack.name for stack in places.projects_by_name(contract)] == ["shop"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="named by its path"):
        places.catalog_of(["shop"])
    with pytest.raises(UnknownName):
        places.catalog_of(["shops"])[0].deployment("shops")


def test_a_name_may_be_that_of_a_project_on_the_search_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_own(tmp_path / "here/shop")
    write_own(tmp_path / "plain")
    monkeypatch.setenv("LAB_PATH", f"{tmp_path}/here:{tmp_path}/plain:{tmp_path}/nowhere")
    assert places.find("shop").place is not None
    assert places.catalog_of(["plain"])[0].root == tmp_path / "plain"  # before the lab's own of that name


def test_the_workloads_of_one_project_may_be_called_like_those_of_the_lab(tmp_path: Path) -> None:
    own = write_own(tmp_path / "shop") / "lab.yaml"
    edit(own, "[home, order]", "[health]")
    edit(own, "  home:", "  health:")
    catalog, _ = places.catalog_of([str(tmp_path / "shop")])
    assert catalog.workloads["health"].path == "/home"
    with pytest.raises(UsageError, match="another stack has a workload called 'health'"):
        places.catalog_of([str(tmp_path / "shop"), "plain"])


def test_a_project_beside_a_stack_of_the_same_name_is_refused(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "plain")
    assert places.catalog_of([str(folder)])[1] == ["plain"]
    with pytest.raises(UsageError, match="two stacks are called 'plain'"):
        places.catalog_of([str(folder), "proxied"])


@pytest.mark.parametrize("at", ["", "@default"])
def test_a_name_of_no_stack_at_which_a_project_lies_is_told_to_be_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    write_own(tmp_path / "my shop")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="there is no stack named 'my shop'") as caught:
        places.catalog_of([f"my shop{at}"])
    assert caught.value.fix == f"'./my shop{at}'"
    (tmp_path / "compose.yml").write_text("services: {}\n")
    with pytest.raises(UsageError, match="named by its path"):
        places.catalog_of(["compose.yml"])
    assert places.catalog_of(["empty"])[1] == ["empty"]


def test_a_command_for_what_came_with_the_lab_refuses_projects(
    tmp_path: Path, built_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_own(tmp_path / "shop")
    assert places.built_in(["plain", "nope"], command="build").root == built_in
    monkeypatch.chdir(tmp_path)
    for named in (str(folder), "./shop@default", "shop"):
        with pytest.raises(UsageError, match="project of your own, and `lab build` takes only stacks") as caught:
            places.built_in([named], command="build")
        assert "compare, why" in (caught.value.fix or "")
    write_own(folder / "plain")
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError, match="project of your own"):
        places.built_in(["shop"], command="build")
    assert places.built_in(["plain"], command="build").root == built_in


def test_two_folders_of_one_name_are_two_projects(tmp_path: Path) -> None:
    one, other = write_own(tmp_path / "a/shop"), write_own(tmp_path / "b/shop")
    found = [places.catalog_of([str(folder)])[0].stacks["shop"].project for folder in (one, other)]
    assert found[0] != found[1]
    assert all(name.startswith("lab-shop-") for name in found)
    with pytest.raises(UsageError, match="two stacks are called 'shop'"):
        places.catalog_of([str(one), str(other)])
