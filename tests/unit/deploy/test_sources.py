from pathlib import Path
from typing import Any

import pytest

from lab.deploy import sources
from lab.errors import LabError


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A build context with one Dockerfile for two applications, and one whose confs are all it has."""
    for name in ("py/Dockerfile", "py/web/app.py", "py/web/helpers.py", "py/web/settings.py", "py/tool/main.go"):
        write(tmp_path / name, "")
    write(tmp_path / "proxy/Dockerfile", "")
    write(tmp_path / "proxy/front.conf", "include common/all.conf;\nhttp {\n  include common/http.conf;\n}\n")
    write(tmp_path / "proxy/common/all.conf", "include /etc/elsewhere/*.conf;\n")
    write(tmp_path / "proxy/common/http.conf", "gzip off;\n")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def service(context: Path, dockerfile: str, *command: str, **args: str) -> dict[str, Any]:
    return {"command": list(command), "build": {"context": str(context), "dockerfile": dockerfile, "args": args}}


def test_the_main_file_of_an_application_is_named_app_or_main_in_any_language(runtime: Path) -> None:
    assert sources.main(service(runtime, "py/Dockerfile", APP="web")) == runtime / "py/web/app.py"
    assert sources.main(service(runtime, "py/Dockerfile", APP="tool")) == runtime / "py/tool/main.go"


def test_an_application_may_lie_in_a_module_of_its_own(runtime: Path) -> None:
    write(runtime / "py/module/tool/main.go", "")
    found = sources.main(service(runtime, "py/Dockerfile", APP="tool", MODULE="py/module"))
    assert found == runtime / "py/module/tool/main.go"


def test_a_server_that_is_its_own_application_begins_with_the_conf_its_command_names(runtime: Path) -> None:
    assert sources.main(service(runtime, "proxy/Dockerfile", "start", "front")) == runtime / "proxy/front.conf"


def test_an_application_without_such_a_file_is_an_error_that_says_where_it_was_sought(runtime: Path) -> None:
    with pytest.raises(LabError) as caught:
        sources.main(service(runtime, "py/Dockerfile", APP="none"))
    assert caught.value.where == str(runtime / "py/none")
    with pytest.raises(LabError) as caught:
        sources.main({"image": "postgres"})
    assert caught.value.where == "postgres"


def test_the_confs_of_a_command_come_with_what_they_include_of_their_own_folder(runtime: Path) -> None:
    found = sources.confs(service(runtime, "proxy/Dockerfile", "start", "front"))
    assert [path.relative_to(runtime / "proxy").as_posix() for path in found] == [
        "front.conf",
        "common/all.conf",
        "common/http.conf",
    ]


def test_a_file_of_settings_is_a_conf_if_the_command_says_so(runtime: Path) -> None:
    found = sources.confs(service(runtime, "py/Dockerfile", "serve", "--config=settings.py", "app.py", APP="web"))
    assert found == [runtime / "py/web/settings.py"]


def test_a_service_without_command_or_build_has_no_confs(runtime: Path) -> None:
    assert sources.confs({"image": "postgres", "command": ["postgres"]}) == []
    assert sources.confs({"build": {"context": str(runtime)}, "command": None}) == []
