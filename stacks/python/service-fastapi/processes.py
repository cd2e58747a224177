"""How many processes serve: the setting WORKERS, which is uvicorn's and not the service's."""

import os
import re
import sys


def worker_count() -> int:
    """WORKERS, 1 by default; exits with code 2 where it is no number of processes."""
    text = os.environ.get("WORKERS", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text):
        sys.stderr.write(f"settings: WORKERS={text!r}: must be a whole number from 1 to 999\n")
        raise SystemExit(2)
    return int(text)
