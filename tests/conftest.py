"""What all tests share."""

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from tests import uncounted

# Ryuk, which testcontainers would start to clean up, is an image that cannot be pulled everywhere. The tests
# take down what they bring up, with context managers and fixtures that end whatever happens.
os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
# Variables of whoever runs the tests must not change what `lab` does in them.
KEPT = ("LAB_ENGINE", "LAB_CA_BUNDLE")
for name in [name for name in os.environ if name.startswith("LAB_") and name not in KEPT]:
    del os.environ[name]
# A shell that runs the tests in the background has them, and all that they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ASK_CONTAINERS = ("contract", "load", "nginx", "service")
"""Folders whose tests run next to nothing of `lab/` themselves; of the `lab` that some start all is counted."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Count no lines where there are none to count."""
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    if folder not in ASK_CONTAINERS:
        return (yield)
    with uncounted.here():
        return (yield)
