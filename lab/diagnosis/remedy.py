"""What to try next: one setting with its line in the Compose file, as a hypothesis with the command that tests it."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from lab.diagnosis.finding import Cause, Clue


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What helps against a cause, if it is the cause."""

    words: str
    """With `{tier}` and `{other}`."""
    named: tuple[str, ...]
    """Patterns that the line of such a setting has, whoever wrote it; the likeliest first."""
    absent: str
    """What to write into the service where there is no such line."""
    value: str = ""
    """Of the setting, where it is not a number to be raised."""
    nothing: str = "no setting: work that a request can spare"
    """What to change where no setting helps."""
    directive: str = ""
    """The pattern of its line in a server's own file of settings."""


REMEDIES: Mapping[Cause, Remedy] = {
    "memory": Remedy(
        words="more memory for {tier}", named=("mem_limit", "memory:", "MEMORY"), absent="mem_limit: twice what it has"
    ),
    "throttling": Remedy(
        words="a larger CPU quota for {tier}, or none", named=(r"\bcpus:", "cpu_quota"), absent="cpus: more than it has"
    ),
    "cpu": Remedy(
        words="more processes or cores for {tier}, or requests that cost less",
        named=("WORKERS", "PROCESSES"),
        absent="cpuset: more cores (lab: --cpus)",
    ),
    "reconnects": Remedy(
        words="let {tier} keep as many connections to {other} as it uses at once",
        named=("IDLE", "POOL", "KEEP"),
        absent="the setting of its pool for idle connections (of Nginx: `keepalive` in an `upstream`, with "
        "`proxy_http_version 1.1` and an empty `Connection` header)",
        directive=r"\bkeepalive\s+\d|\bproxy_pass\b",
    ),
    "max-connections": Remedy(
        words="let those who ask {tier} share fewer connections (a pool), or let it have more clients "
        "(max_connections)",
        named=("MAX_CONN", "max_connections", "max_client_conn"),
        absent="command: of Postgres, with -c max_connections= and a higher number",
        directive=r"^\s*max_connections\s*=|^\s*max_client_conn\s*=",
    ),
    "restarts": Remedy(
        words="let the processes of {tier} live for longer, or begin sooner: find what ends them, and what they do "
        "before they serve",
        named=("MAX_REQUESTS", r"--(limit-)?max-requests\b"),
        absent="command: of Gunicorn, with --preload: what all its processes do at first is done once",
        directive=r"^max_requests\s*=",
    ),
    "blocking-async": Remedy(
        words="move what blocks {tier} off its event loop: `def`, a thread, or a library that awaits",
        named=("HANDLER", "WORKERS"),
        absent="command: with more worker processes, until the handler is mended",
        value="sync",
    ),
    "blocking-gevent": Remedy(
        words="threads for {tier}, or a driver that gevent can patch",
        named=("WORKER_CLASS", "worker-class", "DRIVER"),
        absent="command: with --worker-class=gthread",
        value="gthread",
    ),
    "pool": Remedy(
        words="a larger pool of connections from {tier} to {other}",
        named=("POOL", "MAX_CONN", "CONNECTIONS"),
        absent="environment: the size of its pool",
    ),
    "slots": Remedy(
        words="more workers or threads for {tier}",
        named=("SLOTS", "CONCURRENCY", "WORKERS", "THREADS"),
        absent="command: with more workers or threads",
    ),
    "lock": Remedy(
        words="find what only so many threads of {tier} may hold at once: a lock, a semaphore, one shared connection; "
        "more processes each have one of their own",
        named=("WORKERS", "PROCESSES"),
        absent="command: with more worker processes, until the lock is held for less time",
    ),
    "worker-timeout": Remedy(
        words="let a worker of {tier} work for longer than its longest request, or make that one shorter",
        named=("TIMEOUT", r"--timeout"),
        absent="command: with a longer --timeout",
        directive=r"^timeout\s*=",
    ),
    "connections": Remedy(
        words="let {tier} hold more connections at once (worker_connections in its nginx.conf)",
        named=("worker_connections", "CONNECTIONS", r"CONF\b"),
        absent="volumes: with an nginx.conf whose worker_connections are more than twice the clients",
        directive=r"\bworker_connections\b",
    ),
    "configured-limit": Remedy(
        words="let {tier} take more, if it should: limit_req, limit_conn or max_conns in an nginx.conf, "
        "--limit-concurrency of Uvicorn",
        named=("LIMIT", "--limit-concurrency", r"CONF\b"),
        absent="command: with a limit that is higher",
        directive=r"^\s*limit_(req|conn)\s|\bmax_conns=",
    ),
    "contention": Remedy(
        words="find where requests wait for one another in {tier} or behind it: a lock between processes, a file, "
        "the disk, a limit of its own; more workers would wait with them",
        named=(),
        absent="",
        nothing="no setting: what its requests share",
    ),
    "files": Remedy(
        words="more open files for {tier}",
        named=("nofile", "ulimit", "NOFILE", "FILES"),
        absent="ulimits: {nofile: 65535}",
    ),
    "ports": Remedy(
        words="let {tier} keep its connections to {other}, or give it more ports",
        named=("ip_local_port_range", "KEEP_?ALIVE", r"CONF\b"),
        absent='sysctls: {net.ipv4.ip_local_port_range: "1024 65535"}',
        value="proxy",
    ),
    "keep-alive": Remedy(
        words="let {tier} keep idle connections longer than {other} does",
        named=("KEEP_?ALIVE", "keep-?alive"),
        absent="environment: its keep-alive, above that of who asks it",
    ),
    "accept-queue": Remedy(
        words="a longer accept queue for {tier}, or somebody who accepts sooner",
        named=("BACKLOG", "backlog", "somaxconn"),
        absent="command: with a larger backlog",
    ),
    "refused": Remedy(
        words="find out why nobody listens at {tier} (lab logs), and let it come back",
        named=(r"\brestart:", "MODE", "command:"),
        absent="restart: always",
    ),
    "time-out": Remedy(
        words="let {tier} wait for as long as {other} takes, or let {other} stop when its client has gone",
        named=("TIMEOUT", r"CONF\b"),
        absent="command: with a longer read time-out",
        value="proxy",
        directive=r"\bproxy_read_timeout\b",
    ),
    "neighbours": Remedy(
        words="the same again without what else runs on these cores", named=(), absent="cpuset: cores of its own"
    ),
    "load": Remedy(
        words="a smaller rate, or more cores for the load", named=(), absent="cpuset of the load: more cores"
    ),
}
ALL_CORES = Remedy(
    words="requests that cost {tier} less, or more cores (--cpus): all that the stack was given are in use, and more "
    "processes would share them",
    named=(),
    absent="",
)
"""Against a want of CPU where no core is left."""
CLIENT = Remedy(
    words="find what {tier} waits for {other} to do, which asked it: to read its answer, or to close the connection",
    named=(),
    absent="",
    nothing="no setting: how {other} ends what it asks",
)
"""Against a loop that waits for who asked it."""
LEAK = Remedy(
    words="find what {tier} keeps of every request: with more room the same comes later",
    named=(),
    absent="",
    nothing="no setting: what its code does not give back",
)
"""Against a want of memory or files that every request adds to."""
_SETTING = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeLine:
    """A line of a Compose file, or of a file of settings that it gives to a service."""

    path: str
    number: int
    """From 1."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One setting to try."""

    words: str
    setting: str | None
    """A name that the Compose file reads; None where the line itself must change."""
    value: str | None
    line: ComposeLine | None
    change: str
    """What to do with the line."""


def propose(
    clue: Clue,
    lines: Sequence[ComposeLine],
    *,
    settings: Mapping[str, str],
    factors: Iterable[str],
    files: Iterable[ComposeLine] = (),
    futile: Collection[str] = (),
) -> Step:
    """The step for a clue; `lines` are those of its service, from its own file inwards.

    `files` are the lines of the files of settings that the service is given, for where none of its own is like one.
    `settings` are those of the deployment, `factors` the names of those that its number of slots is the product of.
    `futile` are settings that were changed in vain, and are not tried again.
    """
    remedy = _remedy(clue)
    words = remedy.words
    names = [name for name in factors if name not in futile] if _has_factors(clue) else []
    line, setting = _line(lines, remedy, names, futile)
    if line is None and remedy.directive:
        line = next((one for one in files if re.search(remedy.directive, one.text)), None)
    if line is None:
        return _without_line(remedy, lines)
    if setting is None:
        return Step(words=words, setting=None, value=None, line=line, change="change this line")
    value = _value(clue, remedy, settings.get(setting, _default(line, setting)))
    if value is None:
        return Step(words=words, setting=setting, value=None, line=line, change=f"give {setting} another value")
    return Step(words=words, setting=setting, value=value, line=line, change=f"{setting}={value}")


def _remedy(clue: Clue) -> Remedy:
    """What helps, with the tiers' names in its words."""
    special = {ALL_CORES: clue.cores_full, LEAK: clue.leaks, CLIENT: clue.for_client}
    found = next((remedy for remedy, holds in special.items() if holds), REMEDIES[clue.cause])
    names = {"tier": clue.tier, "other": clue.other or "the next tier"}
    return replace(found, words=found.words.format(**names), nothing=found.nothing.format(**names))


def _without_line(remedy: Remedy, lines: Sequence[ComposeLine]) -> Step:
    """The step where no line is like what helps: no setting, or the service's own command, or an addition."""
    if not remedy.absent:
        return Step(words=remedy.words, setting=None, value=None, line=None, change=remedy.nothing)
    key, _, value = remedy.absent.partition(": ")
    there = next((line for line in lines if line.text.startswith(f"{key}:")), None) if key == "command" else None
    change = f"change its command: {value}" if there else f"add to the service: {remedy.absent}"
    return Step(words=remedy.words, setting=None, value=None, line=there or next(iter(lines), None), change=change)


def _has_factors(clue: Clue) -> bool:
    """Whether what the stack's slots or processes are the product of is what helps."""
    return clue.cause in ("slots", "cpu", "lock") and not clue.cores_full


def _line(
    lines: Sequence[ComposeLine], remedy: Remedy, factors: Sequence[str], futile: Collection[str]
) -> tuple[ComposeLine | None, str | None]:
    """The line to change and the setting that it reads: a factor of the stack's, else what looks like one."""
    for name in reversed(factors):
        for line in lines:
            if any(found[1] == name for found in _SETTING.finditer(line.text)):
                return line, name
    told = [(line, named) for named in remedy.named for line in lines if re.search(named, line.text)]
    for line, named in told:
        for found in _SETTING.finditer(line.text):
            if re.search(named, f"{found[1]}:") and found[1] not in futile:
                return line, found[1]
    untried = [line for line, _ in told if not any(found[1] in futile for found in _SETTING.finditer(line.text))]
    return (untried[0], None) if untried else (None, None)


def _default(line: ComposeLine, setting: str) -> str:
    return next((found[2] or "" for found in _SETTING.finditer(line.text) if found[1] == setting), "")


def _value(clue: Clue, remedy: Remedy, now: str) -> str | None:
    """A number is raised as far as the rate needs, or doubled."""
    if now.isdigit() and int(now):
        if clue.needed and clue.at_once:
            return str(ceil(int(now) * clue.needed / clue.at_once))
        return str(2 * int(now))
    return remedy.value or None
