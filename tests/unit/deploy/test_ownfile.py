from dataclasses import replace

import yaml

from lab.catalog.stackfile import StackLab
from lab.deploy import ownfile
from lab.deploy.concurrency import Concurrency, Multiplier
from lab.deploy.survey import Survey

FOUND = Survey(
    entry="web",
    port=443,
    scheme="https",
    others=(),
    told=True,
    tiers={"web": "nginx", "app": "gunicorn"},
    jobs=("migrate",),
    memory={"web": 1, "app": 4},
    frail={"app": "it dies"},
)


def test_what_is_written_is_what_the_loader_reads() -> None:
    text = ownfile.render(
        FOUND,
        name="shop",
        requests=ownfile.HOME,
        compose=["other.yml"],
        profiles=["debug"],
        allow=["privileged"],
        egress=True,
    )
    lab = StackLab.model_validate(yaml.safe_load(text))
    assert (lab.name, lab.title, lab.entry.service, lab.entry.scheme) == ("shop", "nginx → gunicorn", "web", "https")
    assert (lab.tiers, lab.jobs, lab.memory) == (FOUND.tiers, ["migrate"], FOUND.memory)
    assert (lab.compose, lab.profiles, lab.allow, lab.egress) == (["other.yml"], ["debug"], ["privileged"], True)
    assert not lab.pausable
    assert [request.path for request in lab.requests["home"]] == ["/"]


def test_what_nobody_asked_for_is_not_written() -> None:
    plain = ownfile.render(
        Survey(
            entry="a",
            port=80,
            scheme="http",
            others=(),
            told=True,
            tiers={"a": "x: y"},
            jobs=(),
            memory={"a": 1},
            frail={},
        ),
        name="shop",
        requests=ownfile.HOME,
    )
    written = yaml.safe_load(plain)
    assert [*written] == ["name", "title", "entry", "tiers", "memory", "workloads", "requests"]
    assert written["tiers"] == {"a": "x: y"}


def test_what_goes_side_by_side_is_written_with_the_names_that_the_compose_file_reads() -> None:
    workers, threads = Multiplier(value="2", setting="WORKERS"), Multiplier(value="8")
    known = Concurrency(service="app", slots=(workers, threads), processes=(workers,))
    text = ownfile.render(replace(FOUND, concurrency=known), name="shop", requests=ownfile.HOME)
    lab = StackLab.model_validate(yaml.safe_load(text))
    assert lab.variants == {"default": {"WORKERS": "2"}}
    assert (lab.slots, lab.processes) == ({"default": ["WORKERS", "8"]}, {"default": ["WORKERS"]})


def test_numbers_alone_leave_the_variants_to_be_written() -> None:
    known = Concurrency(service="app", slots=None, processes=(Multiplier(value="2"),))
    text = ownfile.render(replace(FOUND, concurrency=known), name="shop", requests=ownfile.HOME)
    lab = StackLab.model_validate(yaml.safe_load(text))
    assert (lab.variants, lab.slots, lab.processes) == ({"default": {}}, {}, {"default": ["2"]})


def test_what_is_proposed_in_comments_can_be_read_once_it_is_none() -> None:
    text = ownfile.render(FOUND, name="shop", requests=ownfile.HOME)
    proposed = ("variants:", "  default:", "  eight:", "slots:")
    for line in proposed:
        text = text.replace(f"\n# {line}", f"\n{line}").replace(f"\n#{line[1:]}", f"\n{line}")
    lab = StackLab.model_validate(yaml.safe_load(text))
    assert lab.variants == {"default": {}, "eight": {"WORKERS": "8"}}
    assert lab.slots == {"default": ["4"]}
