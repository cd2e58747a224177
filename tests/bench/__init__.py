"""Benchmarks of the lab itself: `make bench-lab`."""
