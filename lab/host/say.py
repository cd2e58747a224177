"""How the lab tells people what it does meanwhile."""

from collections.abc import Callable

Say = Callable[[str], None]
"""Told one line of progress; who calls decides where it goes."""
