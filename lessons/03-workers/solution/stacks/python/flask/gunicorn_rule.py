"""Workers by the rule of Gunicorn's documentation, for the cores that this container may use."""

import os

workers = 2 * len(os.sched_getaffinity(0)) + 1
worker_class = "sync"
