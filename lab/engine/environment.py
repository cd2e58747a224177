"""What of the user's environment reaches Docker's own command: the way to the engine and through the network.

Compose puts any variable that a Compose file names into a container. So a variable that somebody has exported for
another purpose would change a stack, and no run would tell.
"""

import os
from collections.abc import Mapping

from lab.host.seal import without_password

_NAMES = frozenset({"PATH", "HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "LAB_CA_BUNDLE"})
_PREFIXES = ("DOCKER_", "BUILDX_")
_CERTIFICATES = frozenset(
    {"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT"}
)
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "FTP_PROXY"})


def ambient(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of this process that Docker's command gets."""
    found = os.environ if environ is None else environ
    return {name: value for name, value in found.items() if _passes(name)}


def recorded() -> dict[str, str]:
    """The same for a run's record, by name, without passwords."""
    return {name: without_password(name, value) for name, value in sorted(ambient().items())}


def _passes(name: str) -> bool:
    return name in _NAMES or name in _CERTIFICATES or name.upper() in _PROXIES or name.startswith(_PREFIXES)
