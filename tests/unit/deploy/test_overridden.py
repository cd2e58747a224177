from pathlib import Path
from typing import Any

from lab.deploy import overridden


def test_every_change_is_told(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text("")
    (tmp_path / "src").mkdir()
    web: dict[str, Any] = {
        "build": {"context": "."},
        "image": "shop:latest",
        "container_name": "shop-web",
        "ports": [{"target": 80}],
        "restart": "always",
        "deploy": {"replicas": 2, "resources": {"limits": {"memory": "1"}}},
        "networks": {"front": {"ipv4_address": "10.0.0.5"}},
        "volumes": [
            {"type": "bind", "source": str(tmp_path / "conf"), "target": "/conf"},
            {"type": "bind", "source": str(tmp_path / "src"), "target": "/app"},
            {"type": "bind", "source": str(tmp_path / "src"), "target": "/docs", "read_only": True},
            {"type": "volume", "source": "data", "target": "/data"},
        ],
    }
    config = {
        "services": {"web": web, "db": {"image": "postgres", "ports": [{"target": 5432}]}},
        "volumes": {"data": {"name": "shop-data"}},
        "networks": {
            "front": {"ipam": {"config": [{"subnet": "10.0.0.0/24"}]}},
            "proxy": {"external": True, "name": "proxy"},
        },
    }
    assert overridden.changes(config, entry="web", folder=tmp_path, egress=False) == [
        ("web", "published on 127.0.0.1 only, at the port that `lab up` says"),
        ("web", "no fixed address: whoever looks for it must use its name"),
        ("web", "not called shop-web"),
        ("web", "limits give way to the budget, where they are not smaller"),
        ("web", "2 containers, one tier"),
        ("web", "built under a name of the lab's, not as shop:latest"),
        ("web", "not restarted when it dies"),
        ("web", "/conf: read only"),
        ("web", "/app: a copy of src"),
        ("db", "not published"),
        ("volume data", "a new one in place of shop-data"),
        ("network front", "a subnet of the lab's in place of 10.0.0.0/24, no way out"),
        ("network proxy", "proxy, which others are in"),
    ]
    assert ("network front", "a subnet of the lab's in place of 10.0.0.0/24, with a way out") in overridden.changes(
        config, entry="web", folder=tmp_path, egress=True
    )


def test_a_dns_server_among_the_services_is_said_to_be_gone_with_its_address(tmp_path: Path) -> None:
    names = {"image": "bind9", "networks": {"n": {"ipv4_address": "10.77.0.53"}}}
    services = {"names": names, "web": {"image": "x", "dns": ["10.77.0.53", "9.9.9.9"]}}
    told = overridden.changes({"services": services}, entry="web", folder=tmp_path, egress=False)
    assert ("web", "its DNS server 10.77.0.53 answers no more: nobody has that address. Take `dns` out") in told
    assert not any("9.9.9.9" in said for _, said in told)


def test_what_may_be_something_else_tomorrow_is_told() -> None:
    services = {
        "built": {"build": {"context": "."}},
        "tagged": {"image": "registry.local:5000/nginx:1.25"},
        "bare": {"image": "postgres"},
        "held": {"image": "redis@sha256:ab"},
    }
    found = dict(overridden.unpinned({"services": services}))
    assert set(found) == {"built", "tagged", "bare"}
    assert "its tag 1.25" in found["tagged"]
    assert "its tag latest" in found["bare"]
