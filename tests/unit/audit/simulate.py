"""Load tests with known truth: closed and open loops against a queue, printed as a load tool would print them."""

import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

Service = Callable[[float], float]
"""From the moment a request begins to be served to how long that takes, in seconds."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What truly happened, which is more than a tool prints."""

    connections: int
    duration_s: float
    latencies_s: Sequence[float]
    unfinished: int = 0
    timeouts: int = 0
    connect_errors: int = 0
    failed: int = 0
    offered_rate: float = 0.0

    @property
    def total(self) -> int:
        """Answers within the duration."""
        return len(self.latencies_s) + self.timeouts

    @property
    def rate(self) -> float:
        return self.total / self.duration_s

    @property
    def mean_s(self) -> float:
        return math.fsum(self.latencies_s) / len(self.latencies_s)

    @property
    def max_s(self) -> float:
        return max(self.latencies_s)

    @property
    def stdev_s(self) -> float:
        mean = self.mean_s
        return math.sqrt(math.fsum((one - mean) ** 2 for one in self.latencies_s) / len(self.latencies_s))

    def percentile_s(self, rank: float) -> float:
        ordered = sorted(self.latencies_s)
        return ordered[min(int(len(ordered) * rank / 100), len(ordered) - 1)]


def closed(
    *, connections: int, slots: int, service: Service, duration_s: float, gap_s: float = 0.0, start_s: float = 0.0
) -> Run:
    """N clients that each wait for their answer before they ask again, in one queue for so many slots.

    `gap_s` is what one thread of a generator takes for each request: clients wait for it, outside of any latency.
    """
    clients = [(start_s * number / connections, number) for number in range(connections)]
    heapq.heapify(clients)
    free = [0.0] * slots
    generator_s, latencies, unfinished = 0.0, [], 0
    while clients and clients[0][0] < duration_s:
        asked_s, number = heapq.heappop(clients)
        if gap_s:
            asked_s = generator_s = max(asked_s, generator_s) + gap_s
        begun_s = max(asked_s, heapq.heappop(free))
        ended_s = begun_s + service(begun_s)
        heapq.heappush(free, ended_s)
        if ended_s <= duration_s:
            latencies.append(ended_s - asked_s)
        else:
            unfinished += 1
        heapq.heappush(clients, (ended_s, number))
    return Run(connections=connections, duration_s=duration_s, latencies_s=latencies, unfinished=unfinished)


def opened(*, rate: float, slots: int, service: Service, duration_s: float) -> Run:
    """Requests at equal distances, whatever the answers do; all of them are waited for."""
    free = [0.0] * slots
    latencies = []
    for number in range(int(rate * duration_s)):
        asked_s = number / rate
        begun_s = max(asked_s, heapq.heappop(free))
        ended_s = begun_s + service(begun_s)
        heapq.heappush(free, ended_s)
        latencies.append(ended_s - asked_s)
    return Run(connections=0, duration_s=duration_s, latencies_s=latencies, offered_rate=rate)


def with_timeout(run: Run, timeout_s: float) -> Run:
    """Answers that came later are counted apart, as wrk does."""
    kept = [one for one in run.latencies_s if one < timeout_s]
    return replace(run, latencies_s=kept, timeouts=run.total - len(kept))


def corrected(run: Run) -> Run:
    """wrk's `stats_correct`: for each answer slower than two intervals, others that were never given."""
    turns = run.total // run.connections
    if not turns:
        return run
    interval_s = run.duration_s / turns
    added = []
    for latency_s in run.latencies_s:
        imaginary_s = latency_s - interval_s
        while latency_s >= 2 * interval_s and imaginary_s > interval_s:
            added.append(imaginary_s)
            imaginary_s -= interval_s
    return replace(run, latencies_s=[*run.latencies_s, *added])


def chance(number: int) -> random.Random:
    """The random source of the n-th simulated row: the same in every run of the tests."""
    return random.Random(20_261_127 + number)  # noqa: S311 (no secret is made of it)


@dataclass
class Services:
    """Service times of several kinds, from one random source."""

    source: random.Random

    def constant(self, seconds: float) -> Service:
        return lambda _now: seconds * self.source.uniform(0.97, 1.03)

    def varied(self, seconds: float) -> Service:
        return lambda _now: seconds * self.source.uniform(0.7, 1.3)

    def uneven(self, seconds: float) -> Service:
        return lambda _now: self.source.expovariate(1 / seconds)

    def skewed(self, seconds: float) -> Service:
        return lambda _now: seconds * self.source.lognormvariate(0, 0.5)

    def throttled(self, seconds: float, *, period_s: float, run_s: float) -> Service:
        """A container that may run for a part of each period: what does not fit waits for the next."""

        def serve(now: float) -> float:
            into = now % period_s
            wait = period_s - into if into + seconds > run_s else 0.0
            return wait + seconds

        return serve


def time_text(seconds: float) -> str:
    """As wrk prints a time."""
    if seconds >= 1:
        return f"{seconds:.2f}s"
    return f"{seconds * 1e3:.2f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.2f}us"


def as_wrk(run: Run, *, threads: int = 2) -> str:
    """What wrk prints, its correction included."""
    printed = corrected(run)
    answered = bool(run.latencies_s)
    times = [time_text(one) for one in (printed.mean_s, printed.stdev_s, printed.max_s)] if answered else ["0.00us"] * 3
    errors = f"  Socket errors: connect {run.connect_errors}, read 0, write 0, timeout {run.timeouts}\n"
    return (
        f"Running {run.duration_s:.0f}s test @ http://198.18.0.1:8080/\n"
        f"  {threads} threads and {run.connections} connections\n"
        "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
        f"    Latency   {times[0]}  {times[1]}  {times[2]}  {'75.00%' if answered else '-nan%'}\n"
        "    Req/Sec     1.00k     0.10k    1.20k    70.00%\n"
        f"  {run.total} requests in {time_text(run.duration_s)}, 1.00MB read\n"
        f"{errors if run.connect_errors or run.timeouts else ''}"
        f"{f'  Non-2xx or 3xx responses: {run.failed}' + chr(10) if run.failed else ''}"
        f"Requests/sec: {run.rate:.2f}\n"
        "Transfer/sec: 1.00MB\n"
    )


def as_bombardier(run: Run) -> str:
    """What bombardier prints."""
    ranks = "".join(f"     {rank}%  {time_text(run.percentile_s(rank))}\n" for rank in (50, 75, 90, 95, 99))
    return (
        f"Bombarding http://198.18.0.1:8080/ for {run.duration_s}s using {run.connections} connection(s)\n"
        "Statistics        Avg      Stdev        Max\n"
        f"  Reqs/sec    {run.rate:.2f}     10.00    {run.rate:.2f}\n"
        f"  Latency     {time_text(run.mean_s)}  {time_text(run.stdev_s)}  {time_text(run.max_s)}\n"
        f"  Latency Distribution\n{ranks}"
        "  HTTP codes:\n"
        f"    1xx - 0, 2xx - {run.total - run.failed}, 3xx - 0, 4xx - 0, 5xx - {run.failed}\n    others - 0\n"
        "  Throughput:   1.00MB/s\n"
    )


def as_vegeta(run: Run) -> str:
    """What vegeta reports: its rate is what was sent, its throughput what succeeded."""
    seconds = [min(run.latencies_s), run.mean_s, *(run.percentile_s(rank) for rank in (50, 90, 95, 99)), run.max_s]
    wait_s = run.latencies_s[-1]
    good = run.total - run.failed
    return (
        "Requests      [total, rate, throughput]         "
        f"{run.total}, {run.offered_rate:.2f}, {good / (run.duration_s + wait_s):.2f}\n"
        f"Duration      [total, attack, wait]             {run.duration_s + wait_s}s, {run.duration_s}s, {wait_s}s\n"
        f"Latencies     [min, mean, 50, 90, 95, 99, max]  {', '.join(map(time_text, seconds))}\n"
        f"Success       [ratio]                           {good / run.total:.2%}\n"
        f"Status Codes  [code:count]                      200:{good}  503:{run.failed}\n"
        "Error Set:\n"
    )
