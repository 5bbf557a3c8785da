"""What the demo's small browser reads off a page, and what a form would send."""

from hypothesis import given
from hypothesis import strategies as st

from connector.demo.documents import read_document

PAGE = """<!doctype html><title>Choose &amp; go</title>
<p class="flash tone-good" role="status"><svg></svg>Connected, and proved to work.</p><p class="fine">No.</p>
<input name="outside" value="1">
<form method="POST" action="/w/main/connect/pages">
<input type="hidden" name="csrf" value="t&quot;k"><input name="q" type="search"><input value="nameless">
<input type="checkbox" name="page" value="1" checked><input type="checkbox" name="page" value="2">
<input type="checkbox" name="page" value="3" checked disabled><input type="checkbox" name="news" checked>
<select name="role"><option value="viewer">V</option><option value="admin" selected>A</option></select>
<button name="all" value="yes">All</button><input type="submit" name="go" value="Go">
</form><form></form><a href="/connect/google/start?x=1&amp;y=2">On</a><a>Nowhere</a>"""


def test_a_form_sends_what_a_browser_would_send() -> None:
    document = read_document(PAGE)
    assert document.title == "Choose & go"
    assert document.notice == "Connected, and proved to work."
    assert document.links == ["/connect/google/start?x=1&y=2"]
    chosen, empty = document.forms
    assert (chosen.action, chosen.method) == ("/w/main/connect/pages", "post")
    assert chosen.fields == [("csrf", 't"k'), ("q", ""), ("page", "1"), ("news", "on"), ("role", "admin")]
    assert (empty.action, empty.method, empty.fields) == ("", "get", [])


@given(st.text(alphabet=st.sampled_from('<>/="!-& apformtilnus')))
def test_it_reads_anything(text: str) -> None:
    read_document(text)
