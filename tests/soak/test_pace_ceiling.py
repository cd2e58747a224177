"""How much pace can offer, beside wrk against the same server in the same minute. Not a part of `make test`.

Prints what it measures (`pytest -s tests/soak`): the figures of a shared machine are worth something as ratios of the
same seconds alone. Each generator has one core, the server another, of the two that it takes.
"""

import os
import re
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hdrh.histogram import HdrHistogram
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from lab.load import protocol
from tests.load.images import built

pytestmark = pytest.mark.timeout(900)

SERVER_CORE, LOAD_CORE, *_ = sorted(os.sched_getaffinity(0))
LOOKS, ROUNDS = 100, 5
ROUND_S = 1
CALM_SHARE = 0.005
"""Of a round, in which something else had pace's core although pace wanted it: beyond that, how late it sends says how
long a neighbour's time slice is."""
CONNECTIONS = 64
MANY_CONNECTIONS = 1000
"""So that a stall of the machine is not followed by hundreds of new ones, which cost more than the requests."""
FAR_BEYOND = 3
"""So many times wrk's rate is more than any generator sends: what pace then does is its ceiling."""
A_LOOK_PER_S = 500
SHARE_OF_WRK = 0.6
SHARE_OF_CEILING = 0.6
LAG_US = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """What came of one load by pace; lags in µs."""

    per_second: float
    lag_us: int
    lag_p99_us: int
    waited_s: float
    """In which its thread could have run and something else did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """The load container, and where the server is in it."""

    load: DockerContainer
    url: str

    def run(self, *argv: str) -> str:
        """What a command in the load container printed."""
        command = ("docker", "exec", self.load.get_wrapped_container().id or "", *argv)
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    def wrk(self) -> float:
        """Its requests a second."""
        output = self.run("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{ROUND_S}s", self.url)
        found = re.search(r"Requests/sec: +([\d.]+)", output)
        assert found, output
        return float(found[1])

    def pace(self, rate: float, *options: str) -> Paced:
        options = ("--threads=1", *options)
        (report,), _ = protocol.read(self.run("pace", *options, f"{rate:.0f}:{ROUND_S}s", self.url), tool="pace")
        lag = HdrHistogram.decode(report["histograms"]["send_lag_us"].encode())
        return Paced(
            per_second=report["counted"]["answered"] / report["elapsed_s"],
            lag_us=lag.get_value_at_percentile(50),
            lag_p99_us=lag.get_value_at_percentile(99),
            waited_s=sum(report["generator"]["thread_waited_s"]),
        )


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    image = built("lab/load-bench:tests", "--target=bench")
    server = DockerContainer(image, network_mode="none", cpuset_cpus=str(SERVER_CORE)).with_command("null")
    server.waiting_for(LogMessageWaitStrategy(re.compile(r"\d+\n")).with_startup_timeout(60))
    with server:
        port = server.get_logs()[0].decode().strip()
        beside = f"container:{server.get_wrapped_container().id}"
        load = DockerContainer(image, network_mode=beside, cpuset_cpus=str(LOAD_CORE), init=True)
        with load.with_command("sleep infinity"):
            yield Rig(load=load, url=f"http://127.0.0.1:{port}/")


def is_calm(paced: Paced) -> bool:
    return paced.waited_s <= CALM_SHARE * ROUND_S


def test_pace_reaches_most_of_wrks_ceiling_and_sends_in_time_below_its_own(rig: Rig) -> None:
    shares: list[float] = []
    lags_us: list[int] = []
    for _ in range(LOOKS):
        if not is_calm(rig.pace(A_LOOK_PER_S)):
            continue  # costs little, where a round would take what others are using
        wrk_per_second = rig.wrk()
        ceiling = rig.pace(wrk_per_second * FAR_BEYOND, f"--cap={CONNECTIONS}", f"--open={CONNECTIONS}")
        shares.append(ceiling.per_second / wrk_per_second)
        rate = ceiling.per_second * SHARE_OF_CEILING
        below = rig.pace(rate, f"--open={MANY_CONNECTIONS}")
        print(
            f"\nwrk {wrk_per_second:,.0f}/s, pace {ceiling.per_second:,.0f}/s: {shares[-1]:.2f} of it; at {rate:,.0f}/s"
        )
        print(
            f"{below.per_second / rate:.3f} of them answered, sent late by {below.lag_us} µs (p99 {below.lag_p99_us});"
        )
        print(f"others had the core for {below.waited_s:.4f} s in which pace wanted it")
        if is_calm(below):
            lags_us.append(below.lag_p99_us)
        if len(lags_us) == ROUNDS:
            break
    assert len(lags_us) == ROUNDS, f"the machine was too busy: only {len(lags_us)} rounds were calm"
    assert statistics.median(shares) >= SHARE_OF_WRK
    assert statistics.median(lags_us) <= LAG_US
