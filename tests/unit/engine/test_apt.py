from pathlib import Path

import pytest

from lab.engine import apt

DEB822 = """\
# the archive
Types: deb deb-src
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: trixie
Components: main

Types: deb
# a comment within
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
"""


def tree(root: Path, **files: str) -> Path:
    directory = root / "etc/apt/sources.list.d"
    directory.mkdir(parents=True)
    for name, text in files.items():
        (directory / name.replace("_", ".")).write_text(text)
    return root


def test_deb822_stanzas_are_read_and_disabled_ones_are_not(tmp_path: Path) -> None:
    found = apt.sources(tree(tmp_path, debian_sources=DEB822))
    assert [(s.uri, s.suite) for s in found] == [
        ("http://mirror.test/debian", "bookworm"),
        ("http://mirror.test/debian", "bookworm-updates"),
        ("http://mirror.test/debian-security", "bookworm-security"),
    ]
    assert found[0].signed_by == "/usr/share/keyrings/debian-archive-keyring.gpg"


def test_one_line_notation_is_read_with_its_options(tmp_path: Path) -> None:
    text = (
        "# x\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://m.test/debian bookworm main contrib # why\n"
        "deb-src http://m.test x y\n"
    )
    (found,) = apt.sources(tree(tmp_path, debian_list=text))
    assert found == apt.AptSource(
        uri="http://m.test/debian", suite="bookworm", components=("main", "contrib"), signed_by="/k.gpg"
    )


def test_a_mirror_file_is_replaced_by_its_first_address(tmp_path: Path) -> None:
    root = tree(tmp_path, debian_list="deb mirror+file:/etc/apt/mirrors/debian.list bookworm main\n")
    (root / "etc/apt/mirrors").mkdir()
    (root / "etc/apt/mirrors/debian.list").write_text("# mirrors\nhttps://m.test/debian\tpriority:1\n")
    assert [s.uri for s in apt.sources(root)] == ["https://m.test/debian"]


@pytest.mark.parametrize(
    ("suite", "signed_by", "is_debian"),
    [
        ("bookworm", "", True),
        ("bookworm-security", "/usr/share/keyrings/debian-archive-keyring.gpg", True),
        ("bookworm", "/etc/apt/keyrings/vendor.gpg", False),
        ("bookworm-vendor", "", False),
        ("noble", "", False),
    ],
)
def test_only_debians_own_sources_are_debian(suite: str, signed_by: str, is_debian: bool) -> None:
    source = apt.AptSource(uri="http://m.test", suite=suite, components=("main",), signed_by=signed_by)
    assert apt.is_debian(source) is is_debian


def test_no_sources_at_all_are_none(tmp_path: Path) -> None:
    assert apt.sources(tmp_path) == ()
