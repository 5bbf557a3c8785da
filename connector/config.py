"""Loading the settings: environment, credential files, TOML file, defaults; every mistake at once."""

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from connector.config_checks import decode_key, decode_signing_secret, host_port
from connector.config_models import (
    RUN_NEEDS,
    BadSettingsError,
    Section,
    Settings,
    is_secret,
    sections,
    variable,
)
from connector.config_template import commented_toml, toml_and_credentials

__all__ = [
    "RUN_NEEDS",
    "BadSettingsError",
    "Section",
    "Settings",
    "commented_toml",
    "decode_key",
    "decode_signing_secret",
    "host_port",
    "load",
    "toml_and_credentials",
]

SEARCHED = (Path("/etc/connector/connector.toml"), Path("connector.toml"))
"""Where the settings file is looked for when nobody names one."""

_PREFIX = "CONNECTOR_"
_NO_SETTINGS = frozenset({"CONNECTOR_CONFIG", "CONNECTOR_RELOAD_CREDENTIALS", "CONNECTOR_TEST_REQUIRE"})

Values = dict[str, object]


@dataclass(slots=True)
class _Source:
    """What one source gave: values by section and key, and what could not even be read."""

    values: Values = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def put(self, section: str, key: str, value: object) -> None:
        """Keep one value."""
        keys = self.values.setdefault(section, {})
        if isinstance(keys, dict):
            keys[key] = value

    def has(self, place: tuple[int | str, ...]) -> bool:
        """Tell whether this source gave what is at `place` (section, key, …)."""
        found: object = self.values
        for step in place[:2]:
            if not isinstance(found, dict) or step not in found:
                return False
            found = found[step]
        return True


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings. Raises BadSettingsError with every mistake; opens nothing but the files it reads.

    `path` is the file named on the command line; else $CONNECTOR_CONFIG, else the first of `SEARCHED`.
    """
    given = (_environment(environ), _credentials(environ), _file(path, environ))
    mistakes = [mistake for source in given for mistake in source.mistakes]
    settings = None
    try:
        settings = _merged(given)
    except ValidationError as e:
        mistakes += [_mistake(error, given) for error in e.errors(include_url=False, include_input=False)]
    if settings is None or mistakes:
        raise BadSettingsError(tuple(mistakes))
    return settings


def _merged(given: Iterable[_Source]) -> Settings:
    class Sourced(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: PydanticBaseSettingsSource, **__: object
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return tuple(InitSettingsSource(settings_cls, source.values) for source in given)

    loaded = Sourced()
    return Settings.model_construct(**{name: getattr(loaded, name) for name in Settings.model_fields})


def _mistake(error: ErrorDetails, given: tuple[_Source, ...]) -> str:
    place = error["loc"]
    key = ".".join(str(step) for step in place[:2])
    text = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        text = "there is no such setting" if len(place) > 1 else "there is no such section"
    if len(place) > 2 and isinstance(place[2], int):  # noqa: PLR2004 - section, key, entry
        text = f"entry {place[2] + 1}: {text}"
    return f"{key}: {text}{_origin(place, given)}"


def _origin(place: tuple[int | str, ...], given: tuple[_Source, ...]) -> str:
    environment, credentials, _ = given
    if len(place) > 1 and environment.has(place):
        return f" (from {variable(str(place[0]), str(place[1]))})"
    if len(place) > 1 and credentials.has(place):
        return f" (from credential file {place[0]}_{place[1]})"
    return ""


def _environment(environ: Mapping[str, str]) -> _Source:
    source = _Source()
    for name in sorted(environ):
        if not name.startswith(_PREFIX) or name in _NO_SETTINGS:
            continue
        section, found, key = name.removeprefix(_PREFIX).lower().partition("__")
        if not found or not section or not key:
            source.mistakes.append(f"{name}: no such setting; names look like CONNECTOR_<SECTION>__<KEY>")
        else:
            source.put(section, key, _listed(section, key, environ[name], _entries))
    return source


def _entries(text: str) -> list[object]:
    """Take a list apart: a JSON array, or entries separated by commas or blanks."""
    if text.lstrip().startswith("["):
        try:
            array = json.loads(text)
        except ValueError:
            return [text]  # the check of the entry says what is wrong with it
        return array if isinstance(array, list) else [text]
    return list(text.replace(",", " ").split())


def _listed(section: str, key: str, text: str, split: Callable[[str], list[object]]) -> object:
    kind = sections().get(section)
    default = kind.model_fields[key].default if kind and key in kind.model_fields else None
    return split(text) if isinstance(default, tuple) else text


def _credentials(environ: Mapping[str, str]) -> _Source:
    source = _Source()
    if not (folder := environ.get("CREDENTIALS_DIRECTORY")):
        return source
    try:
        files = sorted(file for file in Path(folder).iterdir() if file.is_file())
    except OSError as e:
        source.mistakes.append(f"CREDENTIALS_DIRECTORY: cannot be read ({e.strerror})")
        return source
    for file in files:
        section, _, key = file.name.partition("_")
        if section not in sections():
            continue  # a unit may hold credentials that are not ours
        if not is_secret(section, key):
            source.mistakes.append(f"credential file {file.name}: {section}.{key} is no secret setting")
            continue
        try:
            text = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            source.mistakes.append(f"credential file {file.name}: cannot be read as text")
        else:
            source.put(section, key, _listed(section, key, text, lambda lines: list(lines.split())))
    return source


def _file(path: Path | None, environ: Mapping[str, str]) -> _Source:
    source = _Source()
    named = path or (Path(environ["CONNECTOR_CONFIG"]) if environ.get("CONNECTOR_CONFIG") else None)
    chosen = named or next((file for file in SEARCHED if file.is_file()), None)
    if chosen is None:
        return source
    try:
        source.values.update(tomllib.loads(chosen.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as e:
        source.mistakes.append(f"{chosen}: is no TOML: {_place_only(e)}")
    except UnicodeDecodeError:
        source.mistakes.append(f"{chosen}: is not UTF-8")
    except OSError as e:
        source.mistakes.append(f"{chosen}: cannot be read ({e.strerror})")
    return source


def _place_only(error: tomllib.TOMLDecodeError) -> str:
    """Keep where the error is; a parser's message may quote the text, and the text may be a secret."""
    _, found, place = str(error).rpartition("(at ")
    return place.rstrip(")") if found else "cannot be parsed"
