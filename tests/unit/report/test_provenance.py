from lab.model import Deployment, DeploymentFacts, Warmup
from lab.report.provenance import images, provenance, versions_in_short
from tests.unit.report.report_factories import make_budget, make_run
from tests.unit.unit_factories import make_cell


def facts(stack: str, versions: dict[str, str]) -> DeploymentFacts:
    deployment = Deployment(stack=stack, variant="default", pins="seed")
    return DeploymentFacts(deployment=deployment, startup_s=1.0, image_mib=1.0, images={}, versions=versions)


APP = {"app: flask": "3.0.3", "app: python": "3.11.2"}


def test_images_with_the_same_parts_are_listed_once_with_the_stacks_that_use_them() -> None:
    run = make_run(deployments=(facts("plain", APP), facts("proxied", {**APP, "nginx: nginx": "1.22.1"})))
    assert [(image.name, image.pins, image.parts) for image in images(run)] == [
        ("app of plain and proxied", "seed", ("flask 3.0.3", "python 3.11.2")),
        ("nginx of proxied", "seed", ("nginx 1.22.1",)),
    ]
    assert versions_in_short(run) == "3 parts in 2 images, each in report.md and report.html"


def test_a_run_without_versions_says_nothing_of_them() -> None:
    assert versions_in_short(make_run(deployments=())) == "–"


def test_budgets_of_single_tables_are_told() -> None:
    told = dict(provenance(make_run(budgets={"bursts": make_budget(label="2 cores, colocated")})))
    assert told["budget of bursts"].startswith("2 cores, colocated; ")


def test_a_run_that_was_resumed_although_something_had_changed_says_so() -> None:
    told = dict(provenance(make_run(resumed_anyway=("git revision: a → b", "engine: server: 1 → 2"))))
    assert told["resumed anyway"] == "though changed since it began: git revision: a → b; engine: server: 1 → 2"
    assert "resumed anyway" not in dict(provenance(make_run()))


def test_a_table_with_rounds_of_its_own_is_named() -> None:
    cells = (make_cell(), make_cell(table="slow", own_rounds=3))
    told = dict(provenance(make_run(cells=cells, rounds=5)))
    assert any(words.startswith("5 rounds, 3 of slow after ") for words in told.values())


def test_what_was_left_out_while_rows_warmed_up_is_told_and_who_had_not_settled() -> None:
    warmups = {"t/a": Warmup(times=2, seconds=5, unsettled=1), "t/b": Warmup(times=1, seconds=2)}
    told = dict(provenance(make_run(rounds=5, warmup_s=3.0, warmups=warmups)))
    left_out = "at most 3 s of warm-up (7 s left out, 3 times; 1 row had not settled by then)"
    assert any(left_out in words for words in told.values())


def test_a_clock_that_may_have_changed_is_told() -> None:
    told = dict(provenance(make_run(unsteady=("it runs on battery",))))
    assert told["clock"] == "it runs on battery: its rate may have changed between rounds"
    assert "clock" not in dict(provenance(make_run()))
