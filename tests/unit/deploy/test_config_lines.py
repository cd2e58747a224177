from pathlib import Path
from typing import Any

import pytest

from lab.deploy import config_lines

STACK = """\
# A comment, and then nothing.

name: stack
x-lab:
  title: Only the lab reads this
  memory:
    app: 1
services:
  app:
    # why
    extends: {file: parts.yaml, service: app}
    command: [serve]   # a comment behind a line makes it no less a line

networks:
  back: {internal: true}
"""

PARTS = """\
services:
  hardened:
    read_only: true
    cap_drop:
      - ALL

  app:
    extends: {service: hardened}
    image: app
    environment: {
      A: 1,
    }

  other:
    image: other
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stack.yaml").write_text(STACK, "utf-8")
    (tmp_path / "parts.yaml").write_text(PARTS, "utf-8")
    return tmp_path


def count(folder: Path, **service: Any) -> int:
    return config_lines.count(folder / "stack.yaml", {"services": {"app": service}}, ("app",))


def test_a_stacks_own_lines_count_and_those_of_the_services_that_it_extends(folder: Path) -> None:
    own, app, hardened = 7, 6, 4  # name, services, app, extends, command, networks, back; then of parts.yaml
    assert count(folder) == own + app + hardened


def test_comments_blank_lines_and_what_only_the_lab_reads_do_not_count(folder: Path) -> None:
    before = count(folder)
    text = STACK.replace("  title", "  # one more\n\n  more: of it\n  title")
    (folder / "stack.yaml").write_text(text, "utf-8")
    assert count(folder) == before


def test_a_service_that_is_extended_twice_counts_once(folder: Path) -> None:
    before = count(folder)
    text = STACK.replace("networks:", "  twin:\n    extends: app\nnetworks:")
    (folder / "stack.yaml").write_text(text, "utf-8")
    assert count(folder) == before + 2


def test_the_tags_of_compose_are_no_obstacle(folder: Path) -> None:
    before = count(folder)
    (folder / "stack.yaml").write_text(STACK.replace("networks:", "    ports: !reset []\nnetworks:"), "utf-8")
    assert count(folder) == before + 1


def test_the_confs_that_a_command_names_count(folder: Path) -> None:
    before = count(folder)
    (folder / "front.conf").write_text("# why\n\nhttp {\n  # what\n  listen 80;\n}\n", "utf-8")
    assert count(folder, build={"context": str(folder)}, command=["start", "front"]) == before + 3


def test_a_conf_in_another_encoding_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "latin.conf").write_bytes(b"# gr\xfc\xdfe\nworker_connections 9;\n")
    assert [number for _, number in config_lines.whole(tmp_path / "latin.conf")] == [0, 1]
