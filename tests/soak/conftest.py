"""The fixtures of the end-to-end tests."""

from tests.e2e.conftest import engine, images, lab, project

__all__ = ["engine", "images", "lab", "project"]
