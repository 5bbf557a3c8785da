"""Backups of phone apps as XML: "SMS Backup & Restore" (SyncTech) in all its versions, and "Super Backup".

Each call is parsed by itself, so that a broken one is refused alone and no document is ever held. Nothing is
expanded: a document type is refused, and an entity that XML does not define breaks its own row only.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote
from xml.parsers import expat

from adapters.texts import TextFile
from connector.domain.call import RawCall, RejectedRow, bounded
from connector.domain.errors import BadInputError

ELEMENT_CHARS_MAX = 32 * 1024
"""Of one call; a call has about 400."""
_START = re.compile(r"<!--|<!DOCTYPE|<!ENTITY|<(?:call|log)(?=[\s/>])|</(?:calls|alllogs)\s*>", re.IGNORECASE)
_TAG = re.compile(r"""<\w+((?:[^"'<>]|"[^"]*"|'[^']*')*)>""")
_ROOT = re.compile(r"<(calls|alllogs|smses)\b([^>]{0,4096})>")
_COUNT = re.compile(r"""\bcount\s*=\s*["'](\d{1,9})["']""")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,6})|(\d{1,7}));")
_PAIR = re.compile(r"([\ud800-\udbff])([\udc00-\udfff])")
_LONE = re.compile("[\ud800-\udfff]")
_LONGEST_START = 16
_OURS = re.compile(r"<!--leads-connector((?: [a-z]+=[\w.%~]*)*)-->", re.ASCII)
_OURS_CHARS = 16 * 1024
_OWNER = {"user": "user_id", "device": "device_id", "phone": "user_phone"}

SMS_BACKUP: Mapping[str, str] = {
    "number": "number",
    "duration": "duration",
    "date": "started_at",
    "type": "type",
    "presentation": "presentation",
    "subscription_id": "subscription_id",
    "post_dial_digits": "extension",
    "subscription_component_name": "component",
    "contact_name": "name",
}
"""Source: SyncTech, "Fields in XML backup files". `readable_date` is in the phone's own words: kept, not read."""
SUPER_BACKUP: Mapping[str, str] = {
    "number": "number",
    "dur": "duration",
    "date": "started_at",
    "type": "type",
    "name": "name",
}


class Dialect(NamedTuple):
    """Which app wrote it, and its names of our fields. `owner`: what a file of ours says of whose calls they are."""

    system: str
    names: Mapping[str, str]
    owner: Mapping[str, str] | None = None


DIALECTS = {
    "calls": Dialect("sms_backup_restore", SMS_BACKUP),
    "alllogs": Dialect("super_backup", SUPER_BACKUP),
}


def root_of(head: str) -> Dialect:
    """Return the dialect of a file by its beginning. Raises BadInputError."""
    found = _ROOT.search(head)
    if "<!DOCTYPE" in head.upper() or "<!ENTITY" in head.upper():
        raise BadInputError("The file has a document type, which no phone app writes: it is not read.")
    if found is None:
        raise BadInputError("The XML is no call log: its root is neither `calls` nor `alllogs`.")
    if found[1] == "smses":
        raise BadInputError("The file is a backup of messages; calls are in one of their own, `calls-….xml`.")
    return DIALECTS[found[1]]._replace(owner=owner_of(head))


def owner_of(head: str) -> Mapping[str, str] | None:
    """Return the fields that the comment of a file of ours tells; None: an app wrote it."""
    found = _OURS.search(head[:_OURS_CHARS])
    if found is None:
        return None
    pairs = (pair.partition("=") for pair in found[1].split())
    return {_OWNER[name]: unquote(value) for name, _, value in pairs if name in _OWNER}


def read_xml(file: TextFile, dialect: Dialect, notes: list[str]) -> Iterator[RawCall | RejectedRow]:
    """Yield the calls in the order of the file. What is odd about the whole goes to `notes`, at the end."""
    read = 0
    for line, text in _elements(file):
        read += 1
        yield _row(line, text, dialect, file.path.name)
    declared = _COUNT.search(_head_of(file))
    if declared is not None and int(declared[1]) != read:
        notes.append(f"the file says that it has {declared[1]} calls, and has {read}")


def _head_of(file: TextFile) -> str:
    block = next(file.blocks(), "")
    root = _ROOT.search(block)
    return root[2] if root else ""


def _elements(file: TextFile) -> Iterator[tuple[int, str]]:
    """Yield line and text of each call element, up to where the next one begins."""
    blocks = file.blocks()
    held, at, line = "", 0, 1
    while True:
        found = _START.search(held, at)
        word = found[0].lower() if found else ""
        if word.startswith(("<!d", "<!e")):
            raise BadInputError("The file has a document type, which no phone app writes: it is not read.")
        start = found.start() if found else max(at, len(held) - _LONGEST_START)
        line += held.count("\n", at, start)
        end = _end(held, start, word) if found else None
        if end is None:
            block = next(blocks, None) if len(held) - start <= ELEMENT_CHARS_MAX else ""
            if block:
                held, at = held[start:] + block, 0
                continue
            end = len(held)
        if word in {"<call", "<log"}:
            yield line, held[start:end]
        elif not found:
            return
        line += held.count("\n", start, end)
        at = end


def _end(held: str, start: int, word: str) -> int | None:
    """Return where the element or comment that begins at `start` ends; None: not in what is held."""
    if word == "<!--":
        at = held.find("-->", start)
        return None if at < 0 else at + 3
    if word.startswith("</"):
        return start + len(word)
    following = _START.search(held, start + 1)
    return following.start() if following else None


def _row(line: int, text: str, dialect: Dialect, file: str) -> RawCall | RejectedRow:
    tag = _TAG.match(text) if len(text) <= ELEMENT_CHARS_MAX else None
    if tag is None:
        return RejectedRow(line=line, text=bounded(text), reason="the element is broken or has no end")
    try:
        told = _attributes(f"<c{_repaired(tag[1].rstrip().removesuffix('/'))}/>")
    except expat.ExpatError as error:
        reason = f"the element is no XML: {expat.errors.messages[error.code]}"
        return RejectedRow(line=line, text=bounded(text), reason=reason)
    fields = {ours: told[theirs] for theirs, ours in dialect.names.items() if theirs in told}
    extra = {name: value for name, value in told.items() if name not in dialect.names}
    if dialect.owner is not None:
        fields.update(dialect.owner)
        extra.pop("readable_date", None)  # we made it
    return RawCall(
        system=dialect.system, row=line, text=bounded(tag[0]), fields=fields, extra=extra, file=file
    )


def _attributes(element: str) -> dict[str, str]:
    found: dict[str, str] = {}
    parser = expat.ParserCreate("utf-8")

    def start(_name: str, attributes: dict[str, str]) -> None:
        found.update(attributes)

    parser.StartElementHandler = start
    parser.Parse(element.encode("utf-8", "replace"), True)
    return found


def _repaired(text: str) -> str:
    """Join the surrogate pairs that the app writes as two references; what XML forbids becomes U+FFFD."""
    if "&#" not in text:
        return text
    text = _REFERENCE.sub(_referred, text)
    text = _PAIR.sub(lambda pair: _joined(pair[1], pair[2]), text)
    return _LONE.sub("\ufffd", text)


def _referred(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - the surrogates
        return chr(code)
    is_char = code in {9, 10, 13} or (0x20 <= code <= 0x10FFFF and code not in {0xFFFE, 0xFFFF})  # noqa: PLR2004 - XML 1.0, 2.2
    return found[0] if is_char else "\ufffd"


def _joined(high: str, low: str) -> str:
    return chr(0x10000 + ((ord(high) - 0xD800) << 10) + (ord(low) - 0xDC00))
