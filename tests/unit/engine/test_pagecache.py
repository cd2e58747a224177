from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from docker import DockerClient

from lab.engine import pagecache


def client(base_url: str = "http+docker://localhost") -> DockerClient:
    return cast(DockerClient, SimpleNamespace(api=SimpleNamespace(base_url=base_url)))


@pytest.fixture
def switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the place of the kernel's switch."""
    path = tmp_path / "drop_caches"
    path.write_text("")
    monkeypatch.setattr(pagecache, "DROP", path)
    monkeypatch.setattr("os.sync", lambda: None)
    return path


def test_pages_and_names_are_dropped_on_this_host(switch: Path) -> None:
    assert pagecache.drop(client())
    assert switch.read_text() == "3"


def test_the_cache_of_this_host_is_not_that_of_another_engine(switch: Path) -> None:
    assert not pagecache.drop(client("http://build-server:2375"))
    assert switch.read_text() == ""


def test_a_kernel_that_does_not_allow_it_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagecache, "DROP", tmp_path)
    monkeypatch.setattr("os.sync", lambda: None)
    assert not pagecache.drop(client())
