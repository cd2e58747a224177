import ipaddress
from itertools import combinations
from typing import Any

import pytest

from lab.deploy import override
from lab.deploy.override import Beside
from tests.unit.unit_factories import make_budget, make_stack

SUBNET = ipaddress.IPv4Network("198.19.7.0/24")


def written(**stacks: Any) -> dict[str, Any]:
    stack = make_stack(**stacks)
    budget = make_budget(stack_cpus=(0, 2), load_cpus=(1, 3), memory_mib=801)
    labels = override.labels(stack, session="up-1", target="proxied@one")
    return override.compose(stack, budget=budget, nofile_hard=20_000, subnet=SUBNET, labels=labels)


def test_every_service_gets_the_cores_of_the_stack() -> None:
    assert {service["cpuset"] for service in written()["services"].values()} == {"0,2"}


def test_memory_is_split_by_share_sums_to_the_budget_and_has_no_swap() -> None:
    services = written()["services"]
    assert {name: service["mem_limit"] for name, service in services.items()} == {"proxy": "100m", "app": "701m"}
    assert all(service["memswap_limit"] == service["mem_limit"] for service in services.values())


def test_everything_carries_the_labels_of_its_session() -> None:
    labels = {
        "lab.session": "up-1",
        "lab.stack": "proxied",
        "lab.target": "proxied@one",
        "lab.scheme": "http",
    }
    found = written(networks=("back",), volumes=("data",), jobs=("migrate",))
    assert found["volumes"].keys() == {"data"}
    for kind in ("services", "networks", "volumes"):
        assert all(thing["labels"] == labels for thing in found[kind].values())


def test_a_stack_without_data_gets_no_volumes() -> None:
    assert "volumes" not in written()


def test_a_job_runs_on_the_stacks_cores_with_memory_beside_the_budget() -> None:
    services = written(jobs=("migrate",))["services"]
    assert services["migrate"]["cpuset"] == "0,2"
    assert {name: service["mem_limit"] for name, service in services.items()} == {
        "proxy": "100m",
        "app": "701m",
        "migrate": "512m",
    }


def test_what_stands_beside_a_stack_gets_the_same_cores_and_labels_and_the_memory_it_asks_for() -> None:
    beside = Beside(
        services={"slow": {"image": "slow:1"}},
        memory_mib=96,
        volumes={"data": {"driver": "local"}},
        settings={"A": "b"},
    )
    found = override.compose(
        make_stack(volumes=("data", "more")),
        budget=make_budget(),
        nofile_hard=20_000,
        subnet=SUBNET,
        labels={"lab.session": "up-1"},
        beside=beside,
    )
    app, slow = found["services"]["app"], found["services"]["slow"]
    assert (slow["image"], slow["mem_limit"], slow["memswap_limit"]) == ("slow:1", "96m", "96m")
    assert (slow["cpuset"], slow["labels"]) == (app["cpuset"], app["labels"])
    assert found["volumes"] == {
        "data": {"labels": app["labels"], "driver": "local"},
        "more": {"labels": app["labels"]},
    }


@pytest.mark.parametrize(("hard", "files"), [(20_000, 20_000), (1 << 20, 65_535)])
def test_open_files_never_exceed_what_the_host_allows(hard: int, files: int) -> None:
    service = override.load_service(budget=make_budget(), nofile_hard=hard, labels={})
    assert service["ulimits"] == {"nofile": {"soft": files, "hard": files}}


def test_nothing_is_started_again_by_itself() -> None:
    assert {service["restart"] for service in written(jobs=("migrate",))["services"].values()} == {"no"}


def test_where_the_limit_of_open_files_is_not_known_none_is_asked_for() -> None:
    service = override.load_service(budget=make_budget(), nofile_hard=0, labels={})
    assert "ulimits" not in service


def test_the_load_sits_on_its_own_cores() -> None:
    service = override.load_service(budget=make_budget(load_cpus=(1, 3)), nofile_hard=1000, labels={"a": "b"})
    assert (service["cpuset"], service["labels"]) == ("1,3", {"a": "b"})


def test_a_stack_of_one_network_has_the_whole_subnet() -> None:
    assert written()["networks"]["default"]["ipam"] == {"config": [{"subnet": "198.19.7.0/24"}]}


def test_the_networks_of_a_stack_share_its_subnet_without_overlap() -> None:
    networks = written(networks=("back", "data"))["networks"]
    assert list(networks) == ["default", "back", "data"]
    parts = [ipaddress.IPv4Network(network["ipam"]["config"][0]["subnet"]) for network in networks.values()]
    assert all(part.subnet_of(SUBNET) for part in parts)
    assert not any(one.overlaps(other) for one, other in combinations(parts, 2))


def test_the_free_subnet_is_the_first_that_nobody_uses() -> None:
    assert str(override.free_subnet([])) == "198.19.0.0/24"
    used = [ipaddress.IPv4Network("198.19.0.0/24"), ipaddress.IPv4Network("198.19.1.128/25")]
    assert str(override.free_subnet(used)) == "198.19.2.0/24"
    assert str(override.free_subnet([ipaddress.IPv4Network("198.19.0.0/17")])) == "198.19.128.0/24"
