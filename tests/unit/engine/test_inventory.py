from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.images import Image
from docker.models.networks import Network
from docker.models.volumes import Volume

from lab.engine import inventory
from lab.host import session

REMOVED: list[str] = []


class KeptContainer(Container):
    """Notes its removal instead of asking an engine for it."""

    def remove(self, **_how: Any) -> None:
        REMOVED.append(str(self.id))


class KeptNetwork(Network):
    """The same for a network."""

    def remove(self) -> None:
        REMOVED.append(str(self.id))


class KeptVolume(Volume):
    """The same for a volume."""

    def remove(self, force: bool = False) -> None:
        assert not force
        REMOVED.append(str(self.id))


Thing = Container | Network | Volume | Image


class Things:
    """Containers, networks, volumes or images of an engine that can be listed by label, as docker's client does."""

    def __init__(self, *things: Thing) -> None:
        self.things = list(things)

    def list(self, *, filters: dict[str, str] | None = None, **_how: Any) -> list[Thing]:
        key, _, value = (filters or {}).get("label", "").partition("=")
        return [
            thing for thing in self.things if not key or (key in labels(thing) and labels(thing)[key].startswith(value))
        ]

    def remove(self, identity: str, *, force: bool) -> None:
        """As images are removed: by the list, not by themselves."""
        REMOVED.append(identity)


class Engine:
    def __init__(self, containers: Things, networks: Things, images: Things, volumes: Things) -> None:
        self.containers = containers
        self.networks = networks
        self.images = images
        self.volumes = volumes


def labels(thing: Thing) -> dict[str, str]:
    found: dict[str, str] = thing.attrs["Labels"] if isinstance(thing, Network | Volume) else thing.labels
    return found


def make_labels(project: str, identity: str | None) -> dict[str, str]:
    mine = {} if identity is None else {"lab.session": identity, "lab.stack": "proxied", "lab.target": "proxied@one"}
    return {"com.docker.compose.project": project, **mine}


def make_container(service: str, *, project: str = "p", identity: str | None = "up-1", port: int = 0) -> Container:
    published = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]} if port else {"8080/tcp": None}
    return KeptContainer(
        attrs={
            "Id": service,
            "Name": f"/{service}",
            "Config": {"Labels": {**make_labels(project, identity), "com.docker.compose.service": service}},
            "State": {"Status": "running"},
            "NetworkSettings": {"Ports": published},
        }
    )


def make_network(subnet: str, *, project: str = "p", identity: str | None = "up-1") -> Network:
    attrs = {"Id": subnet, "Labels": make_labels(project, identity), "IPAM": {"Config": [{"Subnet": subnet}]}}
    return KeptNetwork(attrs=attrs)


def make_image(identity: str | None) -> Image:
    return Image(attrs={"Id": f"image of {identity}", "Config": {"Labels": make_labels("", identity)}})


def make_volume(name: str, identity: str | None) -> Volume:
    return KeptVolume(attrs={"Id": name, "Name": name, "Labels": make_labels("p", identity)})


@pytest.fixture(autouse=True)
def nothing_removed() -> None:
    REMOVED.clear()


def client(
    *containers: Container,
    networks: tuple[Network, ...] = (),
    images: tuple[Image, ...] = (),
    volumes: tuple[Volume, ...] = (),
) -> DockerClient:
    return cast(DockerClient, Engine(Things(*containers), Things(*networks), Things(*images), Things(*volumes)))


def test_a_project_is_what_its_containers_and_labels_say() -> None:
    (found,) = inventory.projects(client(make_container("app"), make_container("proxy", port=8081)))
    assert (found.project, found.stack, found.target, found.session) == ("p", "proxied", "proxied@one", "up-1")
    assert found.services == {"app": "running", "proxy": "running"}
    assert (found.port, found.url) == (8081, "http://127.0.0.1:8081")


def test_the_page_beside_a_stack_is_found_by_its_service() -> None:
    page = make_container("prometheus", port=9090)
    page.labels["lab.page"] = "prometheus"
    engine = client(page, make_container("app", port=8081), make_container("worker"))
    (found,) = inventory.projects(engine)
    assert found.port == 8081
    assert inventory.page_url(engine, "p", "prometheus") == "http://127.0.0.1:9090"
    assert inventory.page_url(engine, "p", "worker") is None
    assert inventory.page_url(engine, "p", "absent") is None


def test_a_project_that_speaks_tls_is_shown_so() -> None:
    container = make_container("proxy", port=8081)
    container.labels["lab.scheme"] = "https"
    (found,) = inventory.projects(client(container))
    assert found.url == "https://127.0.0.1:8081"


def test_what_stands_still_or_was_found_dead_is_started_anew() -> None:
    done: list[str] = []

    def container(name: str, status: str) -> SimpleNamespace:
        return SimpleNamespace(
            status=status,
            unpause=lambda: done.append(f"{name} goes on"),
            restart=lambda **_how: done.append(f"{name} anew"),
        )

    def listed(*, filters: dict[str, str], **_how: object) -> list[SimpleNamespace]:
        assert filters.pop("label") == "com.docker.compose.project=lab-x"
        found = {"status": container("frozen", "paused"), "health": container("unhealthy", "running")}
        return [found[key] for key in filters]

    inventory.revive(cast(DockerClient, SimpleNamespace(containers=SimpleNamespace(list=listed))), "lab-x")
    assert done == ["frozen goes on", "frozen anew", "unhealthy anew"]


def test_containers_of_others_are_not_seen() -> None:
    assert inventory.projects(client(make_container("other", identity=None))) == []


def test_subnets_are_given_with_the_project_that_owns_them() -> None:
    networks = (make_network("198.19.3.0/24"), make_network("fd00::/64"), Network(attrs={"IPAM": None, "Labels": None}))
    assert [(str(subnet), owner) for subnet, owner in inventory.subnets(client(networks=networks))] == [
        ("198.19.3.0/24", "p")
    ]


def test_left_overs_of_a_killed_process_are_removed_and_nothing_else() -> None:
    with session.open_session("bench") as mine:
        containers = [
            make_container("killed", identity="bench-20260101-000000-dead"),
            make_container("living", identity=mine.id),
            make_container("kept", identity="up-20260101-000000-kept"),
            make_container("other", identity=None),
        ]
        networks = (make_network("198.19.0.0/24", identity="bench-20260102-000000-gone"),)
        gone = inventory.reap(client(*containers, networks=networks))
    assert gone == ["bench-20260101-000000-dead", "bench-20260102-000000-gone"]
    assert REMOVED == ["killed", "198.19.0.0/24"]


def test_all_of_a_session_goes_its_networks_last_and_what_went_by_itself_is_no_error() -> None:
    names = [f"app-{number}" for number in range(8)]
    gone = make_container("gone", identity="bench-1")
    gone.remove = went_by_itself  # type: ignore[method-assign]
    mine = [gone, *(make_container(name, identity="bench-1") for name in names)]
    other = make_container("other", identity="up-2")
    network = make_network("198.19.0.0/24", identity="bench-1")
    inventory.remove(client(*mine, other, networks=(network,)), "bench-1")
    assert sorted(REMOVED[:-1]) == names
    assert REMOVED[-1] == "198.19.0.0/24"


def test_the_data_of_a_session_goes_after_the_containers_that_used_it() -> None:
    volumes = (make_volume("data", "bench-1"), make_volume("other", "up-2"), make_volume("foreign", None))
    inventory.remove(client(make_container("app", identity="bench-1"), volumes=volumes), "bench-1")
    assert REMOVED == ["app", "data"]


def test_a_volume_of_a_killed_process_is_a_left_over() -> None:
    volumes = (make_volume("data", "bench-20260101-000000-dead"), make_volume("foreign", None))
    assert inventory.reap(client(volumes=volumes)) == ["bench-20260101-000000-dead"]
    assert REMOVED == ["data"]


def test_an_image_that_a_session_built_for_a_moment_goes_and_no_other() -> None:
    images = (make_image("bench-1"), make_image("bench-2"), make_image(None))
    inventory.remove(client(images=images), "bench-1")
    assert REMOVED == ["image of bench-1"]


def test_an_image_of_a_killed_process_is_a_left_over() -> None:
    images = (make_image("bench-20260101-000000-dead"), make_image(None))
    assert inventory.reap(client(images=images)) == ["bench-20260101-000000-dead"]
    assert REMOVED == ["image of bench-20260101-000000-dead"]


def test_a_container_that_cannot_be_removed_is_not_passed_over() -> None:
    stuck = make_container("stuck", identity="bench-1")
    stuck.remove = is_stuck  # type: ignore[method-assign]
    with pytest.raises(APIError, match="device is busy"):
        inventory.remove(client(stuck), "bench-1")


def went_by_itself(**_how: Any) -> None:
    raise NotFound("no such container")


def is_stuck(**_how: Any) -> None:
    raise APIError("device is busy")


def test_a_page_beside_a_stack_is_not_where_the_stack_answers() -> None:
    page = make_container("zipkin", port=4321)
    page.attrs["Config"]["Labels"]["lab.page"] = "zipkin"
    (found,) = inventory.projects(client(page, make_container("app", port=8080)))
    assert found.port == 8080
    assert found.services.keys() == {"zipkin", "app"}


@pytest.mark.parametrize(
    ("target", "variant", "again"),
    [
        ("gin@sync", "sync", "gin@sync"),
        ("gin@sync+A=1+TRACES=on", "sync", "gin@sync --set A=1 --set TRACES=on"),
        ("gin@sync+A=a b", "sync", "gin@sync --set 'A=a b'"),
    ],
)
def test_what_is_up_says_its_variant_and_what_brings_it_up_again(target: str, variant: str, again: str) -> None:
    running = inventory.Running(
        project="lab-gin", stack="gin", target=target, session="up-1", services={}, port=None, scheme="http"
    )
    assert (running.variant, running.again) == (variant, again)
