import yaml

from lab.catalog.stackfile import StackLab
from lab.deploy import ownfile
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
