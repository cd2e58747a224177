from pathlib import Path

import pytest

from lab.engine import install
from lab.engine.probe import GET_DOCKER
from lab.errors import EngineUnavailable, HostError

EVERYTHING = ("client", "engine", "compose", "buildx")
SOURCES = "deb http://mirror.test/debian bookworm main\n"


def host(root: Path, *, release: str, sources: str = SOURCES) -> Path:
    (root / "etc/apt").mkdir(parents=True)
    (root / "etc/os-release").write_text(release)
    (root / "etc/apt/sources.list").write_text(sources)
    return root


def bookworm(root: Path, sources: str = SOURCES) -> Path:
    return host(root, release="ID=debian\nVERSION_CODENAME=bookworm\n", sources=sources)


def test_debian_12_takes_the_engine_from_the_next_release_by_its_own_mirror(tmp_path: Path) -> None:
    wanted = install.plan(EVERYTHING, bookworm(tmp_path))
    assert wanted.packages[:4] == (
        "docker-cli/trixie",
        "docker.io/trixie",
        "docker-compose/trixie",
        "docker-buildx/trixie",
    )
    assert {"iptables", "procps", "debootstrap"} <= set(wanted.packages)
    source = wanted.files[install.SOURCE_FILE]
    assert "URIs: http://mirror.test/debian\nSuites: trixie\n" in source
    assert "Pin: release n=trixie\nPin-Priority: 50\n" in wanted.files[install.PREFERENCES_FILE]


def test_only_what_is_missing_is_installed(tmp_path: Path) -> None:
    assert install.plan(("compose",), bookworm(tmp_path)).packages == ("docker-compose/trixie",)


def test_a_next_release_that_the_host_already_knows_is_used_as_it_is(tmp_path: Path) -> None:
    root = bookworm(tmp_path, SOURCES + SOURCES.replace("bookworm", "trixie"))
    assert install.plan(EVERYTHING, root).files == {}


def test_debian_13_needs_no_other_release(tmp_path: Path) -> None:
    root = host(tmp_path, release="ID=debian\nVERSION_CODENAME=trixie\n")
    wanted = install.plan(EVERYTHING, root)
    assert "docker.io" in wanted.packages
    assert not wanted.files


def test_ubuntu_and_its_derivatives_use_their_own_packages(tmp_path: Path) -> None:
    root = host(tmp_path, release='ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\n')
    wanted = install.plan(EVERYTHING, root)
    assert "docker-compose-v2" in wanted.packages
    assert not wanted.files


def test_another_system_is_told_what_to_do(tmp_path: Path) -> None:
    root = host(tmp_path, release='ID=fedora\nPRETTY_NAME="Fedora 44"\n')
    with pytest.raises(EngineUnavailable, match="Fedora 44") as caught:
        install.plan(EVERYTHING, root)
    assert caught.value.fix == GET_DOCKER
    assert caught.value.exit_code == 3


def test_a_debian_without_sources_is_told_where_it_lacks_them(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no source for bookworm"):
        install.plan(EVERYTHING, bookworm(tmp_path, sources=""))


def test_lab_engine_never_forbids() -> None:
    with pytest.raises(EngineUnavailable, match="LAB_ENGINE=never forbids") as caught:
        install.allow("install docker.io", {"LAB_ENGINE": "never"})
    assert caught.value.exit_code == 3


def test_without_root_the_fix_is_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(EngineUnavailable, match="takes root") as caught:
        install.allow("install docker.io", {})
    assert "sudo" in (caught.value.fix or "")


def test_root_may_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    install.allow("install docker.io", {})


class Apt:
    """Stands in for `apt-get`; remembers what it was asked for, and fails where told to."""

    def __init__(self, *, fails_at: str = "") -> None:
        self.calls: list[list[str]] = []
        self.fails_at = fails_at

    def __call__(self, argv: list[str], **_options: object) -> str:
        self.calls.append(argv)
        if self.fails_at in argv:
            raise HostError("apt-get failed")
        return ""


def test_what_will_be_installed_is_said_before_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, said = Apt(), list[str]()
    monkeypatch.setattr(install, "run", fake)
    install.install(install.plan(EVERYTHING, bookworm(tmp_path)), said.append, tmp_path)
    assert "docker.io/trixie" in said[0]
    assert "update" in fake.calls[0]
    assert "--no-install-recommends" in fake.calls[1]
    assert not any("-t" in call for call in fake.calls)
    assert (tmp_path / install.SOURCE_FILE).exists()


def test_files_are_taken_back_when_the_sources_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "run", Apt(fails_at="update"))
    with pytest.raises(HostError):
        install.install(install.plan(EVERYTHING, bookworm(tmp_path)), lambda _text: None, tmp_path)
    assert not (tmp_path / install.SOURCE_FILE).exists()
    assert not (tmp_path / install.PREFERENCES_FILE).exists()
