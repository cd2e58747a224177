"""A project whose migration takes longer than its stack may take to come up: only what comes after it has a limit."""

import subprocess
from pathlib import Path

import requests

from tests.adopt.adopting import address, own_copy
from tests.e2e.driving import LAB, PATIENCE_S, ROOT

MIGRATION_S = 70
"""The limit is 60 s where `lab.yaml` says nothing."""


def test_a_migration_may_take_longer_than_what_waits_for_it(tmp_path: Path) -> None:
    wait = ("--pins", "current", "--wait", str(PATIENCE_S))
    subprocess.run([LAB, "build", "gunicorn-wsgi", *wait], cwd=ROOT, check=True, capture_output=True)
    shop = own_copy("jobs", tmp_path / f"jobs-{tmp_path.name[-12:]}")
    (shop.folder / ".env").write_text(f"MIGRATION_S={MIGRATION_S}\n")
    shop.ok("adopt", ".")
    try:
        page = requests.get(address(shop.ok("up", ".", "--port", "0")), timeout=60)
        assert "migrated" in page.text
    finally:
        shop.ok("down", ".")
