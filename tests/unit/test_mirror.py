"""`tests/unit` mirrors `lab/`: a module has the tests of its own name, or it is said here which tests are its own."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    str(path.relative_to(ROOT / "lab")) for path in (ROOT / "lab").rglob("*.py") if path.name != "__init__.py"
)
TESTED_BY = {
    "audit/readers/*": "unit/audit/test_readers.py",  # all read the same figures from different tools
    "audit/checks/*": "unit/audit/test_causes.py",
    "audit/*": "unit/audit/test_source.py",  # what is read, is checked and told as one
    "catalog/contractfile.py": "unit/catalog/test_workloads.py",  # shapes of a file, whose reader is tested
    "catalog/stackfile.py": "unit/catalog/test_stacks.py",
    "catalog/tablefile.py": "unit/catalog/test_tables.py",
    "cli/build.py": "e2e/test_interrupt.py",  # each parses, calls and prints: what it prints needs an engine
    "cli/down.py": "e2e/test_daily.py",
    "cli/engine.py": "e2e/test_engine.py",
    "cli/exec.py": "e2e/test_daily.py",
    "cli/up.py": "e2e/test_daily.py",
    "cli/config.py": "e2e/test_daily.py",
    "cli/bench.py": "unit/cli/test_runs.py",
    "cli/compare.py": "unit/cli/test_runs.py",
    "cli/explain.py": "unit/cli/test_runs.py",
    "cli/footprint.py": "unit/cli/test_runs.py",
    "cli/lesson_parts.py": "unit/cli/test_lesson.py",
    "cli/measuring.py": "e2e/test_bench.py",
    "cli/report.py": "unit/cli/test_runs.py",
    "cli/describe.py": "unit/cli/test_cli.py",
    "cli/list.py": "unit/cli/test_cli.py",
    "cli/doctor.py": "unit/commands/test_doctor.py",
    "commands/check.py": "e2e/test_daily.py",
    "commands/explain.py": "unit/cli/test_runs.py",
    "commands/reports.py": "unit/cli/test_runs.py",
    "commands/visits.py": "e2e/test_load.py",
    "deploy/adoption.py": "adopt/test_structures.py",  # Compose's own words
    "deploy/copies.py": "adopt/test_theirs.py",  # what becomes of somebody's data is seen on the engine
    "deploy/starting.py": "adopt/test_theirs.py",
    "deploy/workplace.py": "e2e/test_interrupt.py",
    "faults/kinds/*": "unit/faults/kinds/test_kinds.py",  # all have one shape, and are asked the same
    "host/say.py": "unit/cli/test_output.py",  # a type; what is told through it is asked there
    "judge/figures.py": "unit/judge/test_verdict.py",  # the parts of one verdict
    "judge/scale.py": "unit/judge/test_cpu.py",
    "lessons/probes.py": "unit/lessons/test_looking.py",  # shapes of what is looked at
    "measure/page.py": "e2e/test_load.py",
    "measure/progress.py": "unit/cli/test_progress.py",  # an interface; those who keep it are tested
    "model/*": "unit/model/test_measurement.py",  # records: what they compute is tested, what they hold is not
    "orders/client.py": "unit/orders/test_crowd.py",
    "orders/database.py": "service/orders/test_orders_survive.py",  # asks Postgres
    "orders/history.py": "unit/orders/test_verdict.py",
    "report/charts.py": "unit/report/test_html.py",
    "report/duet_chart.py": "unit/report/test_duets.py",
    "report/markdown.py": "unit/report/test_exporters.py",
    "report/table.py": "unit/report/test_exporters.py",
    "results/printed.py": "unit/results/test_explain.py",  # its sentences are parts of that story
}
"""Module (or several) → the tests that would fail if it did something else."""


def twin(module: str) -> Path:
    path = Path(module)
    return ROOT / "tests/unit" / path.parent / f"test_{path.name}"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_tests_of_its_name_or_it_is_said_which_are_its_own(module: str) -> None:
    named = [tests for pattern, tests in TESTED_BY.items() if fnmatch(module, pattern)]
    assert twin(module).is_file() or named
    assert all((ROOT / "tests" / tests).is_file() for tests in named)


def test_nothing_is_named_that_is_gone_or_has_tests_of_its_name() -> None:
    for pattern in TESTED_BY:
        found = [module for module in MODULES if fnmatch(module, pattern)]
        assert found, pattern
        assert "*" in pattern or not twin(pattern).is_file(), pattern
