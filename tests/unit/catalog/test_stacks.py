from pathlib import Path

import pytest

from lab.catalog import stackfile, stacks
from lab.catalog.yamlfile import YamlFiles
from tests.unit.unit_factories import make_workload
from tests.unit.unit_project import edit, line_of

WORKLOADS = {
    "health": make_workload(delay_setting="HEALTH_DELAY", delay_s=0.1),
    "ping": make_workload(name="ping", path="/api/ping"),
    "ready": make_workload(name="ready", path="/ready"),
}


def mistakes_of(project: Path) -> list[str]:
    _, mistakes = stacks.load(project / "compose", workloads=WORKLOADS, reading=YamlFiles())
    return mistakes


def test_every_compose_file_with_x_lab_is_a_stack(project: Path) -> None:
    found, mistakes = stacks.load(project / "compose", workloads=WORKLOADS, reading=YamlFiles())
    assert mistakes == []
    assert [*found] == ["plain", "proxied"]
    proxied = found["proxied"]
    assert proxied.variants == {"one": {"WORKERS": "1"}, "pool": {"WORKERS": "4", "THREADS": "10"}}
    assert proxied.slots["pool"] == ("WORKERS", "THREADS")
    assert (proxied.entry.service, proxied.entry.port) == ("proxy", 8080)
    assert [*proxied.tiers] == ["proxy", "app"]
    assert proxied.networks == ("back",)


def test_a_job_is_a_service_that_is_no_tier(project: Path) -> None:
    path = project / "compose/proxied.yaml"
    edit(path, "  memory:", "  jobs: [migrate]\n  pins: [current]\n  memory:")
    edit(path, "  app:\n", "  migrate: {image: app, volumes: [data:/data]}\n  app:\n")
    edit(path, "networks:\n", "volumes: {data: }\nnetworks:\n")
    found, mistakes = stacks.load(project / "compose", workloads=WORKLOADS, reading=YamlFiles())
    assert mistakes == []
    proxied, plain = found["proxied"], found["plain"]
    assert ([*proxied.tiers], proxied.jobs, proxied.volumes) == (["proxy", "app"], ("migrate",), ("data",))
    assert (proxied.pins, plain.pins) == (("current",), ("seed", "current"))


def test_an_entry_speaks_http_unless_it_says_otherwise(project: Path) -> None:
    edit(project / "compose/plain.yaml", "port: 9000}", "port: 9000, scheme: https}")
    found, _ = stacks.load(project / "compose", workloads=WORKLOADS, reading=YamlFiles())
    assert (found["proxied"].entry.scheme, found["plain"].entry.scheme) == ("http", "https")


def test_settings_are_those_of_the_file_and_of_what_it_extends(project: Path) -> None:
    found, _ = stacks.load(project / "compose", workloads=WORKLOADS, reading=YamlFiles())
    assert found["proxied"].settings == {"WORKERS", "THREADS", "HEALTH_DELAY"}  # not the lab's, not escaped ones


def test_a_stack_without_variants_has_one(project: Path) -> None:
    found, _ = stacks.load(project / "compose", workloads=WORKLOADS, reading=YamlFiles())
    assert found["plain"].default_variant == "default"


@pytest.mark.parametrize(
    ("old", "new", "marker", "key", "message"),
    [
        ("title:", "titel:", "titel:", "x-lab.titel", "is not a key known here"),
        ("port: 8080}", "port: web}", "entry:", "x-lab.entry.port", "must be a whole number"),
        ("port: 8080}", "port: 70000}", "entry:", "x-lab.entry.port", "must be less than 65536"),
        ("service: proxy", "service: prox", "entry:", "x-lab.entry.service", "'prox' is not a service"),
        ("{proxy: proxy, app: application}", "{proxy: p}", "tiers:", "x-lab.tiers", "lacks the service 'app'"),
        ("app: 7}", "app: 7, db: 1}", "memory:", "x-lab.memory.db", "is not a service of this file"),
        ("proxy: 1, app: 7", "proxy: 0, app: 7", "memory:", "x-lab.memory.proxy", "must be greater than 0"),
        ("[health, ping]", "[health, pong]", "workloads:", "x-lab.workloads.1", "there is no workload 'pong'"),
        ("one: {WORKERS: 1}", "one: {WORKER: 1}", "one:", "x-lab.variants.one.WORKER", "is not read by this file"),
        ("one: {WORKERS: 1}", "One: {WORKERS: 1}", "One:", "x-lab.variants.One", "must be lower-case letters"),
        ("one: [WORKERS]", "one: [SIZE]", "[SIZE]", "x-lab.slots.one.0", "'SIZE' is neither a number nor a setting"),
        ("pool: [WORKERS, T", "pol: [WORKERS, T", "pol:", "x-lab.slots.pol", "is not a variant of this file"),
        ("{one: [WORKERS],", "{two: [WORKERS],", "processes:", "x-lab.processes.two", "is not a variant"),
        ("memory:", "jobs: [migrate]\n  memory:", "jobs:", "x-lab.jobs.0", "'migrate' is not a service"),
        ("memory:", "jobs: [app]\n  memory:", "tiers:", "x-lab.tiers.app", "is one of the jobs"),
        ("memory:", "jobs: [proxy]\n  memory:", "entry:", "x-lab.entry.service", "'proxy' is a job: it ends"),
        ("memory:", "pins: [old]\n  memory:", "pins:", "x-lab.pins.0", "must be 'seed' or 'current'"),
        ("port: 8080}", "port: 8080, scheme: ftp}", "entry:", "x-lab.entry.scheme", "must be 'http' or 'https'"),
        ("name: proxied", "name: other", "name: other", "name", "must be the file's name, 'proxied'"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(
    project: Path, *, old: str, new: str, marker: str, key: str, message: str
) -> None:
    path = project / "compose/proxied.yaml"
    edit(path, old, new)
    at = f"{path}:{line_of(path, marker)}: {key}: "
    assert [one for one in mistakes_of(project) if one.startswith(at) and message in one], mistakes_of(project)


def test_all_mistakes_of_a_file_are_told_at_once(project: Path) -> None:
    path = project / "compose/proxied.yaml"
    edit(path, "entry: {service: proxy", "entry: {service: prox")
    edit(path, "app: 7}", "db: 7}")
    edit(path, "[health, ping]", "[health, pong]")
    assert len(mistakes_of(project)) == 4  # entry, workload, a memory too many and one too few


def test_a_key_written_twice_is_told_beside_the_others(project: Path) -> None:
    path = project / "compose/proxied.yaml"
    edit(path, "  title: Proxy → App\n", "  title: A\n  title: B\n  colour: red\n")
    told = mistakes_of(project)
    assert [one for one in told if "x-lab.title: is written twice" in one]
    assert [one for one in told if "x-lab.colour: is not a key known here" in one]


def test_a_missing_key_is_told(project: Path) -> None:
    path = project / "compose/plain.yaml"
    edit(path, "  entry: {service: app, port: 9000}\n", "")
    assert mistakes_of(project) == [f"{path}:{line_of(path, 'x-lab')}: x-lab.entry: is missing"]


@pytest.mark.parametrize("value", ["", " 5", " [a]"])
def test_an_x_lab_that_is_no_mapping_is_told(project: Path, value: str) -> None:
    path = project / "compose/empty.yaml"
    path.write_text(f"name: empty\nx-lab:{value}\nservices: {{}}\n")
    (mistake,) = mistakes_of(project)
    assert mistake.startswith(f"{path}:2: x-lab: ")


def test_a_service_that_extends_a_file_that_is_not_there_is_told(project: Path) -> None:
    path = project / "compose/plain.yaml"
    edit(path, "file: parts.yaml", "file: part.yaml")
    line = line_of(path, "extends:")
    assert mistakes_of(project) == [f"{path}:{line}: services.app.extends: there is no file part.yaml"]


@pytest.mark.parametrize("value", ["many", "2.5", "0", "-1"])
def test_a_factor_that_is_no_count_is_told(project: Path, value: str) -> None:
    path = project / "compose/proxied.yaml"
    edit(path, "one: {WORKERS: 1}", f"one: {{WORKERS: {value}}}")
    at = f"{path}:{line_of(path, 'one: {')}: x-lab.variants.one.WORKERS: "
    assert mistakes_of(project) == [f"{at}must be a whole number above 0, not {value!r}"]


@pytest.mark.parametrize("value", ["long", "-0.1", "inf", "nan", '""'])
def test_a_delay_that_is_no_time_is_told(project: Path, value: str) -> None:
    edit(project / "compose/proxied.yaml", "one: {WORKERS: 1}", f"one: {{WORKERS: 1, HEALTH_DELAY: {value}}}")
    (mistake,) = mistakes_of(project)
    assert "x-lab.variants.one.HEALTH_DELAY: must be a number of seconds, not " in mistake


def test_a_setting_that_nothing_counts_may_be_any_text(project: Path) -> None:
    path = project / "compose/proxied.yaml"
    edit(path, "one: {WORKERS: 1}", "one: {WORKERS: 1, MOOD: some}")
    edit(path, '"serve"', '"serve", "${MOOD:-fine}"')
    assert mistakes_of(project) == []


def test_the_names_of_stacks_are_known_even_if_they_are_broken_and_those_of_parts_are_not(project: Path) -> None:
    edit(project / "compose/plain.yaml", "title:", "titel:")
    assert stacks.names(project / "compose", reading=YamlFiles()) == {"plain", "proxied"}


def test_the_schema_for_editors_knows_the_keys() -> None:
    schema = stackfile.schema()
    assert schema["properties"]["x-lab"]["$ref"] == "#/$defs/StackLab"
    lab = schema["$defs"]["StackLab"]
    assert lab["additionalProperties"] is False
    assert set(lab["required"]) == {"title", "entry", "tiers", "workloads", "memory"}
