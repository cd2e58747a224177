"""A driver from elsewhere that knows nothing of event loops. It is not yours to edit.

A call takes a second in the thread that makes it. The driver writes a line for each: for whom, how long, where.
"""

import threading
import time


def fetch(identity: str) -> str:
    began = time.monotonic()
    time.sleep(1)
    print(f"driver: {identity} took {time.monotonic() - began:.1f} s in {threading.current_thread().name}", flush=True)
    return "done"
