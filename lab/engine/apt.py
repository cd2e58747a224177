"""Where this host's own packages come from: APT's source files in both of their notations."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path("/")
DEBIAN_RELEASES = ("bookworm", "trixie", "forky", "stable", "oldstable", "testing", "sid", "unstable")


@dataclass(frozen=True, slots=True, kw_only=True)
class AptSource:
    """One suite of one archive of binary packages."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""

    def stanza(self) -> str:
        """Return it in the deb822 notation."""
        lines = ["Types: deb", f"URIs: {self.uri}", f"Suites: {self.suite}"]
        lines += [f"Components: {' '.join(self.components)}"] if self.components else []
        lines += [f"Signed-By: {self.signed_by}"] if self.signed_by else []
        return "\n".join(lines) + "\n"


def sources(root: Path = ROOT) -> tuple[AptSource, ...]:
    """Read every enabled source of binary packages, in the order APT reads them."""
    etc = root / "etc/apt"
    lists = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]
    deb822 = sorted((etc / "sources.list.d").glob("*.sources"))
    found = [source for path in lists if path.is_file() for source in _one_line(path.read_text())]
    found += [source for path in deb822 for source in _deb822(path.read_text())]
    return tuple(_without_mirror_file(source, root) for source in found)


def find(suite: str, known: Iterable[AptSource]) -> AptSource | None:
    """Return Debian's own source of `suite`, if the host has one."""
    return next((source for source in known if source.suite == suite and is_debian(source)), None)


def is_debian(source: AptSource) -> bool:
    """Tell whether the source is of Debian itself: others name their suites after its releases too."""
    release = re.sub(r"(-updates|-security|-backports)$", "", source.suite)
    signer = not source.signed_by or "debian-archive" in source.signed_by
    return signer and release in DEBIAN_RELEASES and "main" in source.components


def _one_line(text: str) -> Iterator[AptSource]:
    """Parse `deb [signed-by=…] uri suite component…`."""
    pattern = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<rest>[^#]*)")
    for line in text.splitlines():
        if match := pattern.match(line.strip()):
            options = dict(o.split("=", 1) for o in (match["options"] or "").split() if "=" in o)
            yield AptSource(
                uri=match["uri"],
                suite=match["suite"],
                components=tuple(match["rest"].split()),
                signed_by=options.get("signed-by", ""),
            )


def _deb822(text: str) -> Iterator[AptSource]:
    """Parse stanzas of `Key: value`, where a value may go on in indented lines."""
    for stanza in re.split(r"\n\s*\n", _without_comments(text)):
        pairs = re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t]+.*)*)", stanza, re.MULTILINE)
        fields = {key.lower(): value.strip() for key, value in pairs}
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in (
            "no",
            "false",
        ):
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield AptSource(
                    uri=uri,
                    suite=suite,
                    components=tuple(fields.get("components", "").split()),
                    signed_by=fields.get("signed-by", ""),
                )


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _without_mirror_file(source: AptSource, root: Path) -> AptSource:
    """Replace `mirror+file:/path`, which only APT understands, by the first address in that file."""
    scheme, colon, path = source.uri.partition("mirror+file:")
    if not colon or scheme:
        return source
    mirrors = root / path.lstrip("/")
    lines = _without_comments(mirrors.read_text()).split() if mirrors.is_file() else []
    uri = next((word for word in lines if "://" in word), source.uri)
    return replace(source, uri=uri)
