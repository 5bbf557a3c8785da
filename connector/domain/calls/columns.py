"""Which column of a table, or name of a JSON object, is which field of a row."""

from collections.abc import Iterable, Mapping

from connector.domain.call import FIELDS
from connector.domain.errors import BadInputError
from connector.domain.normalise.text import fold

_NAMES = {
    "started_at": "started at|start|start time|starttime|started|timestamp|datetime|date time"
    "|date and time|call date time"
    "|call datetime|call start time|data inizio|data ora|inizio|fecha hora|fecha inicio|date heure"
    "|debut|beginn|anfang"
    "|startzeit|data hora|call start",
    "date": "date|call date|day|data|fecha|datum|jour",
    "time": "time|call time|ora|hora|heure|uhrzeit|zeit",
    "ended_at": "ended at|end|end time|endtime|ended|call end|call end time|data fine|fine|fin|ende|endzeit",
    "duration": "duration|duration seconds|call duration|talk time|length|dur|duration s"
    "|duration sec|seconds|durata"
    "|duracion|duree|dauer|duracao|billsec|duration in seconds",
    "type": "type|call type|calltype|tipo|tipo chiamata|art|anruftyp|type d appel|event type",
    "direction": "direction|call direction|direzione|direccion|sens|richtung",
    "status": "status|call status|outcome|state|stato|stato chiamata|estado|statut|result"
    "|call result|dialstatus",
    "is_incoming": "incoming call|is incoming|incoming",
    "is_missed": "missed call|is missed|missed",
    "number": "number|phone|phone number|phonenumber|peer number raw|client number|customer number"
    "|contact number|numero"
    "|telefono|telephone|tel|telefon|rufnummer|nummer|mobile|other party|caller id|numero telefono"
    "|lead phone",
    "normalized_number": "normalized number|peer number",
    "from_number": "from|from number|caller|caller number|source number|src|chiamante"
    "|numero chiamante|from phone number",
    "to_number": "to|to number|callee|called number|called|destination|dst|destination number"
    "|numero chiamato|chiamato"
    "|dialed number|dialled number|to phone number",
    "country_code": "country code|client country code|dial code",
    "region": "countryiso|country iso|peer region",
    "presentation": "presentation|peer presentation",
    "extension": "extension|post dial digits|peer extension",
    "name": "name|contact name|client name|customer name|contact|to name|nome|nombre|nom|kontakt"
    "|peer name|lead name",
    "user_id": "user id|userid|emp code|employee code|agent id|employee id|owner id|owner",
    "user_name": "user|user name|username|emp name|employee|employee name|agent|agent name|utente"
    "|operatore|usuario"
    "|agente|utilisateur|benutzer|mitarbeiter|salesperson",
    "user_phone": "user phone|emp number|employee number|agent number|own number"
    "|phone account address|my number",
    "device_id": "device id|device|source device id|imei",
    "native_id": "id|native id|call id|callid|uniqueid|uniq|source native id|log id|uuid|uid",
    "modified_at": "modified at|last modified|updated at|source modified at",
    "tz": "tz|timezone|time zone|zone|fuso orario",
    "utc_offset_minutes": "utc offset minutes",
    "sim_slot": "sim|sim slot|slot",
    "subscription_id": "subscription id|sim subscription id",
    "sim_label": "sim label|sim name",
    "component": "subscription component name",
    "features": "features",
    "channel": "channel|call method|medium",
    "is_video": "is video|call mode|video",
    "note": "note|notes|comment|comments|remark|remarks|nota|notas|bemerkung",
    "disposition": "disposition|esito|feedback|crm status|call outcome",
    "tags": "tags|labels|emp tags",
    "recording_url": "recording url|recording|call recording url|recording link",
    "recording_file": "recording file",
    "contact_id": "contact id",
    "lead_id": "lead id|leadid",
    "system": "system|source system",
}  # fmt: skip
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split("|")}


def field_named(name: str) -> str | None:
    """Return the field that a name certainly means, in any case and with any separators; None: none."""
    folded = fold(name.replace(".", " "))
    return _FIELD_OF.get(folded) or (name if name in FIELDS else None)


def custom_map(pairs: Iterable[str]) -> Mapping[str, str]:
    """Read `field=column` pairs; return column (folded) → field. Raises BadInputError."""
    found: dict[str, str] = {}
    for pair in pairs:
        field, _, column = pair.partition("=")
        if field.strip() not in FIELDS or not column.strip():
            raise BadInputError(
                f"--map takes FIELD=COLUMN, and {field.strip()[:40]!r} must be one of {', '.join(sorted(FIELDS))}."
            )
        found[fold(column)] = field.strip()
    return found


def columns_of(headers: Iterable[str], custom: Mapping[str, str]) -> dict[str, str]:
    """Return column → field for those that have one. What `custom` names goes first; a field has one column.

    Raises BadInputError when `custom` names a column that is not there.
    """
    names = list(headers)
    folded = {fold(name): name for name in names}
    if lost := [column for column in custom if column not in folded]:
        raise BadInputError(f"There is no column {lost[0]!r}; there are {', '.join(names)[:300]}.")
    found = {folded[column]: field for column, field in custom.items()}
    taken = set(found.values())
    for name in names:
        field = field_named(name)
        if name not in found and field is not None and field not in taken:
            found[name] = field
            taken.add(field)
    return found


def check_columns(found: Mapping[str, str], headers: Iterable[str]) -> None:
    """Raise BadInputError with the question to answer when a table cannot tell calls."""
    fields = set(found.values())
    there = ", ".join(headers)[:300]
    if not fields & {"started_at", "date"}:
        raise BadInputError(
            f"Which column says when a call began? --map started_at=COLUMN; there are: {there}."
        )
    if not fields & {"number", "from_number", "to_number", "normalized_number"}:
        raise BadInputError(
            f"Which column is the other party's number? --map number=COLUMN; there are: {there}."
        )
