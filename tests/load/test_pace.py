"""pace in the load image, against servers of the test's own in a container beside it; no network but the loopback."""

import json
import math
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from lab.load import histogram, pace, protocol
from lab.model import Latency, Request, Workload
from tests.load.images import LONGEST_S, built
from tests.load.told import CAPACITY_PER_S
from tests.unit.unit_factories import make_workload

pytestmark = [pytest.mark.timeout(LONGEST_S), pytest.mark.xdist_group("pace")]

TOLD = Path(__file__).with_name("told.py")
PORTS = FOR_PACE, FOR_WRK = 8081, 8082
RATE_PER_S, LENGTH_S, BEFORE_S, FROZEN_S = 100, 10, 4.5, 1.0
WRK_CONNECTIONS = 4
EXACT = 0.05 + 10**-histogram.SIGNIFICANT_DIGITS
"""What a figure may be off by, and the histogram's own error."""
TRIES = 6
KINDS = ("connect", "read", "write", "timeout", "status", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Two servers in one container, and a load container that shares their loopback."""

    servers: DockerContainer
    load: DockerContainer

    def start(self, *argv: str, **environment: str) -> "subprocess.Popen[str]":
        """A command in the load container."""
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        command = ("docker", "exec", *variables, self.load.get_wrapped_container().id or "", *argv)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def pace(self, *arguments: str, workload: Workload | None = None) -> dict[str, Any]:
        """What pace reports of its one target."""
        path = "" if workload is None else workload.path
        told = {} if workload is None else protocol.environment(workload, [str(one.body) for one in workload.requests])
        output = printed(self.start("pace", *arguments, f"http://127.0.0.1:{FOR_PACE}{path}", **told))
        (report,), _ = protocol.read(output, tool="pace")
        return report


def printed(running: "subprocess.Popen[str]") -> str:
    output, complaint = running.communicate(timeout=LONGEST_S)
    assert running.returncode == 0, complaint
    return output


@contextmanager
def paused(container: DockerContainer) -> Iterator[None]:
    """Nothing in the container runs while the block does."""
    wrapped = container.get_wrapped_container()
    wrapped.pause()
    try:
        yield
    finally:
        wrapped.unpause()


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    image = built("lab/load:tests")
    first, second = (f"python3 /tests/told.py {port}" for port in PORTS)
    servers = DockerContainer(image, network_mode="none", init=True).with_command(["sh", "-c", f"{first} & {second}"])
    servers.waiting_for(LogMessageWaitStrategy("ready", times=len(PORTS)).with_startup_timeout(60))
    with servers.with_volume_mapping(str(TOLD), "/tests/told.py", "ro"):
        neighbour = f"container:{servers.get_wrapped_container().id}"
        with DockerContainer(image, network_mode=neighbour, init=True) as load:
            yield Place(servers=servers, load=load)


def by_arithmetic(*, frozen_s: float) -> list[float]:
    """The latencies of a whole load, shortest first: what came while the server was frozen waits for the thaw, and then
    for those that came before. When the freeze begins is known to an interval: it is taken to be half of one."""
    waiting = round(frozen_s * RATE_PER_S)
    came = ((place + 0.5) / RATE_PER_S for place in range(waiting))
    late = [frozen_s - at_s + (place + 1) / CAPACITY_PER_S for place, at_s in enumerate(came)]
    return sorted([1 / CAPACITY_PER_S] * (RATE_PER_S * LENGTH_S - waiting) + late)


def percentile(latencies: list[float], share: float) -> float:
    return latencies[math.ceil(share * len(latencies)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """What both tools said of ten seconds, of one of which the server was frozen."""

    frozen_s: float
    paced: Mapping[str, Any]
    latency: Latency
    wrk: Mapping[str, Any]


def frozen_for_a_second(place: Place) -> Freeze:
    longest_s(place)  # of what was before
    paced = place.start("pace", f"{RATE_PER_S}:{LENGTH_S}s", f"http://127.0.0.1:{FOR_PACE}/paced")
    asked = {"LAB_REQUESTS": "GET\x1f/paced\x1f\x1f"}
    offer = ("offer", "1", "1", str(WRK_CONNECTIONS), str(LENGTH_S), "0", f"http://127.0.0.1:{FOR_WRK}/paced")
    wrk = place.start(*offer, **asked)
    time.sleep(BEFORE_S)
    with paused(place.servers):
        time.sleep(FROZEN_S)
    (seen,), _ = protocol.read(printed(paced), tool="pace")
    (missed,), _ = protocol.read(printed(wrk), tool="wrk")
    latency = histogram.latency([seen["histograms"]["latency_us"]])
    assert latency is not None
    return Freeze(frozen_s=longest_s(place), paced=seen, latency=latency, wrk=missed)


def off(freeze: Freeze) -> tuple[float, float]:
    """Of p99, p99.9 and the maximum: how far the one that is furthest below what arithmetic says lies, and above."""
    right = by_arithmetic(frozen_s=freeze.frozen_s)
    wanted = percentile(right, 0.99), percentile(right, 0.999), right[-1]
    found = freeze.latency.p99, freeze.latency.p999, freeze.latency.max
    ratios = [ms / 1000 / latency_s for ms, latency_s in zip(found, wanted, strict=True)]
    return 1 - min(ratios), max(ratios) - 1


def test_a_server_that_is_frozen_for_a_second_is_seen_by_pace_and_missed_by_wrk(place: Place) -> None:
    """A busy host can only add to a latency: none may ever be too short, and one of a few tries must be exact."""
    above = []
    for _ in range(TRIES):
        freeze = frozen_for_a_second(place)
        counted = freeze.paced["counted"]
        offered = RATE_PER_S * LENGTH_S
        assert freeze.frozen_s > FROZEN_S * 0.9
        assert (counted["offered"], counted["answered"], counted["dropped"]) == (offered, offered, 0)
        short, long = off(freeze)
        assert short <= EXACT
        above.append(long)
        if long <= EXACT:
            break
    assert min(above) <= EXACT, above

    answers = sorted((us / 1e6, count) for us, count in freeze.wrk["latency_us"])
    assert sum(count for wait_s, count in answers if wait_s > freeze.frozen_s / 2) == WRK_CONNECTIONS
    asked_by_wrk = sum(count for _, count in answers)
    assert 0.01 * asked_by_wrk > WRK_CONNECTIONS, "so that they are not in its p99, though a tenth of the time was lost"


def longest_s(place: Place) -> float:
    """How long the server that pace asked did nothing since this was last asked, by its own clock."""
    ask = f"import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:{FOR_PACE}/longest').read().decode())"
    return float(printed(place.start("python3", "-c", ask)))


def test_pace_prints_the_marks_between_two_readings_of_the_hosts_cpu_and_a_line_for_each_target(place: Place) -> None:
    urls = [f"http://127.0.0.1:{port}/" for port in PORTS]
    lines = printed(place.start("pace", "--ramp=100ms", "50:300ms", *urls)).splitlines()
    assert [line.split(" ")[0] if line[0] != "{" else "{" for line in lines] == ["cpu", "ramp", "over", "cpu", "{", "{"]
    reports = [json.loads(line) for line in lines[-2:]]
    assert [report["target"] for report in reports] == urls
    for report in reports:
        assert (report["ramp"]["answered"], report["counted"]["answered"]) == (5, 10)
        assert sum(report["per_100ms"]["offered"]) == 15
        for name in ("latency_us", "service_us", "send_lag_us"):
            assert histogram.count(report["histograms"][name]) == 10, "the lab reads it"
        assert len(report["generator"]["thread_cpu_s"]) >= 1


def test_the_histograms_have_the_labs_resolution(place: Place) -> None:
    report = place.pace("50:100ms")
    read = HdrHistogram.decode(report["histograms"]["latency_us"].encode())
    assert report["histograms"]["resolution"] == {
        "lowest_us": read.lowest_trackable_value,
        "highest_us": read.highest_trackable_value,
        "significant_digits": read.significant_figures,
    }
    assert read.highest_trackable_value == histogram.HIGHEST_US


def test_random_arrivals_come_again_with_the_same_seed(place: Place) -> None:
    seeds = ("1", "1", "2")
    runs = [place.pace("--arrivals=poisson", f"--seed={seed}", "200:500ms") for seed in seeds]
    first, same, other = (until_the_last(run["per_100ms"]["offered"]) for run in runs)
    assert first == same != other


def until_the_last(offered: list[int]) -> list[int]:
    """Without tenths at the end in which nothing was due any more: answers that come late add some."""
    return offered[: max(place for place, count in enumerate(offered, start=1) if count)]


def workload(*paths: str) -> Workload:
    """Each path must be answered with itself."""
    return make_workload(requests=tuple(Request(path=path, body=path) for path in paths))


def test_answers_that_are_swapped_between_two_requests_are_wrong(place: Place) -> None:
    right = place.pace("100:200ms", workload=workload("/a", "/b"))
    assert right["compared"] == {"body": 2, "length": 0, "nothing": 0}
    assert sum(right["counted"]["errors"].values()) == 0
    swapped = place.pace("100:200ms", workload=workload("/swap/a", "/swap/b"))
    assert (swapped["counted"]["answered"], swapped["counted"]["errors"]["body"]) == (20, 20)


def test_each_of_two_targets_is_asked_its_own_workload_and_judged_by_its_own_answers(place: Place) -> None:
    targets = [
        pace.Target(url=f"http://127.0.0.1:{port}", workload=workload(path), answers=[path])
        for port, path in zip(PORTS, ("/a", "/b"), strict=True)
    ]
    told = pace.command(targets, rate=100, ramp_s=0.1, counted_s=0.2)
    both, _ = pace.parse(printed(place.start(*told.argv, **told.environment)))
    assert [one.answered for one in both] == [20, 20]
    assert all(one.whole for one in both)
    wrong = {**told.environment, "LAB_2_RIGHT": "200\x1f=/a"}
    first, second = pace.parse(printed(place.start(*told.argv, **wrong)))[0]
    assert (first.errors.body, second.errors.body) == (0, 20)


@pytest.mark.parametrize(
    ("path", "kind", "answered"),
    [("/status", "status", 20), ("/closed", "read", 0), ("/never", "timeout", 0)],
)
def test_what_goes_wrong_is_counted_as_its_kind(place: Place, path: str, kind: str, answered: int) -> None:
    patience = "--timeout=300ms" if kind == "timeout" else "--timeout=60s"
    counted = place.pace(patience, "100:200ms", workload=workload(path))["counted"]
    assert counted["errors"] == dict.fromkeys(KINDS, 0) | {kind: 20}
    assert (counted["sent"], counted["answered"]) == (20, answered)


def test_a_port_where_nobody_listens_is_a_connect_error(place: Place) -> None:
    (report,), _ = protocol.read(printed(place.start("pace", "100:200ms", "http://127.0.0.1:9/")), tool="pace")
    assert report["counted"]["errors"] == dict.fromkeys(KINDS, 0) | {"connect": 20}


def test_what_would_exceed_the_cap_is_dropped_and_counted(place: Place) -> None:
    report = place.pace("--cap=5", "--timeout=2s", "100:500ms", workload=workload("/never"))
    counted = report["counted"]
    assert (counted["offered"], counted["sent"], counted["dropped"]) == (50, 5, 45)
    assert report["in_flight"] == {"cap": 5, "max": 5}


@pytest.mark.parametrize(
    "arguments",
    [
        ("100:0s", "http://127.0.0.1/"),
        ("100:10", "http://127.0.0.1/"),
        ("100/min:10s", "http://127.0.0.1/"),
        ("0:10s", "http://127.0.0.1/"),
        ("100:1s", "127.0.0.1:8080"),
        ("100:1s", "ftp://127.0.0.1/"),
        ("100:1s", "http://no-such-host/"),
        ("--cap=many", "100:1s", "http://127.0.0.1/"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_in_one_line(place: Place, arguments: tuple[str, ...]) -> None:
    running = place.start("pace", *arguments)
    output, complaint = running.communicate(timeout=LONGEST_S)
    assert (running.returncode, output) == (2, "")
    assert complaint.startswith("pace: ")
    assert complaint.count("\n") == 1
