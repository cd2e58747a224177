"""Gunicorn's settings for lesson 4: ten places in one process."""

workers = 1
worker_class = "gthread"
threads = 10
