from pathlib import Path

from lab.measure.evidence import traits


def write_process(proc: Path, pid: int, *, maps: str = "", program: bytes = b"") -> None:
    (proc / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "maps").write_text(maps)
    (proc / str(pid) / "exe").write_bytes(program)


def test_parts_are_told_by_the_libraries_that_only_their_users_load(tmp_path: Path) -> None:
    write_process(tmp_path, 10, maps="7f00-7f01 r-xp 0 0 1 /usr/lib/python3.11/lib-dynload/_asyncio.cpython-311.so\n")
    write_process(tmp_path, 11, maps="7f00-7f01 r-xp 0 0 1 /opt/venv/lib/site-packages/gevent/_hub_local.so\n")
    assert traits.read([10], {}, tmp_path).parts == {"asyncio", "python"}
    write_process(tmp_path, 12, maps="7f00-7f01 r-xp 0 0 1 /usr/sbin/nginx\n")
    assert traits.read([12], {}, tmp_path).parts == {"nginx"}
    assert traits.read([10, 11], {}, tmp_path).parts == {"asyncio", "gevent", "python"}


def test_a_program_of_go_is_told_by_its_linkers_note(tmp_path: Path) -> None:
    write_process(tmp_path, 10, program=b"\x7fELF" + bytes(100) + traits.GO + b"build id")
    assert traits.read([10], {}, tmp_path).parts == {"go"}


def test_what_is_not_shown_has_no_parts(tmp_path: Path) -> None:
    assert traits.read([99], {}, tmp_path).parts == frozenset()


def test_ports_are_those_of_a_new_network_or_as_the_container_was_told(tmp_path: Path) -> None:
    assert traits.read([], {}, tmp_path).ports == 28_232
    assert traits.read([], {traits.PORT_RANGE: "40000\t40099"}, tmp_path).ports == 100
