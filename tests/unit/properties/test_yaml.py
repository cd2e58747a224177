"""Whatever stands in a YAML file, reading it ends in a document and in words, never in a traceback."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from lab.catalog import yamlfile
from lab.catalog.contractfile import Contract
from lab.catalog.stackfile import StackLab
from lab.catalog.tablefile import TableFile
from lab.catalog.yamlfile import Document

PIECES = ["a: ", "b: ", "- ", "&x ", "*x ", "<<: ", "? ", "!reset ", "!!set ", "!!int ", "!what ", "{", "}", "[", "]"]
PIECES += [", ", "'", '"', "|", ">", "#", "~", "0x", "1", "2026-02-30", "\n", "\n  ", "---\n", "\t", "\0", "%YAML 1.1"]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
mappings = st.dictionaries(st.text(max_size=8), values, max_size=4)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(text, "utf-8", newline="")
    document, mistakes = yamlfile.read(path)
    assert isinstance(document.data, dict)
    assert all(mistake.startswith(f"{path}:") for mistake in mistakes)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(content)
    assert isinstance(yamlfile.read(path)[0].data, dict)


@given(mappings)
def test_what_was_written_is_read_again_with_a_line_for_each_key(tmp_path: Path, data: dict[str, Any]) -> None:
    path = tmp_path / "written.yaml"
    path.write_text(yaml.safe_dump(data), "utf-8")
    document, mistakes = yamlfile.read(path)
    assert (document.data, mistakes) == (data, [])
    assert {(key,) for key in data} <= document.lines.keys()


@given(mappings)
def test_a_file_is_read_as_the_library_reads_it(tmp_path: Path, data: dict[str, Any]) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text(yaml.safe_dump({"one": data, "two": [data, data]}), "utf-8")  # with anchors and aliases
    assert yamlfile.read(path)[0].data == yaml.safe_load(path.read_text("utf-8"))


@given(st.text("abc", min_size=1, max_size=3), st.integers(0, 5))
def test_a_key_that_stands_twice_is_told_with_both_lines(tmp_path: Path, key: str, between: int) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("\n".join([f"{key}: 1", *(f"x{n}: 1" for n in range(between)), f"{key}: 2"]))
    assert yamlfile.read(path)[1] == [f"{path}:{between + 2}: {key}: is written twice (first on line 1)"]


@pytest.mark.parametrize("model", [StackLab, TableFile, Contract])
@given(data=st.data())
def test_a_model_takes_any_value_or_tells_its_mistakes(model: type[BaseModel], data: st.DataObject) -> None:
    keys = st.sampled_from(sorted(field.alias or name for name, field in model.model_fields.items()))
    value = data.draw(st.dictionaries(keys | st.text(max_size=4), values, max_size=5))
    document = Document(path=Path("some.yaml"), data=value, lines={})
    found, mistakes = yamlfile.validate(model, document)
    assert (found is None) == bool(mistakes)
    assert all(mistake.startswith("some.yaml: ") for mistake in mistakes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day: 2026-02-30", "is not YAML: '2026-02-30' is no timestamp"),
        ("sure: !!bool maybe", "is not YAML: 'maybe' is no bool"),
        ("round: &again [*again]", "is nested too deeply, or holds itself"),
        ("{[1]: 2}: 3", "is not YAML: found unhashable key"),
    ],
)
def test_what_no_model_sees_is_told_in_words_too(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    document, (mistake,) = yamlfile.read(path)
    assert document.data == {}
    assert said in mistake
