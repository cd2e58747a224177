"""The images of a bundle: built so that a build can begin where they end, and saved with the base that all stand on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.engine import base, bundled, images, probe, saving
from lab.engine.client import connect
from lab.host import session
from lab.host.say import Say


def save(targets: Mapping[str, Mapping[str, Any]], to: Path, *, wait_s: float, say: Say) -> tuple[str, ...]:
    """Build all targets and write them into one archive, each under both of its tags; the names of the images.

    The second tags are taken away again here, but for those that came with a bundle. Raises EngineUnavailable, HostBusy
    while another lab process is at work, LabError.
    """
    probe.require()
    tags = [bundled.tag_of(image) for image in targets]
    with session.turn(wait_s=wait_s), connect():
        base.ensure(say)
        new = sorted({*tags} - bundled.present())
        with saving.untagged_after(new):
            images.bake(bundled.for_bundle(targets), say=say)
            say(f"saving {len(targets)} images, and the base")
            saving.save([base.BASE, *targets, *tags], to)
    return (base.BASE, *targets)
