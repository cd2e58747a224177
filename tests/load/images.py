"""Images of `stacks/load/Dockerfile`, as new as their sources; what has not changed comes from the cache."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CA_BUNDLE = os.environ.get("LAB_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")
LONGEST_S = 600
"""Where nothing is in the cache, Go and its race detector come first."""


def run(*command: str) -> str:
    """What a command at the root of the project printed; the test fails with it if the command does."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        timeout=LONGEST_S,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}", pytrace=False)
    return done.stdout


def built(tag: str, *options: str) -> str:
    """The tag of an image that is built now."""
    secret = f"--secret=id=ca,src={CA_BUNDLE}"
    run("docker", "build", "--quiet", "--file=stacks/load/Dockerfile", f"--tag={tag}", secret, *options, ".")
    return tag
