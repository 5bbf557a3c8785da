"""Pages as far as the demo's browser must understand them: titles, notices, links, forms and what they send."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_TYPED = frozenset({"checkbox", "radio"})
_PRESSED = frozenset({"button", "image", "reset", "submit"})

Attributes = Sequence[tuple[str, str | None]]


@dataclass(slots=True, kw_only=True)
class Form:
    """A form and the fields that it sends as it stands. `action` "" leads to the page's own address."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list, repr=False)  # holds tokens


@dataclass(slots=True, kw_only=True)
class Document:
    """What a page says. `notice` is what was just done, "" where nothing was."""

    title: str = ""
    notice: str = ""
    links: list[str] = field(default_factory=list, repr=False)
    forms: list[Form] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects a document. Fields outside of a form, and buttons that nobody presses, send nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self._form: Form | None = None
        self._select = ""
        self._reading = ""  # which text is being read: `title`, `notice` or none

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                method = given.get("method", "get").lower()
                self._form = Form(action=given.get("action", ""), method=method)
                self.document.forms.append(self._form)
            case "input":
                self._field(given)
            case "select":
                self._select = given.get("name", "")
            case "option" if "selected" in given:
                self._send(self._select, given.get("value", ""))
            case "a" if "href" in given:
                self.document.links.append(given["href"])
            case "title":
                self._reading = "title"
            case "p" if "flash" in given.get("class", "").split():
                self._reading = "notice"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif (tag, self._reading) in {("title", "title"), ("p", "notice")}:
            self._reading = ""

    def handle_data(self, data: str) -> None:
        if self._reading == "title":
            self.document.title += data
        elif self._reading == "notice":
            self.document.notice += data

    def _field(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if "disabled" in given or kind in _PRESSED or (kind in _TYPED and "checked" not in given):
            return
        self._send(given.get("name", ""), given.get("value", "on" if kind in _TYPED else ""))

    def _send(self, name: str, value: str) -> None:
        if self._form is not None and name:
            self._form.fields.append((name, value))


def read_document(text: str) -> Document:
    """Return what a page says. Total: what is no HTML is a document with nothing in it."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.document
