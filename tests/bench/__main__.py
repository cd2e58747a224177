"""`make bench-lab`: measures, prints each ratio beside that of the last time, and keeps it in `last.json`.

Ends with 1 if a ratio is larger than promised, or by a quarter larger than the last.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import all_figures

LAST = Path(__file__).with_name("last.json")
SLOWER = 1.25
"""Times the last ratio: what two runs on a busy machine may differ by."""


def main() -> int:
    """Measure everything and keep it; the exit code."""
    last: dict[str, float] = json.loads(LAST.read_text())["ratios"] if LAST.exists() else {}
    ratios: dict[str, float] = {}
    worse = False
    for figure in all_figures():
        ratio = ratios[figure.name] = round(figure.measure(), 2)
        remarks = [f"last {last[figure.name]:.2f}"] if figure.name in last else ["not measured before"]
        if ratio > last.get(figure.name, ratio) * SLOWER:
            remarks.append("SLOWER")
        if figure.at_most is not None and ratio > figure.at_most:
            remarks.append(f"OVER ITS LIMIT of {figure.at_most:g}")
        worse = worse or len(remarks) > 1
        print(f"{figure.name:26} {ratio:6.2f} times {figure.beside:26} {', '.join(remarks)}", flush=True)
    kept = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "ratios": ratios}
    LAST.write_text(json.dumps(kept, indent=2) + "\n")
    return int(worse)


if __name__ == "__main__":
    sys.exit(main())
