from pathlib import Path
from typing import Any

import pytest

from lab.deploy import refusals
from lab.errors import UsageError


def project(folder: Path, **service: Any) -> dict[str, Any]:
    return {"services": {"app": service}, "networks": {"default": {"name": "x_default"}, "none": None}}


def bind(source: Path | str, **more: Any) -> dict[str, Any]:
    return {"volumes": [{"type": "bind", "source": str(source), "target": "/x", **more}]}


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        ({"privileged": True}, "privileged"),
        ({"network_mode": "host"}, "host-network"),
        ({"network_mode": "container:other"}, "other-containers"),
        ({"external_links": ["db:db"]}, "other-containers"),
        ({"volumes_from": ["container:db"]}, "other-containers"),
        ({"pid": "host"}, "host-access"),
        ({"ipc": "host"}, "host-access"),
        ({"devices": [{"source": "/dev/kvm"}]}, "host-access"),
        ({"cap_add": ["CAP_SYS_ADMIN"]}, "host-access"),
        ({"extra_hosts": ["host.docker.internal=host-gateway"]}, "host-access"),
        ({"cgroup_parent": "/system.slice"}, "host-access"),
        (bind("/var/run/docker.sock", read_only=True), "docker-socket"),
        (bind("/srv/elsewhere"), "outside-writes"),
    ],
)
def test_what_reaches_beyond_the_project_is_refused_in_words_unless_it_is_allowed(
    tmp_path: Path, service: dict[str, Any], kind: str
) -> None:
    config = project(tmp_path, **service)
    with pytest.raises(UsageError, match=f"({kind})") as caught:
        refusals.require_none(config, folder=tmp_path, allow=())
    assert caught.value.fix == f"change it, or allow it: `allow: [{kind}]` in lab.yaml"
    adopting = ["lab", "adopt", "my shop", "--egress"]
    with pytest.raises(UsageError) as caught:
        refusals.require_none(config, folder=tmp_path, allow=(), adopting=adopting)
    assert caught.value.fix == f"change it, or allow it: lab adopt 'my shop' --egress --allow {kind}"
    refusals.require_none(config, folder=tmp_path, allow=[kind])


def test_all_that_is_refused_is_told_at_once(tmp_path: Path) -> None:
    config = project(tmp_path, privileged=True, network_mode="host")
    config["networks"]["proxy"] = {"name": "proxy", "external": True}
    assert [found.kind for found in refusals.find(config, folder=tmp_path)] == [
        "privileged",
        "host-network",
        "external-networks",
    ]


@pytest.mark.parametrize(
    "service",
    [
        {},
        {"network_mode": "none", "cap_add": ["NET_BIND_SERVICE"], "extra_hosts": ["db=10.0.0.1"]},
        bind("/etc/localtime", read_only=True),
    ],
)
def test_what_stays_inside_or_is_only_read_is_not(tmp_path: Path, service: dict[str, Any]) -> None:
    assert refusals.find(project(tmp_path, **service), folder=tmp_path) == []


def test_a_link_that_leads_out_of_the_project_is_outside(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "data").symlink_to(tmp_path)
    assert [found.kind for found in refusals.find(project(folder, **bind(folder / "data")), folder=folder)] == [
        "outside-writes"
    ]
    assert refusals.find(project(folder, **bind(folder / "src")), folder=folder) == []


def test_a_word_that_allows_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="everything cannot be allowed"):
        refusals.require_none(project(tmp_path), folder=tmp_path, allow=["everything"])
