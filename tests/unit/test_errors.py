import pytest

from lab import errors
from lab.errors import InvalidFile, LabError, UnknownName


def kinds(of: type[LabError] = LabError) -> list[type[LabError]]:
    return [of, *(kind for below in of.__subclasses__() for kind in kinds(below))]


def test_an_error_says_what_where_and_what_next_each_on_a_line_of_its_own() -> None:
    assert str(LabError("it broke", where="here", fix="mend it")) == "it broke\n  where: here\n  next:  mend it"
    assert str(LabError("it broke")) == "it broke"


@pytest.mark.parametrize(
    ("name", "known", "fix"),
    [
        ("gni", ["gin", "express"], "did you mean 'gin'?"),
        ("gunicron", ["gunicorn", "gin"], "did you mean 'gunicorn'?"),
        ("plane", ["plain", "paused"], "did you mean 'plain'?"),
        ("zzz", ["gin", "express"], "known: express, gin"),
        ("zzz", ["gin", "gin", "express"], "known: express, gin"),
        ("nope", ["openresty"], "known: openresty"),
        ("compose.yml", ["openresty"], "known: openresty"),
        ("nope", ["paused", "worker"], "known: paused, worker"),
        ("one", ["go-nethttp"], "known: go-nethttp"),
        ("shop-flask", ["uwsgi-flask"], "known: uwsgi-flask"),
        ("flask-service", ["flask-dev"], "known: flask-dev"),
        ("nginx-flask-pg", ["nginx-tls-gin"], "known: nginx-tls-gin"),
        ("gunicorn-flsk", ["gunicorn-flask"], "did you mean 'gunicorn-flask'?"),
        ("zzz", [], "known: none"),
    ],
)
def test_an_unknown_name_comes_with_the_nearest_or_with_all(name: str, known: list[str], fix: str) -> None:
    assert UnknownName("stack", name, known).fix == fix


def test_mistakes_are_counted() -> None:
    assert str(InvalidFile(["a"])).startswith("1 mistake in")
    assert str(InvalidFile(["a", "b"])) == "2 mistakes in the project's files:\n  a\n  b"


@pytest.mark.parametrize("kind", kinds())
def test_the_page_that_draws_the_errors_has_each_with_its_exit_code(kind: type[LabError]) -> None:
    line = next(line for line in str(errors.__doc__).splitlines() if f" {kind.__name__} " in f" {line} ")
    assert f" {kind.exit_code} " in line


def test_a_message_ends_with_the_name_that_was_meant_or_with_nothing() -> None:
    assert errors.meant("recrded", ["home", "recorded"]) == ": did you mean 'recorded'?"
    assert errors.meant("other", ["home", "recorded"]) == ""
