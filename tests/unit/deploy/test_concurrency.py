"""Of whole projects, as `survey` finds it: which tier is Gunicorn is a part of the question."""

from pathlib import Path
from typing import Any

import pytest

from lab.deploy.survey import survey
from tests.unit.deploy.test_survey import WEB, config

APP = WEB | {"image": "mine/app:1"}


def gunicorn(*arguments: str, **more: Any) -> dict[str, Any]:
    return config(web=APP | {"command": ["gunicorn", *arguments, "app:app"]} | more)


def factors(found: Any) -> tuple[list[str] | None, list[str]]:
    return found.slots and [one.text for one in found.slots], [one.text for one in found.processes]


@pytest.mark.parametrize(
    ("project", "slots", "processes"),
    [
        (gunicorn("--workers=2", "--threads", "8"), ["2", "8"], ["2"]),
        (gunicorn("-w", "4"), ["4"], ["4"]),
        (gunicorn(), ["1"], ["1"]),
        (gunicorn(environment={"WEB_CONCURRENCY": "3"}), ["3"], ["3"]),
        (
            gunicorn(environment={"GUNICORN_CMD_ARGS": "--workers=2 --worker-class=gthread --threads=4"}),
            ["2", "4"],
            ["2"],
        ),
        (gunicorn("-w", "2", "-k", "gevent"), None, ["2"]),
        (gunicorn("-w", "2", deploy={"replicas": 3}), ["3", "2"], ["3", "2"]),
        (gunicorn("-w", "$WORKERS", environment={"WORKERS": "5"}), ["5"], ["5"]),
        (gunicorn("-w", "${WORKERS:-6}"), ["6"], ["6"]),
    ],
)
def test_what_gunicorn_is_told_is_how_much_goes_side_by_side(
    project: dict[str, Any], slots: list[str] | None, processes: list[str]
) -> None:
    found = survey(project).concurrency
    assert found is not None
    assert factors(found) == (slots, processes)
    assert found.service == "web"
    assert found.settings == {}


def test_a_name_that_the_compose_file_reads_is_a_factor_with_the_value_that_it_has() -> None:
    found = survey(
        gunicorn("--workers", "2", "--threads", "$THREADS", environment={"THREADS": "8"}),
        written=gunicorn(
            "--workers", "${WORKERS:-2}", "--threads", "$THREADS", environment={"THREADS": "${THREADS:-8}"}
        ),
    ).concurrency
    assert found is not None
    assert factors(found) == (["WORKERS", "THREADS"], ["WORKERS"])
    assert found.settings == {"WORKERS": "2", "THREADS": "8"}


@pytest.mark.parametrize(
    "project",
    [
        config(web=WEB),
        config(web=WEB | {"command": "uvicorn --workers 2 app:app"}),
        gunicorn("--workers", "$(nproc)"),
        gunicorn("--workers", "$UNSET"),
        config(a=APP | {"command": "gunicorn -w 2 app:app"}, b={"image": "x", "command": "gunicorn -w 2 other:app"}),
    ],
)
def test_where_nothing_tells_or_several_add_up_nothing_is_said(project: dict[str, Any]) -> None:
    assert survey(project).concurrency is None


def test_gunicorns_own_file_tells_and_a_sum_in_it_does_not(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCMD ["gunicorn", "app:app"]\n')
    project = config(web={"build": {"context": str(tmp_path)}, "ports": WEB["ports"]})
    own = tmp_path / "gunicorn.conf.py"
    own.write_text("workers = 3\nthreads = 4\n")
    found = survey(project).concurrency
    assert found is not None
    assert factors(found) == (["3", "4"], ["3"])
    own.write_text("workers = multiprocessing.cpu_count() * 2 + 1\n")
    assert survey(project).concurrency is None
