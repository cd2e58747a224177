from pathlib import Path

from lab.engine import apt, rootfs


def file(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_trim_removes_lists_documents_and_translations_but_keeps_licences(tmp_path: Path) -> None:
    gone = [
        file(tmp_path / name)
        for name in (
            "var/lib/apt/lists/a",
            "var/cache/apt/archives/a.deb",
            "usr/share/doc/bash/README",
            "usr/share/man/man1/a.1",
            "usr/share/locale/de/LC_MESSAGES/a.mo",
            "etc/resolv.conf",
            "etc/apt/sources.list",
        )
    ]
    licence = file(tmp_path / "usr/share/doc/bash/copyright")
    alias = file(tmp_path / "usr/share/locale/locale.alias")
    rootfs.trim(tmp_path, "Types: deb\n")
    assert not [path for path in gone if path.exists()]
    assert licence.exists()
    assert alias.exists()
    assert not (tmp_path / "usr/share/locale/de").exists()
    assert (tmp_path / "var/lib/apt/lists").is_dir()
    assert (tmp_path / "etc/apt/sources.list.d/debian.sources").read_text() == "Types: deb\n"
    assert (tmp_path / "usr/sbin/policy-rc.d").stat().st_mode & 0o111


def test_trim_does_not_follow_links_out_of_the_tree(tmp_path: Path) -> None:
    outside = file(tmp_path / "outside/keep")
    documents = tmp_path / "tree/usr/share/doc"
    documents.mkdir(parents=True)
    (documents / "link").symlink_to(outside.parent)
    rootfs.trim(tmp_path / "tree", "")
    assert outside.exists()
    assert not (documents / "link").is_symlink()


def source(uri: str, suite: str) -> apt.AptSource:
    return apt.AptSource(uri=uri, suite=suite, components=("main",))


def test_sources_of_the_base_use_the_hosts_mirrors(tmp_path: Path) -> None:
    host = (source("http://m.test/debian", "trixie"), source("http://s.test/sec", "trixie-security"))
    text = rootfs.base_sources(host, tmp_path, "bookworm")
    assert "URIs: http://m.test/debian\nSuites: bookworm bookworm-updates\n" in text
    assert "URIs: http://s.test/sec\nSuites: bookworm-security\n" in text


def test_sources_of_the_base_follow_debootstraps_choice_on_another_host(tmp_path: Path) -> None:
    file(tmp_path / "etc/apt/sources.list", "deb http://chosen.test/debian bookworm main\n")
    text = rootfs.base_sources((source("http://m.test/ubuntu", "noble"),), tmp_path, "bookworm")
    assert "URIs: http://chosen.test/debian\n" in text
    assert "URIs: http://chosen.test/debian-security\n" in text
    assert "ubuntu" not in text
