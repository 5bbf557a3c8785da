"""What sources call a call: Android's numbers, labels and dialers' statuses in the languages that exports use."""

from connector.domain.call import CallStatus, CallType, Channel, Direction
from connector.domain.normalise.text import fold

NULL_WORDS = frozenset({"", "null", "(unknown)", "n/a", "none", "nil", "undefined"})
"""Case does not matter. `null` is what Android writes for one, `(Unknown)` what its backup apps write."""

_ANDROID: dict[int, CallType] = {
    1: "incoming",
    2: "outgoing",
    3: "missed",
    4: "voicemail",
    5: "rejected",
    6: "blocked",
    7: "answered_externally",
}
"""Source: AOSP, android.provider.CallLog.Calls.TYPE. Makers add others, which stay numbers."""
_TYPES: dict[CallType, str] = {
    "incoming": "incoming|inbound|in|received|answered|incoming call|received call|entrata|in entrata|ricevuta"
    "|entrante|recibida|entrant|entrante appel|eingehend|angenommen|recebida",
    "outgoing": "outgoing|outbound|out|dialled|dialed|outgoing call|dialled call|dialed call|made|sortie|sortant"
    "|uscita|in uscita|effettuata|saliente|realizada|ausgehend|gewahlt|efetuada",
    "missed": "missed|unanswered|missed call|persa|perduta|perdida|manque|appel manque|verpasst|entgangen",
    "voicemail": "voicemail|voice mail|segreteria|buzon|messagerie|mailbox",
    "rejected": "rejected|declined|rejected call|rifiutata|rechazada|rejete|refuse|abgelehnt",
    "blocked": "blocked|refused list|refused|blocked call|bloccata|bloqueada|bloque|blockiert",
    "answered_externally": "answered externally|answered elsewhere",
}
_TYPE_WORDS = {word: name for name, words in _TYPES.items() for word in words.split("|")}
_STATUSES: dict[CallStatus, str] = {
    "answered": "answer|answered|completed|connected|complete|held|risposto|risposta|contestada|repondu|success",
    "no_answer": "no answer|noanswer|not answered|unanswered|missed|not held|non risposto|nessuna risposta"
    "|sin respuesta|sans reponse|keine antwort|rejected|declined|left voicemail|no response|not connected",
    "busy": "busy|occupato|ocupado|occupe|besetzt|user busy",
    "failed": "failed|chanunavail|congestion|fallito|fallita|fallida|echec|fehlgeschlagen|error|invalidargs",
    "canceled": "cancel|canceled|cancelled|annullato|annullata|cancelada|annule|abgebrochen",
}
_STATUS_WORDS = {word: name for name, words in _STATUSES.items() for word in words.split("|")}
_TRUE = frozenset({"1", "true", "yes", "y", "si", "t", "ja", "oui"})
_CHANNELS: dict[str, Channel] = {
    "phonecall": "cellular",
    "phone": "cellular",
    "phone call": "cellular",
    "sim": "cellular",
    "cellular": "cellular",
    "wifi": "wifi",
    "voip": "voip",
    "whatsappcall": "whatsapp",
    "whatsapp": "whatsapp",
    "cloud": "cloud",
}
_INBOUND: frozenset[CallType] = frozenset({
    "incoming", "missed", "voicemail", "rejected", "blocked", "answered_externally",
})  # fmt: skip
_FROM_TYPE: dict[CallType, CallStatus] = {
    "incoming": "answered",
    "answered_externally": "answered",
    "missed": "no_answer",
    "voicemail": "no_answer",
    "rejected": "no_answer",
    "blocked": "no_answer",
}


def is_null(text: str) -> bool:
    """Tell whether a cell says that there is nothing."""
    return len(text) < 12 and text.strip().lower() in NULL_WORDS  # noqa: PLR2004 - longer than any of them


def is_true(text: str) -> bool:
    """Tell whether a yes-or-no cell says yes."""
    return text.strip().lower() in _TRUE


def type_of(text: str) -> tuple[CallType | None, int | None]:
    """Return the type that a number or a label means, and the number. None: it is no word of ours."""
    if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 7:  # noqa: PLR2004 - Android's int
        return _ANDROID.get(int(text)), int(text)
    name = _TYPE_WORDS.get(fold(text))
    if name is None and any(text == known for known in (*_FROM_TYPE, "outgoing", "unknown")):
        name = text  # type: ignore[assignment] # our own word
    return name, None


def status_of(text: str) -> CallStatus | None:
    """Return the status that a dialer's word means. None: it is no word of ours."""
    return _STATUS_WORDS.get(fold(text))


def direction_of(text: str) -> Direction | None:
    """Return the direction that a word means. None: it is no word of ours."""
    name = _TYPE_WORDS.get(fold(text))
    return None if name is None else direction_of_type(name)


def direction_of_type(name: CallType) -> Direction:
    """Return which way a call of this type went."""
    if name == "outgoing":
        return "outbound"
    return "inbound" if name in _INBOUND else "unknown"


def status_of_type(name: CallType, duration_s: int) -> CallStatus:
    """Return whether people talked. Android has no such flag: an outgoing call of 0 s was not answered."""
    if name == "outgoing":
        return "answered" if duration_s > 0 else "no_answer"
    return _FROM_TYPE.get(name, "unknown")


def channel_of(text: str) -> Channel:
    """Return the channel that a word means."""
    return _CHANNELS.get(fold(text), "unknown")
