"""Workers by the rule of Gunicorn's documentation: (2 × cores) + 1."""

import os

# The cores that this container may use. os.cpu_count() would give those of the host: a rule for the wrong machine.
cores = len(os.sched_getaffinity(0))

workers = 2 * cores + 1
worker_class = "sync"
