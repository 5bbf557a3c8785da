"""What `adb shell content query --uri content://call_log/calls` prints: `Row: 0 col=value, col=value`.

Values may hold `, ` and line ends themselves, so a row is cut only before the name of a column that there is.
"""

import re
from collections.abc import Iterator

from adapters.texts import LINE_CHARS_MAX, TextFile
from connector.domain.call import RawCall, RejectedRow, bounded

SYSTEM = "android"
_ROW = re.compile(r"Row: \d+ ")
_FIELDS = {
    "_id": "native_id",
    "number": "number",
    "normalized_number": "normalized_number",
    "presentation": "presentation",
    "type": "type",
    "date": "started_at",
    "duration": "duration",
    "features": "features",
    "subscription_component_name": "component",
    "subscription_id": "subscription_id",
    "phone_account_address": "user_phone",
    "countryiso": "region",
    "name": "name",
    "post_dial_digits": "extension",
    "last_modified": "modified_at",
}
_OTHERS = """
    formatted_number matched_number numbertype numberlabel lookup_uri photo_id photo_uri geocoded_location new is_read
    via_number voicemail_uri transcription transcription_state block_reason call_screening_app_name
    call_screening_component_name missed_reason data_usage subject priority composer_photo_uri location
    is_business_call asserted_display_name uuid add_for_all_users phone_account_hidden
"""
"""Source: AOSP, android.provider.CallLog.Calls (Android 16)."""
_CUT = re.compile(r"(?:^|, )(" + "|".join(sorted({*_FIELDS, *_OTHERS.split()}, key=len, reverse=True)) + ")=")


def read_dump(file: TextFile) -> Iterator[RawCall | RejectedRow]:
    """Yield the rows; what stands before the first is refused as one."""
    held, first = "", 1
    for number, line in enumerate(file.lines(), start=1):
        if _ROW.match(line):
            if held.strip():
                yield _row(first, held, file.path.name)
            held, first = line, number
        elif len(held) < LINE_CHARS_MAX:
            held += line
    if held.strip():
        yield _row(first, held, file.path.name)


def _row(line: int, text: str, file: str) -> RawCall | RejectedRow:
    start = _ROW.match(text)
    body = text[start.end() :].rstrip("\r\n") if start else ""
    cuts = list(_CUT.finditer(body))
    if not cuts or cuts[0].start() != 0 or len(text) > LINE_CHARS_MAX:
        return RejectedRow(line=line, text=bounded(text), reason="is no row of a content query")
    fields: dict[str, str] = {}
    extra: dict[str, str] = {}
    for cut, following in zip(cuts, [*cuts[1:], None], strict=True):
        value = body[cut.end() : following.start() if following else len(body)]
        target, name = (fields, _FIELDS[cut[1]]) if cut[1] in _FIELDS else (extra, cut[1])
        target.setdefault(name, value)
    return RawCall(system=SYSTEM, row=line, text=bounded(text), fields=fields, extra=extra, file=file)
