"""A worker that loses orders, of the tests alone: it says that an order is done, and then does it."""

from pathlib import Path

STACK = "service-careless"
TAKEN_FROM = "service-gunicorn-flask"
CAREFUL = """\
            if enough:
                if self._stop.wait(self._settings.order_work_s):
                    session.rollback()
                    return False
                session.execute(queries.LOWER_STOCK, {"item_id": item_id, "quantity": order.quantity})
            outcome = "done" if enough else "rejected"
            session.execute(queries.FINISH_ORDER, {"order_id": order.id, "new_status": outcome})
"""
CARELESS = """\
            outcome = "done" if enough else "rejected"
            session.execute(queries.FINISH_ORDER, {"order_id": order.id, "new_status": outcome})
            session.commit()
            if enough:
                if self._stop.wait(self._settings.order_work_s):
                    return False
                session.execute(queries.LOWER_STOCK, {"item_id": item_id, "quantity": order.quantity})
                session.commit()
"""
CAREFUL_BEGIN, CARELESS_BEGIN = "as session, session.begin():", "as session:"
WORKER = "worker: {extends: {file: service-parts.yaml, service: python-worker}}"
MOUNTED = """\
worker:
    extends: {file: service-parts.yaml, service: python-worker}
    volumes: ["./careless.py:/srv/app/service/worker.py:ro"]
"""


def add_careless(project: Path) -> str:
    """Put a stack with such a worker into a project folder of the test's own; returns its name."""
    worker = _exchanged((project / "stacks/python/service/worker.py").read_text("utf-8"), CAREFUL, CARELESS)
    own = project / "compose/careless.py"
    own.write_text(_exchanged(worker, CAREFUL_BEGIN, CARELESS_BEGIN), "utf-8")
    own.chmod(0o644)  # the worker is another user than whoever runs the tests
    stack = _exchanged(
        (project / f"compose/{TAKEN_FROM}.yaml").read_text("utf-8"), f"name: {TAKEN_FROM}", f"name: {STACK}"
    )
    (project / f"compose/{STACK}.yaml").write_text(_exchanged(stack, WORKER, MOUNTED), "utf-8")
    return STACK


def _exchanged(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"the worker or its stack has changed: {old!r}"
    return text.replace(old, new)
