"""What lets the clock of this host's cores change while it measures: a battery, and frequency scaling."""

from collections.abc import Iterator
from pathlib import Path

from lab.host import kernelfiles

ROOT = Path("/")
STEADY_GOVERNOR = "performance"


def unsteady(root: Path = ROOT) -> tuple[str, ...]:
    """A clause for each; empty where nothing is, or where the system does not tell."""
    return (*_battery(root), *_scaling(root))


def _battery(root: Path) -> Iterator[str]:
    """Something gives up charge, or there is a mains supply and it gives nothing."""
    supplies = sorted((root / "sys/class/power_supply").glob("*"))
    # A mouse has a battery, too: its scope is `Device`.
    own = [supply for supply in supplies if _text(supply / "scope") != "Device"]
    mains = [supply for supply in own if _text(supply / "type") == "Mains"]
    unplugged = bool(mains) and all(_text(supply / "online") != "1" for supply in mains)
    if unplugged or any(_text(supply / "status") == "Discharging" for supply in own):
        yield "it runs on battery"


def _scaling(root: Path) -> Iterator[str]:
    found = (root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor")
    governors = sorted({_text(path) for path in found} - {STEADY_GOVERNOR, ""})
    if governors:
        yield f"its cores change their frequency (governor {', '.join(governors)})"


def _text(path: Path) -> str:
    return kernelfiles.text(path).strip()
