from pathlib import Path

import pytest

from lab.engine import debs
from lab.engine.install import PREFERENCES_FILE, SOURCE_FILE, Installation
from lab.errors import HostError


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `apt-get` that writes down how it was called, and puts a package where it is told to."""
    script = tmp_path / "bin/apt-get"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {tmp_path}/called\n'
        'for word in "$@"; do case "$word" in Dir::Cache::archives=*) to=${word#*=} ;; esac; done\n'
        '[ -z "${to:-}" ] || { touch "$to/lock" "$to/docker.io_1_amd64.deb"; }\n'
        f"[ ! -e {tmp_path}/broken ] || {{ echo 'no source answers'; exit 100; }}\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/bin:/usr/bin")
    for name, text in {"sources.list.d/debian.sources": "Types: deb", "preferences.d/own": "Pin"}.items():
        path = tmp_path / "root/etc/apt" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return tmp_path


ENGINE = Installation(packages=("docker.io/trixie",), files={SOURCE_FILE: "next", PREFERENCES_FILE: "low"})


def test_packages_come_from_the_hosts_sources_into_a_folder_and_nothing_of_the_host_is_changed(apt: Path) -> None:
    before = sorted(str(path) for path in (apt / "root").rglob("*"))
    with debs.shelf(apt / "apt", status="Package: dpkg", files=ENGINE, root=apt / "root") as shelf:
        assert (apt / "apt/status").read_text() == "Package: dpkg"
        assert {path.name for path in (apt / "apt/sources").iterdir()} == {"debian.sources", SOURCE_FILE.name}
        assert {path.name for path in (apt / "apt/preferences").iterdir()} == {"own", PREFERENCES_FILE.name}
        said: list[str] = []
        found = debs.download(shelf, ENGINE.packages, apt / "debs/engine", say=said.append)
    assert said == ["packages: docker.io, with what they need"]
    assert found == [apt / "debs/engine/docker.io_1_amd64.deb"]
    assert list((apt / "debs/engine").iterdir()) == found
    update, install = (apt / "called").read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith("install --yes --download-only --no-install-recommends docker.io/trixie")
    assert f"Dir::State::status={apt}/apt/status" in install
    assert sorted(str(path) for path in (apt / "root").rglob("*")) == before
    assert not (apt / "apt").exists()


def test_sources_that_do_not_answer_are_said(apt: Path) -> None:
    (apt / "broken").touch()
    with (
        pytest.raises(HostError, match="no source answers"),
        debs.shelf(apt / "apt", status="", files=ENGINE, root=apt / "root"),
    ):
        pass
