"""`make lint`: every checker on every file that it understands, one test each."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
COMPOSE_FILES = sorted(ROOT.glob("compose/*.yaml"))
DOCKERFILES = sorted([*ROOT.glob("nginx/Dockerfile"), *ROOT.glob("stacks/*/Dockerfile")])
NGINX_CONFS = sorted(ROOT.glob("nginx/*.conf"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def run(*argv: str | Path) -> str:
    """Run a checker at the root of the project; what it found is what the test fails with."""
    done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, argv))}\n{done.stdout}", pytrace=False)
    return done.stdout


@pytest.mark.parametrize(
    "argv",
    [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)],
    ids=" ".join,
)
def test_python(argv: Sequence[str]) -> None:
    run(BIN / argv[0], *argv[1:])


@pytest.mark.parametrize("path", DOCKERFILES, ids=named)
def test_hadolint(path: Path) -> None:
    run(BIN / "hadolint", path)


@pytest.mark.parametrize("path", COMPOSE_FILES, ids=named)
def test_docker_compose_config(path: Path) -> None:
    run("docker", "compose", "-f", path, "config", "--quiet")


@pytest.fixture(scope="module")
def nginx_image() -> str:
    """The id of the Nginx image as its Dockerfile makes it now; the confs are inside."""
    run("docker", "build", "--quiet", "--file", "nginx/Dockerfile", "--tag", "lab/nginx:lint", ".")
    return "lab/nginx:lint"


@pytest.fixture(scope="module")
def upstreams() -> list[str]:
    """Every service's name, made known as a host: Nginx refuses a conf with an upstream it cannot look up."""
    files = (yaml.load(path.read_text(), Loader=_Compose) for path in COMPOSE_FILES)  # noqa: S506 (our own)
    names = {name for file in files for name in file.get("services", {})}
    return [f"--add-host={name}:127.0.0.1" for name in sorted(names)]


class _Compose(yaml.SafeLoader):
    """Reads Compose files, whose `!reset` and `!override` plain YAML does not know."""


_Compose.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


@pytest.mark.parametrize("path", NGINX_CONFS, ids=named)
def test_nginx(path: Path, nginx_image: str, upstreams: list[str]) -> None:
    conf = f"/etc/nginx/lab/{path.name}"
    run("docker", "run", "--rm", "--network=none", *upstreams, nginx_image, "nginx", "-t", "-c", conf)
