"""`python -m tests.covered`: how much of each room of `lab/` the suite runs, beside what `covered.json` keeps.

Ends with 1 where a room has fallen. With `--keep` it writes what was found, after a change that earns it.
Processes that the tests start count, too: most of `lab/` runs in them. Those of tests marked `alone` do not, as they
measure.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.unit.test_rooms import room_of

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).with_name("covered.json")
CHANCE = 1.0
"""Percentage points. Some lines run only when Ctrl-C or a kill comes at a certain moment."""


def main() -> int:
    """Compare, or keep; the exit code."""
    found = covered()
    if sys.argv[1:] == ["--keep"]:
        KEPT.write_text(json.dumps(found, indent=2) + "\n")
        return 0
    kept: dict[str, float] = json.loads(KEPT.read_text())
    fallen = {room: percent for room, percent in found.items() if percent < kept.get(room, 0.0) - CHANCE}
    for room, percent in found.items():
        remark = f"FALLEN from {kept[room]:.1f}" if room in fallen else f"kept {kept.get(room, 0.0):.1f}"
        print(f"{room:10} {percent:5.1f}%  {remark}")
    if fallen:
        print("covered: test what is new, or say why with `python -m tests.covered --keep`", file=sys.stderr)
    return int(bool(fallen))


def covered() -> dict[str, float]:
    """Room → percent of its lines that ran since `make test` began."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        _coverage("combine", "--quiet", "--append")
        _coverage("json", "--quiet", "-o", str(report))
        files = json.loads(report.read_text())["files"]
    ran: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for path, content in files.items():
        module = ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")
        ran[room_of(module)] += content["summary"]["covered_lines"]
        lines[room_of(module)] += content["summary"]["num_statements"]
    return {room: round(100 * ran[room] / lines[room], 1) for room in sorted(lines)}


def _coverage(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
