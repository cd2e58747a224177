import ipaddress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.deploy import foreign
from lab.deploy.foreign import Overlay
from lab.deploy.yamltags import RESET, Replaced
from lab.errors import UsageError
from lab.model import Adopted, Entry, Stack
from tests.unit.unit_factories import make_budget, make_stack, make_workload

LABELS = {"lab.session": "up-1"}
SUBNET = ipaddress.IPv4Network("198.19.7.0/24")
MIB = 2**20


def stack_of(folder: Path, **changes: Any) -> Stack:
    adopted = Adopted(folder=folder, files=(folder / "compose.yaml",), ready=make_workload(name="ready", path="/"))
    given = {
        "name": "shop",
        "entry": Entry(service="web", port=80),
        "tiers": {"web": "nginx", "db": "postgres"},
        "memory": {"web": 1, "db": 3},
        "adopted": adopted,
    }
    return make_stack(**given | changes)


def config_of(web: dict[str, Any], **top: Any) -> dict[str, Any]:
    services = {
        "web": {"image": "web", "networks": {"default": None}} | web,
        "db": {"image": "db", "networks": {"default": None}},
    }
    return {"name": "shop", "services": services, "networks": {"default": {"name": "shop_default"}}} | top


def over(folder: Path, web: dict[str, Any] | None = None, *, stack: Stack | None = None, **top: Any) -> Overlay:
    stack = stack or stack_of(folder)
    assert stack.adopted is not None
    budget = make_budget(memory_mib=400)
    config = foreign.with_own_images(stack, config_of(web or {}, **top))
    return foreign.overlay(stack, stack.adopted, config, budget=budget, subnet=SUBNET, labels=LABELS)


def test_only_the_entry_is_published_and_on_the_loopback(tmp_path: Path) -> None:
    found = over(tmp_path, {"ports": [{"target": 80}, {"target": 9000}]}).data["services"]
    assert found["web"]["ports"] == Replaced(["127.0.0.1:${LAB_PORT:-8080}:80"])
    assert "ports" not in found["db"]
    both = stack_of(tmp_path, entry=Entry(service="db", port=5432))
    assert over(tmp_path, {"ports": [{"target": 80}]}, stack=both).data["services"]["web"]["ports"] is RESET


def test_every_service_gets_its_share_of_the_budget_or_the_smaller_limit_of_its_own(tmp_path: Path) -> None:
    assert {name: s["mem_limit"] for name, s in over(tmp_path).data["services"].items()} == {
        "web": "100m",
        "db": "300m",
    }
    limits = {"deploy": {"replicas": 1, "resources": {"limits": {"memory": str(64 * MIB), "pids": 50}}}}
    web = over(tmp_path, limits).data["services"]["web"]
    assert (web["mem_limit"], web["memswap_limit"], web["pids_limit"]) == ("64m", "64m", 50)
    assert web["deploy"] == Replaced({"replicas": 1})
    assert over(tmp_path, {"mem_limit": str(900 * MIB)}).data["services"]["web"]["mem_limit"] == "100m"


def test_containers_of_one_service_share_its_share(tmp_path: Path) -> None:
    assert over(tmp_path, {"deploy": {"replicas": 2}}).data["services"]["web"]["mem_limit"] == "50m"
    found = over(tmp_path, {"scale": 4})
    assert found.data["services"]["web"]["mem_limit"] == "25m"
    # Each is published, on a port of its own.
    assert found.data["services"]["web"]["ports"] == Replaced(["127.0.0.1:${LAB_PORT:-8080}-${LAB_PORT_LAST}:80"])
    assert found.settings(9000) == {"LAB_PORT_LAST": "9003"}
    assert over(tmp_path).settings(9000) == {}


@pytest.mark.parametrize(
    ("service", "cpus"),
    [
        ({}, None),
        ({"cpus": 0.5}, 0.5),
        ({"deploy": {"resources": {"limits": {"cpus": "0.25"}}}}, 0.25),
        ({"cpus": 16}, 1),
    ],
)
def test_a_share_of_cpu_time_stays_as_far_as_the_budget_goes(
    tmp_path: Path, service: dict[str, Any], cpus: float | None
) -> None:
    assert over(tmp_path, service).data["services"]["web"].get("cpus") == cpus


def test_names_that_can_exist_once_go(tmp_path: Path) -> None:
    found = over(tmp_path, {"container_name": "shop-web"}, volumes={"data": {"name": "fixed", "external": True}})
    assert found.data["services"]["web"]["container_name"] is RESET
    assert found.data["volumes"]["data"] == Replaced({"labels": LABELS})


def test_a_volume_in_memory_stays_in_memory(tmp_path: Path) -> None:
    options = {"type": "tmpfs", "device": "tmpfs"}
    found = over(
        tmp_path, volumes={"run": {"name": "x", "driver_opts": options}, "nfs": {"driver_opts": {"type": "nfs"}}}
    )
    assert found.data["volumes"]["run"] == Replaced({"driver_opts": options, "labels": LABELS})
    assert found.data["volumes"]["nfs"] == Replaced({"labels": LABELS})


def test_networks_get_the_labs_subnets_and_no_way_out(tmp_path: Path) -> None:
    web = {"networks": {"front": {"ipv4_address": "10.0.0.5", "aliases": ["www"]}, "back": None}}
    declared = {
        "default": {},
        "front": {"name": "fixed", "ipam": {"config": [{"subnet": "10.0.0.0/24"}]}},
        "back": {"internal": True},
    }
    found = over(tmp_path, web, networks=declared)
    networks = {name: said.value for name, said in found.data["networks"].items()}
    subnets = [ipaddress.IPv4Network(said["ipam"]["config"][0]["subnet"]) for said in networks.values()]
    assert all(subnet.subnet_of(SUBNET) for subnet in subnets)
    assert len(set(subnets)) == len(networks) == 3
    assert all(said["driver_opts"] == foreign.NO_WAY_OUT for said in networks.values())
    assert [name for name, said in networks.items() if said.get("internal")] == ["back"]
    assert found.data["services"]["web"]["networks"] == Replaced({"front": {"aliases": ["www"]}, "back": {}})
    assert found.network == "front"


def test_egress_that_is_asked_for_is_there(tmp_path: Path) -> None:
    stack = stack_of(tmp_path)
    assert stack.adopted is not None
    open_ = replace(stack, adopted=replace(stack.adopted, egress=True))
    found = over(tmp_path, stack=open_).data
    assert "driver_opts" not in found["networks"]["default"].value
    assert "dns" not in found["services"]["web"]


def test_who_has_no_way_out_asks_for_no_names_outside(tmp_path: Path) -> None:
    assert over(tmp_path, {"dns": ["10.0.0.53"]}).data["services"]["web"]["dns"] == Replaced(["127.0.0.1"])
    stack = stack_of(tmp_path)
    assert stack.adopted is not None
    let_out = replace(stack, adopted=replace(stack.adopted, allow=("external-networks",)))
    networks = {"default": {}, "mail": {"name": "mail", "external": True}}
    found = over(tmp_path, {"networks": {"default": None, "mail": None}}, stack=let_out, networks=networks)
    assert [name for name, service in found.data["services"].items() if "dns" in service] == ["db"]


def test_an_entry_in_internal_networks_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be published"):
        over(tmp_path, {"networks": {"back": None}}, networks={"back": {"internal": True}})


def test_an_image_that_is_built_gets_a_name_of_the_labs(tmp_path: Path) -> None:
    stack = stack_of(tmp_path)
    image = over(tmp_path, {"image": "shop:latest", "build": {"context": "."}}).data["services"]["web"]["image"]
    assert image == foreign.image(stack, "web")
    assert image.startswith("lab/own-shop-")
    assert "image" not in over(tmp_path).data["services"]["web"]


def test_a_description_that_does_not_agree_with_the_files_is_told(tmp_path: Path) -> None:
    config = config_of({})
    config["services"]["mail"] = {"image": "mail"}
    stack = stack_of(tmp_path, tiers={"web": "nginx", "sql": "x"}, memory={"web": 1, "sql": 1})
    assert stack.adopted is not None
    with pytest.raises(UsageError, match=r"no service 'sql'; the service 'db' is neither .* the service 'mail'"):
        foreign.overlay(stack, stack.adopted, config, budget=make_budget(), subnet=SUBNET, labels=LABELS)


def mounts(*found: dict[str, Any]) -> dict[str, Any]:
    return {"volumes": list(found)}


def test_a_file_that_is_mounted_is_read_only_and_a_folder_becomes_a_copy(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text("")
    (tmp_path / "src/app").mkdir(parents=True)
    web = mounts(
        {"type": "bind", "source": str(tmp_path / "conf"), "target": "/conf"},
        {"type": "bind", "source": str(tmp_path / "src/app"), "target": "/app"},
        {"type": "bind", "source": str(tmp_path / "src"), "target": "/all", "read_only": True},
        {"type": "bind", "source": str(tmp_path / "new"), "target": "/new", "read_only": True},
        {"type": "tmpfs", "target": "/tmp"},
    )
    found = over(tmp_path, web)
    assert found.data["services"]["web"]["volumes"].value == [
        {"type": "bind", "source": str(tmp_path / "conf"), "target": "/conf", "read_only": True},
        {"type": "volume", "source": "lab-copy-src-app", "target": "/app"},
        {"type": "bind", "source": str(tmp_path / "src"), "target": "/all", "read_only": True},
        {"type": "volume", "source": "lab-copy-new", "target": "/new", "read_only": True},
        {"type": "tmpfs", "target": "/tmp"},
    ]
    assert [(copy.target, copy.folder) for copy in found.binds] == [("/app", tmp_path / "src/app")]
    assert found.data["volumes"] == {name: {"labels": LABELS} for name in ("lab-copy-src-app", "lab-copy-new")}


def test_whoever_reads_a_folder_that_another_writes_to_sees_the_copy(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    media = {"type": "bind", "source": str(tmp_path / "media"), "target": "/media"}
    config = config_of(mounts({**media, "read_only": True}))
    config["services"]["db"]["volumes"] = [media]
    stack = stack_of(tmp_path)
    assert stack.adopted is not None
    found = foreign.overlay(stack, stack.adopted, config, budget=make_budget(), subnet=SUBNET, labels=LABELS)
    shown = {name: service["volumes"].value[0] for name, service in found.data["services"].items()}
    copy = {"type": "volume", "source": "lab-copy-media", "target": "/media"}
    assert shown == {"web": {**copy, "read_only": True}, "db": copy}
    assert [made.service for made in found.binds] == ["db"]


def test_each_volume_of_theirs_is_copied_once_through_who_may_write_to_it(tmp_path: Path) -> None:
    data = {"type": "volume", "source": "data", "target": "/data"}
    config = config_of(mounts({**data, "read_only": True}), volumes={"data": {"name": "shop_data"}})
    config["services"]["db"]["volumes"] = [data]
    stack = stack_of(tmp_path)
    assert stack.adopted is not None
    found = foreign.overlay(stack, stack.adopted, config, budget=make_budget(), subnet=SUBNET, labels=LABELS)
    assert [(copy.service, copy.theirs, copy.volume) for copy in found.copies] == [("db", "shop_data", "data")]


def test_jobs_that_nobody_waits_for_are_told_apart(tmp_path: Path) -> None:
    config = config_of({"depends_on": {"migrate": {"condition": "service_completed_successfully"}}})
    config["services"] |= {"migrate": {"image": "x"}, "seed": {"image": "x"}}
    stack = stack_of(tmp_path, jobs=("migrate", "seed"))
    assert stack.adopted is not None
    found = foreign.overlay(stack, stack.adopted, config, budget=make_budget(), subnet=SUBNET, labels=LABELS)
    assert found.loose_jobs == ("seed",)
    assert found.data["services"]["seed"]["mem_limit"] == "512m"
