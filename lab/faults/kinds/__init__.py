"""All faults by the name that is typed, and how one is chosen for a stack."""

from collections.abc import Mapping

from lab.errors import UnknownName, UsageError
from lab.faults.fault import Chosen, Fault, Ground
from lab.faults.kinds import cut_off, disk_full, emptied, killed, memory_full, paused, reloaded, slow

_MODULES = (killed, paused, cut_off, slow, emptied, disk_full, memory_full, reloaded)
FAULTS: Mapping[str, Fault] = {module.FAULT.name: module.FAULT for module in _MODULES}


def choose(text: str, ground: Ground) -> Chosen:
    """`killed:postgres`, or `killed` for the first tier that can have it.

    Raises UnknownName for a fault or a tier that does not exist, UsageError for one that is left out or cannot be had
    there.
    """
    name, colon, tier = text.partition(":")
    if not name:
        raise UsageError(f"{text!r} lacks the name of a fault", fix=f"faults: {', '.join(FAULTS)}; as in killed:app")
    if name not in FAULTS:
        raise UnknownName("fault", name, FAULTS)
    fault, stack = FAULTS[name], ground.stack
    if tier and tier not in stack.tiers:
        raise UnknownName("tier", tier, stack.tiers, where=f"stack {stack.name}")
    possible = tuple(fault.tiers(ground))
    if colon and not tier:
        named = "".join(f", or name one: {name}:{possible[0]}" for _ in possible[:1])
        raise UsageError(f"{text!r} lacks a tier after its colon", fix=f"leave the colon out{named}")
    if not possible or (tier and tier not in possible):
        where = f"{tier} of {stack.name}" if tier else stack.name
        others = ", ".join(f"{name}:{other}" for other in possible)
        raise UsageError(
            f"{where} cannot be {name}: {fault.needs}",
            fix=others or f"other faults: {', '.join(known for known in FAULTS if known != name)}",
        )
    return Chosen(fault=fault, tier=tier or possible[0])


def usual(ground: Ground) -> list[Chosen]:
    """The faults and tiers that a table shows of a stack: those whose loss somebody would notice."""
    return [
        Chosen(fault=fault, tier=tier)
        for fault in FAULTS.values()
        for tier in fault.tiers(ground)
        if tier in fault.shown or not fault.shown
    ]
