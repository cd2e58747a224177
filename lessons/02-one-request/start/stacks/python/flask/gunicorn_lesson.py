"""Gunicorn's settings: yours. Nothing is written down yet."""

workers = 2
