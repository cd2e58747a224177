"""Secrets do not go into files: what looks like one is written as a digest whose key never leaves this user.

Equal digests are equal secrets, so that runs can be compared; without the key nobody can try guesses.
"""

import hashlib
import hmac
import os
import re
import secrets
from functools import cache
from pathlib import Path

from lab.model.sealed import PREFIX, Sealed

_SECRET = re.compile(
    r"PASS(WORD|WD|PHRASE)|SECRET|JWT|(API|ACCESS|PRIVATE)_?KEY"
    r"|(TOKEN|CREDENTIALS?)($|_)|(^|_)(PASS|KEY)($|_)|_(PWD|AUTH)$",
    re.IGNORECASE,
)
"""As settings are called, PGPASSWORD, MYSQL_PWD and REDISCLI_AUTH among them; PWD alone is a folder."""
_IN_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_PAIR = re.compile(r"(?P<option>--set=)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)", re.DOTALL)
_DIGITS = 16


def seal(name: str, value: str) -> str:
    """The value as it is, or sealed where the name of its setting says that it is a secret."""
    looks = _SECRET.search(name) and value and not value.startswith(PREFIX)
    return Sealed(_digest(value), secret=value) if looks else value


def without_password(name: str, value: str) -> str:
    """A variable's value for the record: a secret, or the user and password inside of a URL, as digests."""
    return _IN_URL.sub(lambda found: f"{PREFIX}{_digest(found[0])}", str(seal(name, value)))


def in_argument(argument: str) -> str:
    """An argument of the command line for the record: `NAME=value` sealed where NAME says so."""
    pair = _PAIR.fullmatch(argument)
    if pair is None:
        return argument
    return f"{pair['option'] or ''}{pair['name']}={seal(pair['name'], pair['value'])}"


def _digest(value: str) -> str:
    return hmac.new(_key(), value.encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def _for_this_user_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@cache
def _key() -> bytes:
    """This user's key, made when it is first needed; one for this process alone where there is no home to keep it."""
    path = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "lab" / "digest.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(path, "xb", opener=_for_this_user_alone) as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    except OSError:
        return secrets.token_bytes(32)
    return path.read_bytes()
