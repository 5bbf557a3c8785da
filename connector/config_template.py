"""The file that `connector init` writes: every key with its comment and default, and fresh secrets."""

import base64
import json
from collections.abc import Callable, Mapping

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from connector.config_checks import KEY_BYTES
from connector.config_models import RUN_NEEDS, is_secret, sections

_HEADER = """\
# Settings of the connector. Lines that begin with #: are defaults; remove the #: to change one.
# Each key also works as environment variable CONNECTOR_<SECTION>__<KEY>, each secret also as a file
# <section>_<key> in the folder $CREDENTIALS_DIRECTORY. Order: environment, credential files, this file.
"""
_HOLDS_SECRETS = "# This file holds secrets: let only the service's user read it.\n"
_SECRETS_APART = "# The secrets are apart, one file each: keep them out of here.\n"

Fresh = Mapping[str, str | list[str]]


def commented_toml(token_bytes: Callable[[int], bytes]) -> str:
    """Return the text; `token_bytes(n)` gives n unguessable bytes, as `secrets.token_bytes` does."""
    return _HEADER + _HOLDS_SECRETS + _body(_fresh(token_bytes))


def toml_and_credentials(token_bytes: Callable[[int], bytes]) -> tuple[str, Mapping[str, str]]:
    """Return the text without secrets, and what every needed secret's credential file is to hold.

    One that only a provider can give is empty.
    """
    fresh = _fresh(token_bytes)
    files: dict[str, str] = {}
    for place in RUN_NEEDS:
        section, _, key = place.partition(".")
        if is_secret(section, key):
            value = fresh.get(place, "")
            files[f"{section}_{key}"] = "\n".join([value] if isinstance(value, str) else value)
    return _HEADER + _SECRETS_APART + _body({}, apart=True), files


def _fresh(token_bytes: Callable[[int], bytes]) -> Fresh:
    return {
        "state.encryption_keys": [_base64(token_bytes(KEY_BYTES))],
        "facebook.verify_token": token_bytes(16).hex(),
        "crm.signing_secret": f"whsec_{_base64(token_bytes(KEY_BYTES))}",
    }


def _body(fresh: Fresh, *, apart: bool = False) -> str:
    lines = [""]
    for section, kind in sections().items():
        lines.append(f"# {kind.__doc__}\n[{section}]")
        lines += [
            _setting(section, key, field, fresh)
            for key, field in kind.model_fields.items()
            if not (apart and is_secret(section, key))
        ]
        lines.append("")
    return "\n".join(lines)


def _setting(section: str, key: str, field: FieldInfo, fresh: Fresh) -> str:
    place = f"{section}.{key}"
    remark = f"{'secret; ' if is_secret(section, key) else ''}{field.description}"
    remark += "; needed" if place in RUN_NEEDS and place not in fresh else ""
    active = place in RUN_NEEDS
    return f"# {remark}\n{'' if active else '#:'}{key} = {_toml(fresh.get(place, field.default))}"


def _toml(value: object) -> str:
    """Write a default the way TOML wants it; a TOML string is a JSON string for what we write."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    return json.dumps(list(plain) if isinstance(plain, tuple) else plain, ensure_ascii=False, default=str)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
