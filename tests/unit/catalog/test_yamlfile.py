from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from lab.catalog import yamlfile


class Sizes(BaseModel):
    model_config = ConfigDict(extra="forbid")
    width: int
    names: list[int] = []


class Box(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    sizes: Sizes | None = None
    by_name: dict[str, Sizes] = {}
    kinds_per_box: list[Sizes] = []


def write(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_mistake_names_file_line_and_key(tmp_path: Path) -> None:
    path = write(tmp_path, "a:\n  b:\n    - 1\n    - 2\n")
    document, mistakes = yamlfile.read(path)
    assert mistakes == []
    assert document.mistake(("a", "b", 1), "is wrong") == f"{path}:4: a.b.1: is wrong"


def test_a_key_that_is_missing_is_placed_at_the_one_that_encloses_it(tmp_path: Path) -> None:
    path = write(tmp_path, "\na:\n  b: 1\n")
    document, _ = yamlfile.read(path)
    assert document.mistake(("a", "c", "d"), "is missing") == f"{path}:2: a.c.d: is missing"
    assert document.mistake(("z",), "is missing") == f"{path}: z: is missing"


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: 1\nb: 2\na: 3\n", ":3: a: is written twice (first on line 1)"), ("a: {b: 1, b: 1}", ":1: a.b: is written")],
)
def test_a_key_written_twice_is_a_mistake(tmp_path: Path, text: str, said: str) -> None:
    _, (mistake,) = yamlfile.read(write(tmp_path, text))
    assert said in mistake


def test_a_merged_key_may_be_overridden(tmp_path: Path) -> None:
    document, mistakes = yamlfile.read(write(tmp_path, "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\n"))
    assert mistakes == []
    assert document.data["b"] == {"x": 3, "y": 2}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "is not YAML: did not find expected"),
        ("- a\n", ": must be a mapping"),
        ("word", ": must be a mapping"),
        ("a: !python/object:os.system x", "is not YAML: could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", "is not YAML: but found another document"),
    ],
)
def test_what_is_not_one_plain_mapping_is_a_mistake(tmp_path: Path, text: str, said: str) -> None:
    document, (mistake,) = yamlfile.read(write(tmp_path, text))
    assert said in mistake
    assert document.data == {}


def test_what_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: \xff\n")
    for unreadable in (path, tmp_path / "absent.yaml"):
        assert f"{unreadable}: cannot be read" in yamlfile.read(unreadable)[1][0]


def test_the_tags_of_compose_are_read_as_what_they_stand_on(tmp_path: Path) -> None:
    document, mistakes = yamlfile.read(write(tmp_path, "a: !reset []\nb: !override {c: 1}\nd: !reset null\n"))
    assert mistakes == []
    assert dict(document.data) == {"a": [], "b": {"c": 1}, "d": "null"}


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    document, mistakes = yamlfile.read(write(tmp_path, "# only a comment\n"))
    assert (document.data, mistakes) == ({}, [])


def test_all_mistakes_of_a_document_are_told_in_plain_words(tmp_path: Path) -> None:
    path = write(tmp_path, "size:\n  names: [1, two]\n  depth: 3\n")
    found, mistakes = yamlfile.validate(Sizes, yamlfile.read(path)[0], at=("size",))
    assert found is None
    assert sorted(mistakes) == [
        f"{path}:1: size.width: is missing",
        f"{path}:2: size.names.1: must be a whole number",
        f"{path}:3: size.depth: is not a key known here",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nam: a\n", "nam: is not a key known here: did you mean 'name'?"),
        ("kpb: []\n", "kpb: is not a key known here: did you mean 'kinds_per_box'?"),
        ("sizes: {widht: 1}\n", "sizes.widht: is not a key known here: did you mean 'width'?"),
        ("by_name: {a: {nams: 1}}\n", "by_name.a.nams: is not a key known here: did you mean 'names'?"),
        ("kinds_per_box: [{with: 1}]\n", "kinds_per_box.0.with: is not a key known here: did you mean 'width'?"),
        ("zzz: 1\n", "zzz: is not a key known here"),
    ],
)
def test_a_key_that_is_not_known_names_the_nearest_that_is(tmp_path: Path, text: str, said: str) -> None:
    document, _ = yamlfile.read(write(tmp_path, text))
    _, mistakes = yamlfile.validate(Box, document)
    assert [one for one in mistakes if one.endswith(said)], mistakes


@pytest.mark.parametrize(
    ("value", "sound"),
    [
        ({"name": "a", "sizes": {"width": 1}}, Box(name="a", sizes=Sizes(width=1))),
        ({"name": 5, "colour": "red", "sizes": {"width": 1, "names": ["x"]}}, Box(name="?", sizes=Sizes(width=1))),
        ({"sizes": {}, "by_name": {"a": {}, "b": {"width": 2}}}, Box(name="?", by_name={"b": Sizes(width=2)})),
    ],
)
def test_what_is_right_is_kept_without_what_is_wrong(value: dict[str, Any], sound: Box) -> None:
    before = deepcopy(value)
    assert yamlfile.sound_part(Box, value, stand_ins={"name": "?"}) == sound
    assert value == before


def test_without_a_stand_in_for_what_is_missing_nothing_is_sound() -> None:
    assert yamlfile.sound_part(Box, {"sizes": {"width": 1}}, stand_ins={}) is None


def test_a_reading_reads_each_file_once(tmp_path: Path) -> None:
    path = write(tmp_path, "a: 1\n")
    reading = yamlfile.YamlFiles()
    first, _ = reading.read(path)
    path.write_text("a: 2\n")
    assert reading.read(tmp_path / "sub" / ".." / "file.yaml")[0] is first
    assert [document.data for document, _ in reading.folder(tmp_path)] == [{"a": 1}]
    assert yamlfile.YamlFiles().read(path)[0].data == {"a": 2}


@pytest.mark.parametrize(
    ("text", "why"),
    [("a: [1", "syntax"), ("a: 1\n---\nb: 2\n", "sense"), ("a: !mine x", "sense"), ("- a", "sense"), ("", None)],
)
def test_a_file_that_could_not_be_read_says_why_and_lacks_nothing(tmp_path: Path, text: str, why: str | None) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    document, mistakes = yamlfile.read(path)
    assert (document.unread, len(mistakes)) == (why, 1 if why else 0)
    _, missing = yamlfile.validate(Box, document)
    assert bool(missing) == (why is None)
