"""Gunicorn's settings for lesson 4: one place."""

workers = 1
worker_class = "sync"
