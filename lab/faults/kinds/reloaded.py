"""reloaded: Nginx or Gunicorn reads its configuration anew (SIGHUP), twice a second, while requests come in."""

from collections.abc import Sequence

from lab.engine.client import in_words
from lab.faults.fault import Fault, Ground, Site


def tiers(ground: Ground) -> Sequence[str]:
    """Those of Nginx and of Gunicorn."""
    return ground.being("nginx", "gunicorn")


def inject(site: Site) -> None:
    """One reload. The container's process 1 passes the signal on."""
    with in_words():
        site.container.kill("SIGHUP")


def undo(_site: Site) -> str:
    """Nothing is to be undone."""
    return "no more reloads"


FAULT = Fault(
    name="reloaded",
    words="{tier} reloaded",
    needs="only Nginx and Gunicorn can",
    tiers=tiers,
    inject=inject,
    undo=undo,
    every_s=0.5,
    harmless=True,
)
