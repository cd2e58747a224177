"""`lab up` and the daily commands, with the budget read back from the engine and from inside."""

import ipaddress
import json
from pathlib import Path

import pytest
import requests
from docker import DockerClient

from lab.catalog import load_catalog
from lab.host import ports
from lab.host.machine import probe
from tests.e2e.counting import between, counted_client
from tests.e2e.driving import PATIENCE_S, Lab, add_stack, labelled, networks, of_stack

pytestmark = pytest.mark.xdist_group("lab")

STACK = "nginx-gunicorn-flask"
BENCHMARK_NETWORK = ipaddress.ip_network("198.18.0.0/15")
MIB = 2**20
MOST_REQUESTS = 12
"""Two to connect, four and two to see what is there, one for each of two images; and two to spare."""


def test_a_stack_gets_its_budget_and_nothing_else(lab: Lab, engine: DockerClient) -> None:
    budget = json.loads(lab.ok("describe", STACK, "--memory", "2g", "--json"))["budget"]
    lab.ok("up", STACK, "--memory", "2g", "--port", "0")
    found = of_stack(engine, STACK)
    assert found.keys() == {"nginx", "app"}
    cpus = ",".join(map(str, budget["stack_cpus"]))
    limits = {service: container.attrs["HostConfig"] for service, container in found.items()}
    assert {limit["CpusetCpus"] for limit in limits.values()} == {cpus}
    assert sum(limit["Memory"] for limit in limits.values()) == 2048 * MIB
    for service, limit in limits.items():
        assert limit["MemorySwap"] == limit["Memory"], "memory and swap together: equal means no swap"
        assert limit["Ulimits"][0]["Hard"] == min(65_535, probe().nofile_hard)
        # The kernel's own word from inside, not the engine's.
        status = lab.ok("exec", STACK, service, "cat", "/proc/self/status")
        allowed = next(line.split()[1] for line in status.splitlines() if line.startswith("Cpus_allowed_list"))
        assert allowed == cpus
    inside = lab.ok("exec", STACK, "app", "python", "-c", "import os; print(sorted(os.sched_getaffinity(0)))")
    assert json.loads(inside) == budget["stack_cpus"]


def test_colocated_says_so_and_shares_the_cores(lab: Lab, engine: DockerClient) -> None:
    answer = json.loads(lab.ok("up", "gin", "--colocated", "--port", "0", "--json"))
    assert "colocated" in answer["budget"]
    cpus = ",".join(map(str, probe().cpus[:4]))
    assert of_stack(engine, "gin")["app"].attrs["HostConfig"]["CpusetCpus"] == cpus


def test_networks_are_in_the_benchmark_range_and_those_behind_the_entry_internal(
    lab: Lab, engine: DockerClient
) -> None:
    lab.ok("up", STACK, "--port", "0")
    found = engine.networks.list(filters={"label": f"lab.stack={STACK}"})
    assert len(found) == 2
    for network in found:
        subnet = ipaddress.ip_network(network.attrs["IPAM"]["Config"][0]["Subnet"])
        assert isinstance(subnet, ipaddress.IPv4Network)
        assert subnet.subnet_of(BENCHMARK_NETWORK)  # type: ignore[arg-type]
    assert sorted(network.attrs["Internal"] for network in found) == [False, True]


def test_daily_commands_on_a_stack_that_is_up(lab: Lab, engine: DockerClient) -> None:
    port = str(ports.free())
    assert f"127.0.0.1:{port}" in lab.ok("up", "gunicorn-flask@gthread", "--port", port)
    assert requests.get(f"http://127.0.0.1:{port}/health", timeout=PATIENCE_S).text == "ok"
    (project,) = json.loads(lab.ok("ps", "--json"))
    assert (project["stack"], project["port"]) == ("gunicorn-flask", int(port))
    assert project["services"] == {"app": "running"}
    assert "Booting worker" in lab.ok("logs", "gunicorn-flask")
    assert lab("exec", "gunicorn-flask", "app", "sh", "-c", "exit 7").returncode == 7
    assert {check["ok"] for check in json.loads(lab.ok("check", "gunicorn-flask", "--json"))} == {True}
    assert "gunicorn-flask is down" in lab.ok("down", "gunicorn-flask")
    assert labelled(engine) == []
    assert networks(engine) == []


def test_up_again_changes_nothing_and_another_variant_takes_its_place(lab: Lab, engine: DockerClient) -> None:
    port = str(ports.free())
    lab.ok("up", "gunicorn-flask@sync", "--port", port)
    first = of_stack(engine, "gunicorn-flask")["app"].id
    lab.ok("up", "gunicorn-flask@sync", "--port", port)
    assert of_stack(engine, "gunicorn-flask")["app"].id == first
    lab.ok("up", "gunicorn-flask@gevent", "--port", port)
    assert of_stack(engine, "gunicorn-flask")["app"].id != first
    assert lab.ok("exec", "gunicorn-flask", "app", "printenv", "WORKER_CLASS").strip() == "gevent"


def test_check_brings_up_what_is_not_and_takes_it_down_again(lab: Lab, engine: DockerClient) -> None:
    verdicts = json.loads(lab.ok("check", "go-nethttp", "--json"))
    assert {verdict["workload"] for verdict in verdicts} == {*load_catalog().stack("go-nethttp").workloads}
    assert labelled(engine) == []


def test_config_shows_what_up_would_run(lab: Lab) -> None:
    merged = json.loads(lab.ok("config", STACK, "--json"))
    assert merged["services"]["app"]["cpuset"]
    assert merged["services"]["app"]["labels"]["lab.stack"] == STACK
    assert lab.ok("up", STACK, "--dry-run").count("docker compose") == 1


def test_what_the_user_has_exported_for_something_else_changes_no_stack(lab: Lab) -> None:
    (lab.root / "compose" / ".env").write_text("HEALTH_DELAY=7\n")
    before = lab.ok("config", STACK)
    assert lab.ok("config", STACK, HEALTH_DELAY="8", WORKERS="9", NGINX_CONF="other", COMPOSE_PROFILES="x") == before
    assert "HEALTH_DELAY: '9'" in lab.ok("config", STACK, "--set", "HEALTH_DELAY=9")


def test_up_asks_compose_twice_and_the_engine_once_for_each_thing_it_must_know(lab: Lab, tmp_path: Path) -> None:
    """What it costs over plain Compose: one call that merges, and requests; `make bench-lab` has it in seconds."""
    client = counted_client(tmp_path)
    with between(tmp_path) as counted:
        lab.ok("up", STACK, "--port", "0", PATH=client.path, DOCKER_HOST=counted.host)
    assert [call.split()[0] for call in client.calls] == ["info", "compose", "compose"]
    assert " config " in client.calls[1]
    assert " up " in client.calls[2]
    assert len(counted.requests) <= MOST_REQUESTS, counted.requests


def test_ps_calls_no_client_at_all(lab: Lab, tmp_path: Path) -> None:
    client = counted_client(tmp_path)
    lab.ok("ps", PATH=client.path)
    assert client.calls == []


ANSWERING = """\
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ready")
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""


def test_a_secret_reaches_its_container_and_no_file_and_no_label(lab: Lab, project: Path, engine: DockerClient) -> None:
    add_stack(project, "secretive", ANSWERING)
    path = project / "compose" / "secretive.yaml"
    reads = '    environment: {DB_PASSWORD: "${DB_PASSWORD:-none}", API_TOKEN: "tok: 5"}\n    command:'
    path.write_text(path.read_text().replace("    command:", reads))
    up = lab("up", "secretive", "--port", "0", "--set", "DB_PASSWORD=hunter2", DB_PASSWORD="ambient")
    assert up.returncode == 0, up.stderr
    assert lab.ok("exec", "secretive", "app", "printenv", "DB_PASSWORD").strip() == "hunter2"
    labels = of_stack(engine, "secretive")["app"].labels
    shown = lab.ok("config", "secretive", "--set", "DB_PASSWORD=hunter2")
    kept = [file.read_text() for file in (project / "results").rglob("*") if file.is_file()]
    assert "hmac-sha256:" in shown
    assert "tok: 5" not in shown + lab.ok("config", "secretive", "--json")
    assert "hunter2" not in f"{up.stdout} {up.stderr} {labels} {shown} {kept}"
