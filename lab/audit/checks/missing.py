"""Fewer connections are accounted for than there were: where the others may have been.

Each cause is named only if its own figure is there: errors, time-outs, a load too short for one turn, reconnects, a
generator at its known limit. What none of them explains is said to be unexplained.
"""

from collections.abc import Iterator

from lab.audit.checks import waves
from lab.audit.checks.account import LEAST, Account
from lab.audit.finding import Finding
from lab.audit.words import number, percent, time

CONNECT_SHARE = 0.05
"""Share of the connections from which failed ones matter: half of what may be left over."""
TIMEOUT_SHARE = 0.01
"""Share of the missing connections from which time-outs are named as a cause."""
EXPLAINED = 0.5
"""Share of the missing connections: with that many time-outs, they are the reason."""
TURNS = 6
"""A load of fewer turns than this ends with so many unanswered requests that a tenth of the mean is lost."""
RECONNECT_SHARE = 0.01
"""Of the answers."""
EPHEMERAL_PORTS = 28_232
"""32768 to 60999: the ports that Linux lends to one address for one destination."""
OPEN_FILES = (256, 1024, 4096, 65_536)
RESENT_S = (0.9, 3.5)
"""After 1 s, and again after 2 more, a system repeats a request to connect that nobody answered."""
SMALL_MAX_S = 1.0
"""A client that waits for a lost packet or for a place in a queue of connections waits for a second or more."""
PER_THREAD = {"wrk": 40_000, "ab": 10_000, "autocannon": 15_000}
"""Answers a second that keep one thread of a generator busy; from half of what such threads reach at best."""
IN_ALL = 100_000
"""The same for tools that do not print their threads."""


def missing(found: Account) -> Iterator[Finding]:
    """Every cause that the row shows, or that none does."""
    there = found.connections
    if lost := _connect(found):
        yield lost
        there = max(found.connections - (found.row.errors.connect or 0), 0)
        if found.high >= LEAST * there:
            return
    late, explained = _timeouts(found, there)
    if late:
        yield late
    if not explained and not waves.find(found.row):
        yield _otherwise(found, there)


def _connect(found: Account) -> Finding | None:
    errors = found.row.errors.connect or 0
    if errors < CONNECT_SHARE * found.connections:
        return None
    if errors >= found.connections:
        said = f"{errors:,} attempts to connect failed, more than there were connections"
    else:
        there = found.connections - errors
        said = f"{errors:,} connections failed, so there were {there:,}{limit(there, found.row.threads)}"
    return Finding(cause="connect", text=f"{found.text}: {said}. The label says {found.connections:,}")


def limit(there: int, threads: int | None = None) -> str:
    """The well-known limit that a number of connections stands just below, in words."""
    if EPHEMERAL_PORTS - 32 <= there <= EPHEMERAL_PORTS:
        return f", as many as Linux has ephemeral ports for one address ({EPHEMERAL_PORTS:,})"
    for files in OPEN_FILES:
        if files - 16 - 2 * (threads or 1) <= there < files:
            return f", just below the {files:,} files that a process may have open"
    return ""


def _timeouts(found: Account, there: int) -> tuple[Finding | None, bool]:
    """Time-outs as a cause, and whether they explain all that is missing."""
    late = found.row.errors.timeout or 0
    lacking = max(there - found.found, 1.0)
    if late < max(TIMEOUT_SHARE * lacking, 1) and not (late and _is_too_short(found)):
        return None, False
    counted = "are in the rate and not in the mean" if found.row.tool == "wrk" else "are not in the mean"
    turn = f"at this rate a connection gets an answer every {time(there / found.rate)}"
    explained = late >= EXPLAINED * lacking or _is_too_short(found)
    text = f"{found.text}: {late:,} answers came after the tool's time-out and {counted}; {turn}"
    return Finding(cause="timeouts", text=text if explained else f"{text}, but that leaves most unexplained"), explained


def _is_too_short(found: Account) -> bool:
    lasted_s = found.row.lasted_s
    return bool(lasted_s) and found.turn_s > (lasted_s or 0) / TURNS


def _otherwise(found: Account, there: int) -> Finding:
    """What is left when errors and time-outs do not explain it."""
    row = found.row
    if _is_too_short(found):
        text = (
            f"{found.text}: at this rate a connection gets an answer every {time(found.turn_s)}, and the load lasted "
            f"{time(row.lasted_s or 0)}. Those still waiting at its end have no latency"
        )
        return Finding(cause="unfinished", text=text)
    if row.reconnects and row.total and row.rate and row.reconnects >= RECONNECT_SHARE * row.total:
        each_s = found.missing * row.total / row.rate / row.reconnects
        text = (
            f"{found.text}: there were {row.reconnects:,} new connections for {row.total:,} answers, and connecting is "
            f"in no latency. If the others were connecting, it took {time(each_s)} each time{_lost_packets(each_s)}"
        )
        return Finding(cause="reconnects", text=text)
    return _generator(found) or _unaccounted(found, there)


def _lost_packets(each_s: float) -> str:
    """What a time to connect of a second or some means."""
    resent = RESENT_S[0] <= each_s <= RESENT_S[1]
    return ": a lost first packet is sent again after a second" if resent else ""


def _generator(found: Account) -> Finding | None:
    """A full generator: nothing failed, nobody waited for long, and it was as fast as such a tool can be."""
    row = found.row
    if row.errors.timeout != 0 or row.errors.connect != 0 or row.max_s is None or row.max_s >= SMALL_MAX_S:
        return None
    per_thread = PER_THREAD.get(row.tool or "") if row.threads else None
    if found.rate < (per_thread * (row.threads or 1) if per_thread else IN_ALL):
        return None
    each = f" ({number(found.rate / row.threads)}/s in each of {row.threads} threads)" if row.threads else ""
    text = (
        f"{found.text}. Nothing timed out or failed to connect, and no answer took longer than {time(row.max_s)}: the "
        f"other {number(found.missing)} did not wait for the server but for the load generator{each}. "
        "The rate is that of the generator"
    )
    return Finding(cause="generator", text=text)


def _unaccounted(found: Account, there: int) -> Finding:
    row = found.row
    lacking = max(there - found.found - (row.errors.timeout or 0), 0.0)
    known = {"time-outs": row.errors.timeout, "connections that failed": row.errors.connect}
    silent = [name for name, value in known.items() if value is None]
    perhaps = ["they were open and never served", "they were connecting", "the load generator was full"]
    unknown = f"The row does not say how many {' or '.join(silent)} there were. " if silent else ""
    text = (
        f"{found.text}: {number(lacking)} others ({percent(lacking / found.connections)}) are in none of its "
        f"figures. {unknown}Perhaps {', or '.join(perhaps)}"
    )
    return Finding(cause="unaccounted", text=text)
