"""Settings that must be numbers: told before a stack is started with them, not by a crash inside it."""

from collections.abc import Iterable, Iterator, Mapping

from lab.model import Stack, Workload


def counts(factors: Iterable[Mapping[str, Iterable[str]]]) -> frozenset[str]:
    """The settings that `slots` and `processes` multiply."""
    return frozenset(
        name for variants in factors for names in variants.values() for name in names if not name.isdigit()
    )


def wrong(
    settings: Mapping[str, str], *, counts: frozenset[str], workloads: Mapping[str, Workload]
) -> Iterator[tuple[str, str]]:
    """Pairs of a setting and what is wrong with its value."""
    delays = {workload.delay_setting for workload in workloads.values()}
    for key, value in settings.items():
        if key in counts and not (value.isdigit() and int(value) > 0):
            yield key, f"must be a whole number above 0, not {value!r}"
        if key in delays and not _is_seconds(value):
            yield key, f"must be a number of seconds, not {value!r}"


def wrong_for(
    stack: Stack, settings: Mapping[str, str], *, workloads: Mapping[str, Workload]
) -> Iterator[tuple[str, str]]:
    """The same for settings on top of a stack's variants."""
    return wrong(settings, counts=counts((stack.slots, stack.processes)), workloads=workloads)


def _is_seconds(text: str) -> bool:
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False
