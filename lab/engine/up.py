"""The three things a user does with the engine: bring it up, ask about it, take it down."""

from dataclasses import dataclass
from pathlib import Path

from lab.engine import base, bridge, daemon, install, probe, saving
from lab.engine.address import require_local
from lab.engine.daemon import Daemon
from lab.engine.probe import Engine
from lab.host.say import Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Whether the engine can be worked with, and who started it."""

    engine: Engine
    base_present: bool
    started_by_lab: bool

    @property
    def ready(self) -> bool:
        """Whether nothing is missing, the base image included."""
        return not self.engine.lacks and self.base_present


def status(where: Daemon | None = None) -> Status:
    """Look at the engine and the base image; changes nothing."""
    engine = probe.inspect()
    return Status(
        engine=engine,
        base_present=bool(engine.server) and base.present(),
        started_by_lab=daemon.ours(where or Daemon()) is not None,
    )


def up(say: Say, where: Daemon | None = None, *, images: Path | None = None) -> Engine:
    """Make `docker` answer, and give it the base image; does nothing where both are so.

    Before it looks for the base image it loads `images`, an archive that may have it. Raises EngineUnavailable where
    the lab cannot or may not do what is missing, and for an engine of another machine; HostError for a damaged archive.
    """
    require_local()
    engine = probe.inspect()
    if engine.lacks:
        engine = _mend(say, where or Daemon())
    if images is not None:
        say(f"loading the images of {images}")
        saving.load(images)
    base.ensure(say)
    return engine


def down(say: Say, where: Daemon | None = None) -> None:
    """Stop the engine that the lab started, and with it all containers that run in it.

    Raises HostError if the engine that runs is somebody else's.
    """
    stopped = daemon.stop(where or Daemon())
    say("engine stopped" if stopped else "no engine runs")


def _mend(say: Say, where: Daemon) -> Engine:
    """Install and start what is missing, unless another process has done so by the time it is our turn."""
    engine = probe.inspect()
    _refuse_foreign(engine)
    install.plan(_to_install(engine))  # a host that the lab cannot install on hears that first
    install.allow(f"provide {' and '.join(engine.lacks)} for Docker")
    with daemon.exclusive(where):
        missing = _to_install(probe.inspect())
        if missing:
            install.install(install.plan(missing), say)
        if not probe.inspect().server:
            say("starting dockerd")
            daemon.start(where)
            bridge.stop_filtering(say)
    return probe.require()


def _refuse_foreign(engine: Engine) -> None:
    """Raise for an engine that is out of reach for reasons no package mends: a remote one, or permissions."""
    error = probe.unavailable(engine, fix=probe.GET_DOCKER)
    if error.fix != probe.GET_DOCKER:
        raise error


def _to_install(engine: Engine) -> tuple[str, ...]:
    """Return what has to come from packages: an engine that is installed only has to be started."""
    return tuple(part for part in engine.lacks if part != "engine" or not daemon.installed())
