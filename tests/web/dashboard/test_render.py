"""Every page renders, whatever its texts say, and keeps the promises all pages make."""

import re
from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from support.dashboard_pages import ASHA, EMPTY, HOSTILE, HOSTILE_PAGES, LEADS, RICH, SIGNED_OUT, shell
from support.form_pages import COUNTED
from support.times import NOW

from connector.web.dashboard.assets import Assets
from connector.web.dashboard.render import Renderer, absolute, counted, distance, seconds
from connector.web.dashboard.views import (
    CSRF_FIELD,
    PAGES,
    ConnectionCard,
    Connections,
    Leads,
    Overview,
    PastCount,
    Shell,
    navigation,
)

SAMPLES = {**RICH, **EMPTY, **HOSTILE_PAGES}
VOID = frozenset(("meta", "link", "input", "rect", "line", "circle", "path", "br"))
UNLABELLED = frozenset(("hidden", "submit"))


class Page(HTMLParser):
    """What the tests ask of a page: its elements in order, with the form and label each lies in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.forms: list[dict[str, str | list[str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given, tuple(self.open)))
        if tag == "form":
            self.forms.append({"method": given.get("method", ""), "fields": []})
        elif tag == "input" and "form" in self.open:
            inside = self.forms[-1]["fields"]
            assert isinstance(inside, list)
            inside.append(given.get("name", ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, tuple(self.open)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [given for name, given, _ in self.elements if name == tag]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(Assets.packaged().href)


@pytest.fixture(scope="module")
def pages(renderer: Renderer) -> dict[str, Page]:
    return {name: Page(renderer.render(around, view, now=NOW)) for name, (around, view) in SAMPLES.items()}


def test_every_view_has_a_template_and_every_template_a_view(renderer: Renderer) -> None:
    named = {getattr(page, "template", None) for page in PAGES}
    assert named == renderer.template_names()
    assert len(named) == len(PAGES)


def test_every_view_is_among_the_samples() -> None:
    assert {type(view) for _, view in RICH.values()} == set(PAGES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_is_well_formed_and_its_ids_are_unique(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    assert page.unbalanced == []
    assert page.open == []
    ids = Counter(given["id"] for _, given, _ in page.elements if "id" in given)
    assert [one for one, times in ids.items() if times > 1] == []
    live = Counter(given["data-live"] for _, given, _ in page.elements if "data-live" in given)
    assert [one for one, times in live.items() if times > 1] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_has_nothing_inline_and_nothing_from_elsewhere(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    assert page.all("style") == []
    assert [given.get("src", "") for given in page.all("script")] == [Assets.packaged().href("app.js")]
    for tag, given, _ in page.elements:
        assert not [one for one in given if one.startswith("on") or one == "style"], (tag, given)
        assert tag not in {"iframe", "object", "embed", "base"}
        for loaded in ("src", "action"):
            assert given.get(loaded, "/").startswith("/"), (tag, given)
    assert all(given["href"].startswith("/static/") for given in page.all("link"))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_form_that_posts_carries_the_token_and_no_other_does(pages: dict[str, Page], name: str) -> None:
    for form in pages[name].forms:
        carried = [one for one in form["fields"] if one == CSRF_FIELD]
        assert len(carried) == (1 if form["method"] == "post" else 0), form


@pytest.mark.parametrize("name", SAMPLES)
def test_every_field_has_a_label_and_every_reference_a_target(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    ids = {given["id"] for _, given, _ in page.elements if "id" in given}
    labelled = {given["for"] for given in page.all("label") if "for" in given}
    for tag, given, around in page.elements:
        if tag in {"input", "select", "textarea"} and given.get("type") not in UNLABELLED:
            assert given.get("id") in labelled or "label" in around, given
        for reference in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget"):
            assert set(given.get(reference, "").split()) <= ids, (tag, given)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_has_its_landmarks_and_one_first_heading(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert [around for tag, _, around in page.elements if tag == "title" and "head" in around] == [
        ("html", "head")
    ]
    assert page.all("html")[0]["lang"] == "en"
    skip = page.all("a")[0]
    assert (skip["class"], skip["href"]) == ("skip", "#content")
    assert page.all("main")[0]["id"] == "content"
    assert {given.get("role") for given in page.all("p")} >= {"status"}
    assert all("scope" in given for given in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))


@pytest.mark.parametrize("name", HOSTILE_PAGES)
def test_hostile_texts_stay_texts(renderer: Renderer, name: str) -> None:
    around, view = HOSTILE_PAGES[name]
    html = renderer.render(around, view, now=NOW)
    assert "<script>alert" not in html
    assert "{{ 7*7 }}" in html
    assert HOSTILE in "".join(text for _, text in Page(html).texts)


def test_names_of_strangers_cannot_turn_the_text_around_them(renderer: Renderer) -> None:
    turned = LEADS[0].__class__(id="1", received_at=NOW, name="\u202eABC", page_name="P", state="held")
    html = renderer.render(shell("leads"), Leads(rows=(turned,)), now=NOW)
    assert "<bdi>\u202eABC</bdi>" in html


@pytest.mark.parametrize(
    ("changed", "is_whole", "offered"), [(1, True, True), (0, False, True), (0, True, False)]
)
def test_past_leads_can_follow_unless_all_were_looked_at_and_none_would(
    renderer: Renderer, *, changed: int, is_whole: bool, offered: bool
) -> None:
    count = PastCount(leads=2400, looked_at=1000, changed=changed, left_alone=0, failed=0, is_whole=is_whole)
    html = renderer.render(shell("forms"), replace(COUNTED, count=count), now=NOW)
    assert ("/forms/300/apply" in html) is offered


def test_a_viewer_is_offered_nothing_that_changes(renderer: Renderer) -> None:
    html = renderer.render(shell(role="viewer"), Overview(), now=NOW)
    assert f'href="{shell().root}/connect"' not in html
    assert f'href="{shell().root}/connect"' in renderer.render(shell(role="admin"), Overview(), now=NOW)


def test_health_is_told_by_word_icon_and_tone(renderer: Renderer) -> None:
    html = renderer.render(shell("connections"), Connections(cards=(ASHA,)), now=NOW)
    found = re.search(
        r'<div class="connection-state"><span class="badge tone-warning"><svg.*?</svg>(.*?)<', html
    )
    assert found
    assert found[1] == "Needs attention"


def test_the_theme_is_of_the_shell(renderer: Renderer) -> None:
    around = Shell(csrf_token="t", theme="dark")
    html = renderer.render(around, RICH["sign-in"][1], now=NOW)
    assert '<html lang="en" data-theme="dark"' in html
    assert 'value="dark" title="Dark" aria-pressed="true"' in html


def test_secrets_and_people_are_in_no_repr() -> None:
    assert SIGNED_OUT.csrf_token not in repr(SIGNED_OUT)
    hidden = {one.name for one in fields(ConnectionCard) if not one.repr}
    assert {"account_name", "connected_by"} <= hidden


@pytest.mark.parametrize(
    ("apart", "text"),
    [
        (timedelta(seconds=-59), "just now"),
        (timedelta(seconds=-60), "1 minute ago"),
        (timedelta(minutes=-119), "1 hour ago"),
        (timedelta(days=-12), "12 days ago"),
        (timedelta(seconds=5), "in a moment"),
        (timedelta(hours=2), "in 2 hours"),
    ],
)
def test_distances_are_in_the_largest_whole_unit(apart: timedelta, text: str) -> None:
    assert distance(NOW + apart, NOW) == text


def test_numbers_are_said_as_people_say_them() -> None:
    assert (counted(1, "lead"), counted(1_204, "lead"), counted(2, "entry", "entries")) == (
        "1 lead",
        "1,204 leads",
        "2 entries",
    )
    assert (seconds(0.84), seconds(42.4), seconds(200)) == ("0.8 s", "42 s", "3 min")
    assert absolute(datetime(2026, 3, 1, 9, 5, tzinfo=UTC)) == "1 Mar 2026, 09:05 UTC"


def test_the_first_section_lies_at_the_root() -> None:
    assert [navigation("", {})[0].href, navigation("/w/main", {"leads": 3})[2].count] == ["/", 3]
