"""XML for "SMS Backup & Restore" (SyncTech): puts calls back onto a phone. The format has no owner, so one file each.

Attributes and their order are those of the app's version 10; nothing else is written, for we cannot see what it does
with more. A comment, which the app passes over, says whose calls they are, so that our importer knows.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from adapters.call_files.writing import BLOCK_BYTES, HashedFile, sync_folder
from connector.domain.backup.files import WriteOptions, WrittenFile
from connector.domain.backup.naming import cut_to_bytes
from connector.domain.call import Call, CallType
from connector.domain.calls.identity import UNKNOWN_PRESENTATION, at_ms, owner_key
from connector.domain.calls.times import zone_named

MEDIA_TYPE = "application/xml"
TEXT_CHARS_MAX = 1000
"""Of one attribute; what is longer is cut, so that every importer takes the element."""
OWNER_CHARS_MAX = 300
SPOOL_BYTES = 8 * 1024
"""Of one owner that wait in memory."""
_HEAD = (
    "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!--{owner}-->\n"
    '<calls count="{count}" type="full">\n'
)
_TAIL = b"</calls>\n"
_CODES: dict[CallType, int] = {
    "incoming": 1,
    "outgoing": 2,
    "missed": 3,
    "voicemail": 4,
    "rejected": 5,
    "blocked": 6,
    "answered_externally": 7,
}
_SPECIAL = re.compile("[^ !#-%'-;=?-~]")
"""Anything but plain ASCII that an attribute holds as it is."""
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Source: XML 1.0, 2.2. No reference to them is allowed either."""
_ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;",
})  # fmt: skip
_UNSAFE_IN_NAMES = re.compile(r"[^\w+.@-]+")
_NAME_BYTES_MAX = 60


class PhoneBackupWriter:
    """Writes one file an owner; implements `ports.backups.CallWriter`. Each owner costs some kilobytes."""

    def __init__(self, folder: Path, stem: str, options: WriteOptions) -> None:
        self._folder = folder
        self._stem = stem
        self._zone = zone_named(options.zone)
        self._spools: dict[str, _Spool] = {}
        self._files: list[Path] = []
        self._is_done = False

    def add(self, call: Call) -> None:
        owner = owner_key(call)
        spool = self._spools.get(owner)
        if spool is None:
            path = self._folder / f".{self._stem}-{len(self._spools)}.part"
            spool = self._spools[owner] = _Spool(path, _owner_comment(call))
        spool.add(_element(call, self._zone))

    def close(self) -> Sequence[WrittenFile]:
        written = [self._written(owner, spool) for owner, spool in self._spools.items()]
        sync_folder(self._folder)
        self._is_done = True
        return written

    def _written(self, owner: str, spool: "_Spool") -> WrittenFile:
        """Put the head, which has the count, before what was spooled."""
        file = HashedFile(self._folder / f"{self._stem}{_suffix(owner)}.xml")
        self._files.append(file.path)
        try:
            file.write(_HEAD.format(owner=spool.comment, count=spool.rows).encode())
            spool.move_to(file)
            file.write(_TAIL)
            return file.finish(kind="xml", media_type=MEDIA_TYPE, rows=spool.rows, owner=owner or None)
        except OSError:
            file.discard()
            raise

    def abort(self) -> None:
        if not self._is_done:
            for spool in self._spools.values():
                spool.path.unlink(missing_ok=True)
            for path in self._files:
                path.unlink(missing_ok=True)
        self._is_done = True


class _Spool:
    """The calls of one owner until their number is known: a little in memory, the rest in a file."""

    def __init__(self, path: Path, comment: str) -> None:
        self.path = path
        self.comment = comment
        self.rows = 0
        self._held = bytearray()

    def add(self, element: str) -> None:
        self._held += element.encode()
        self.rows += 1
        if len(self._held) >= SPOOL_BYTES:
            with self.path.open("ab") as file:  # opened anew: owners may be more than files may be open
                file.write(self._held)
            self._held.clear()

    def move_to(self, file: HashedFile) -> None:
        if self.path.exists():
            with self.path.open("rb") as spooled:
                while block := spooled.read(BLOCK_BYTES):
                    file.write(block)
            self.path.unlink()
        file.write(self._held)


def _element(call: Call, zone: ZoneInfo) -> str:
    peer, sim = call.peer, call.sim
    presentation = peer.presentation or (1 if peer.number or peer.number_raw else UNKNOWN_PRESENTATION)
    local = call.started_at.astimezone(zone)
    return (
        f'  <call number="{_text(peer.number or peer.number_raw)}" duration="{call.duration_seconds}"'
        f' date="{at_ms(call.started_at)}" type="{_code(call)}" presentation="{presentation}"'
        f' subscription_id="{_text(sim.subscription_id or "null")}" post_dial_digits="{_text(peer.extension or "")}"'
        f' subscription_component_name="{_text(call.extra.get("component", "null"))}"'
        f' readable_date="{local:%b} {local.day}, {local:%Y %I:%M:%S %p}"'
        f' contact_name="{_text(peer.name or "(Unknown)")}" />\n'
    )


def _code(call: Call) -> int:
    """Return the phone's number of the type: its own word where we have none, else what it looked like."""
    known = _CODES.get(call.type)
    if known is not None:
        return known
    if call.type_code is not None:
        return call.type_code
    if call.direction == "outbound":
        return _CODES["outgoing"]
    return _CODES["incoming" if call.duration_seconds else "missed"]


def _text(text: str) -> str:
    text = text[:TEXT_CHARS_MAX]
    if _SPECIAL.search(text) is None:
        return text
    return _FORBIDDEN.sub("", text).translate(_ESCAPES)


def _owner_comment(call: Call) -> str:
    told = {"user": call.user.id, "device": call.source.device_id, "phone": call.user.phone}
    # no `--` may be in a comment; and it stands in the file's beginning whole
    pairs = (
        f"{name}={quote(value, safe='').replace('-', '%2D')}"
        for name, value in told.items()
        if value and len(value) <= OWNER_CHARS_MAX
    )
    return " ".join(("leads-connector", *pairs))


def _suffix(owner: str) -> str:
    """Return what an owner's files are called after: readable, and never the same for two."""
    if not owner:
        return ""
    plain = cut_to_bytes(_UNSAFE_IN_NAMES.sub("_", owner), _NAME_BYTES_MAX)
    is_same = plain == owner == owner.lower()
    return f"-{plain}" if is_same else f"-{plain}-{sha256(owner.encode()).hexdigest()[:8]}"
