"""How many workers? Somebody has decided."""

workers = 16  # more is better
worker_class = "sync"
