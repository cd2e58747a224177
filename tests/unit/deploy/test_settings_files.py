import os
from pathlib import Path

import pytest

from lab.deploy import settings_files
from lab.deploy.settings_files import MOST_KIB

STACK = """\
services:
  proxy:
    build: {context: proxy}
    volumes:
      - ./front.conf:/etc/nginx/nginx.conf:ro
      - {type: bind, source: ./more, target: /etc/nginx/conf.d}
      - ./notes.txt:/notes.txt
      - "${CONF}:/etc/nginx/own.conf"
      - /etc:/host:ro
      - ./none.conf:/none.conf
      - data:/data
  app:
    build: ./app
  plain: {image: plain}
"""


def write(path: Path, text: str = "timeout = 3\n") -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    for name in ("front.conf", "more/a.conf", "notes.txt", "proxy/etc/b.conf.template", "proxy/c.conf", "proxy/d.conf"):
        write(tmp_path / name)
    write(tmp_path / "proxy/Dockerfile", "FROM nginx\nCOPY etc/ c.conf /etc/nginx/\n")
    write(tmp_path / "app/Dockerfile", "FROM python\nCOPY . .\n")
    for name in ("app/gunicorn.conf.py", "app/app.py", "app/nginx.conf"):
        write(tmp_path / name)
    return write(tmp_path / "stack.yaml", STACK)


def given(stack: Path, name: str) -> list[str]:
    return [
        found.relative_to(stack.parent).as_posix() for found in settings_files.given(stack, name, within=stack.parent)
    ]


def test_what_is_bound_into_a_service_and_what_its_dockerfile_copies_by_name_are_its_settings(stack: Path) -> None:
    assert given(stack, "proxy") == ["front.conf", "more/a.conf", "proxy/c.conf", "proxy/etc/b.conf.template"]


def test_of_a_dockerfile_that_copies_everything_only_what_is_nobody_elses_is_taken(stack: Path) -> None:
    assert given(stack, "app") == ["app/gunicorn.conf.py"]


def test_a_service_without_any_and_one_that_is_not_there_have_none(stack: Path) -> None:
    assert given(stack, "plain") == given(stack, "none") == []


def test_what_cannot_be_read_is_too_long_or_lies_elsewhere_is_left_out(
    stack: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = write(tmp_path_factory.mktemp("elsewhere") / "theirs.conf")
    (stack.parent / "more/link.conf").symlink_to(elsewhere)
    (stack.parent / "more/lost.conf").symlink_to(stack.parent / "nowhere")
    (stack.parent / "more/folder.conf").mkdir()
    write(stack.parent / "more/long.conf", "#" * (MOST_KIB * 1024 + 1))
    os.mkfifo(stack.parent / "more/pipe.conf")
    assert given(stack, "proxy") == ["front.conf", "more/a.conf", "proxy/c.conf", "proxy/etc/b.conf.template"]


def test_a_folder_that_nobody_may_look_into_is_no_error(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "is_dir", refused)
    assert given(stack, "proxy") == []
