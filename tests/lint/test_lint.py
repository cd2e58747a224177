"""`make lint`: every checker on every file that it understands, one test each."""

import os
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
MODULES = sorted(ROOT.glob("stacks/node/*/*.js"))
CERTIFICATES = os.environ.get("LAB_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def run(*argv: str | Path, read: str | None = None) -> str:
    """Run a checker at the root of the project; what it found is what the test fails with."""
    done = subprocess.run(
        argv, cwd=ROOT, input=read, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
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


def built(dockerfile: str, tag: str, *options: str) -> str:
    """An image as its Dockerfile makes it now; what has not changed comes from the cache."""
    secret = f"id=ca,src={CERTIFICATES}"
    run("docker", "build", "--quiet", "--file", dockerfile, "--tag", tag, "--secret", secret, *options, ".")
    return tag


def test_gofmt() -> None:
    image = built("stacks/go/Dockerfile", "lab/go:lint", "--target", "build", "--build-arg", "APP=gin")
    mount = f"{ROOT / 'stacks/go'}:/go-sources:ro"
    badly_formatted = run("docker", "run", "--rm", "--network=none", "-v", mount, image, "gofmt", "-l", "/go-sources")
    assert not badly_formatted


@pytest.fixture(scope="module")
def node_image() -> str:
    """The image of one of the Node services: its runtime checks the sources of all."""
    return built("stacks/node/Dockerfile", "lab/node:lint", "--build-arg", "APP=express")


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_javascript(path: Path, node_image: str) -> None:
    check = ("node", "--input-type=module", "--check", "-")
    run("docker", "run", "--rm", "--interactive", "--network=none", node_image, *check, read=path.read_text())


@pytest.fixture(scope="module")
def nginx_image() -> str:
    """The Nginx image; the confs are inside."""
    return built("nginx/Dockerfile", "lab/nginx:lint")


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
    check = ("sh", "-c", "make-certificate && nginx -t -c $0", conf)  # tls.conf wants one to be there
    run("docker", "run", "--rm", "--network=none", *upstreams, nginx_image, *check)
