from pathlib import Path

import pytest

from lab.catalog import extends
from lab.catalog.yamlfile import YamlFiles


def read(folder: Path, **files: str) -> tuple[set[str], list[str]]:
    """What the services of `a` read, and the mistakes; each file is given by its services."""
    for name, services in files.items():
        (folder / f"{name}.yaml").write_text(f"services:\n{services}")
    reading = YamlFiles()
    found = extends.settings_read(reading.read(folder / "a.yaml")[0], reading=reading)
    return set(found.names), [*found.mistakes]


def test_settings_are_read_anywhere_in_a_service(tmp_path: Path) -> None:
    app = "  app: {image: 'x${TAG:-1}', command: [run, '${SIZE}${MODE}'], labels: {'${KEY}': 1}, cpus: 1}\n"
    assert read(tmp_path, a=app) == ({"TAG", "SIZE", "MODE", "KEY"}, [])


def test_escaped_ones_and_the_labs_own_do_not_count(tmp_path: Path) -> None:
    assert read(tmp_path, a="  app: {command: '$${NO} ${LAB_PORT:-8080} $NEITHER ${YES?}'}\n") == ({"YES"}, [])


def test_what_the_extended_service_reads_counts_and_its_neighbours_do_not(tmp_path: Path) -> None:
    a = "  app: {extends: {file: b.yaml, service: base}}\n"
    b = "  base: {command: '${BASE}'}\n  other: {command: '${OTHER}'}\n"
    assert read(tmp_path, a=a, b=b) == ({"BASE"}, [])


def test_a_chain_is_followed_through_files_and_within_one(tmp_path: Path) -> None:
    a = "  app: {extends: {file: b.yaml, service: base}}\n"
    b = "  base: {extends: near, command: '${BASE}'}\n  near: {extends: {service: last}, command: '${NEAR}'}\n"
    b += "  last: {extends: {file: c.yaml, service: far}}\n"
    assert read(tmp_path, a=a, b=b, c="  far: {command: '${FAR}'}\n") == ({"BASE", "NEAR", "FAR"}, [])


@pytest.mark.parametrize(
    "app",
    [
        "{extends: app, command: '${A}'}",
        "{extends: {service: app}, command: '${A}'}",
        "{extends: {file: a.yaml, service: app}, command: '${A}'}",
    ],
)
def test_a_service_that_extends_itself_is_read_once(tmp_path: Path, app: str) -> None:
    assert read(tmp_path, a=f"  app: {app}\n") == ({"A"}, [])


def test_files_that_extend_each_other_are_read_once_each(tmp_path: Path) -> None:
    a = "  app: {extends: {file: b.yaml, service: app}, command: '${A}'}\n"
    b = "  app: {extends: {file: a.yaml, service: app}, command: '${B}'}\n"
    assert read(tmp_path, a=a, b=b) == ({"A", "B"}, [])


def test_a_file_that_is_not_there_is_a_mistake_with_its_place(tmp_path: Path) -> None:
    settings, mistakes = read(tmp_path, a="  app:\n    command: '${A}'\n    extends: {file: gone.yaml, service: x}\n")
    assert settings == {"A"}
    assert mistakes == [f"{tmp_path}/a.yaml:4: services.app.extends: there is no file gone.yaml"]


@pytest.mark.parametrize("services", ["  - app\n", "  app:\n", "  app: 5\n", "  app: {extends: 5}\n"])
def test_services_of_another_shape_read_nothing(tmp_path: Path, services: str) -> None:
    assert read(tmp_path, a=services) == (set(), [])
