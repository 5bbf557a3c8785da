from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from connector.domain.lead import WorkspaceId
from connector.domain.people import (
    ROLES,
    PersonId,
    Role,
    Viewer,
    display_name,
    email_key,
    lower,
    password_bytes,
    password_problem,
)
from connector.domain.return_to import HOME, return_to
from connector.domain.throttling import (
    ADDRESS,
    EMAIL,
    FORGOTTEN_MS,
    KNOWN_BROWSER,
    Failures,
    Policy,
    address_throttle,
    charged,
    email_throttle,
)

MAIN, OTHER = WorkspaceId("main"), WorkspaceId("other")
SITE = "https://connect.example.com/sign-in"
ATTACKS = st.text(alphabet="/\\.:@?#%&;= \t\n\r\x00aex5c2F09\u3002\uff0f\u2044", max_size=30)


def viewer(role: Role) -> Viewer:
    return Viewer(person_id=PersonId("p"), name="Ada", email="ada@example.com", roles={MAIN: role})


def test_what_each_role_may() -> None:
    reads = {role for role in ROLES if viewer(role).may(MAIN, "read")}
    connects = {role for role in ROLES if viewer(role).may(MAIN, "connect")}
    manages = {role for role in ROLES if viewer(role).may(MAIN, "people")}
    assert (reads, connects, manages) == ({"viewer", "admin", "owner"}, {"admin", "owner"}, {"owner"})


@pytest.mark.parametrize("role", ROLES)
def test_nobody_may_anything_elsewhere(role: Role) -> None:
    assert not viewer(role).may(OTHER, "read")
    assert not viewer(role).may(OTHER, "people")


def test_the_lesser_role() -> None:
    assert lower("owner", "admin") == "admin"
    assert lower("viewer", "admin") == "viewer"


def test_no_repr_tells_who() -> None:
    assert "ada@" not in repr(viewer("owner"))
    assert "Ada" not in repr(viewer("owner"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com ", "ADA@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
        ("STRASSE@example.com", "straße@example.com"),
    ],
)
def test_two_writings_of_one_address(one: str, other: str) -> None:
    assert email_key(one) == email_key(other) is not None


@pytest.mark.parametrize(
    "text", ["", "ada", "@example.com", "ada@", "a b@example.com", "a@b@c.de", "x" * 300]
)
def test_what_is_no_address(text: str) -> None:
    assert email_key(text) is None


@given(st.text())
def test_addresses_and_names_are_taken_or_not_and_never_raise(text: str) -> None:
    key = email_key(text)
    assert key is None or email_key(key) is not None
    assert display_name(display_name(text)) == display_name(text)
    assert display_name(text).isprintable()
    password_bytes(text)


@pytest.mark.parametrize(
    "password",
    ["", "short", "aaaaaaaaaaaa", "abababababab", "x" * 257, "ada@example.com", "my ada@example.com!"],
)
def test_weak_passwords_are_named(password: str) -> None:
    problem = password_problem(password, email="Ada@example.com")
    assert problem is not None
    assert password not in problem or not password


def test_a_long_phrase_is_taken_in_every_composition() -> None:
    assert password_problem("fünf kleine Äpfel", email="ada@example.com") is None
    assert password_bytes("fünf") == password_bytes("fu\u0308nf")


@given(ATTACKS | st.text(max_size=40).map(lambda tail: f"/{tail}"))
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("/..//evil.example")
@example("/.//evil.example")
@example("https://evil.example")
@example("javascript:alert(1)")
@example("/a/..//evil.example")
@example("\\\\evil.example")
def test_no_return_address_leaves_the_site(text: str) -> None:
    safe = return_to(text)
    assert safe in {text, HOME}
    assert safe.startswith("/")
    as_browsers_read = "".join(c for c in safe if c not in "\t\r\n").replace("\\", "/")
    for base in (SITE, "http://127.0.0.1:8080/a/b"):
        assert urlsplit(urljoin(base, as_browsers_read)).netloc == urlsplit(base).netloc
        assert URL(base).join(URL(as_browsers_read)).authority == URL(base).authority
    assert not str(URL(safe)).startswith("//")
    assert safe.isascii()
    assert safe.isprintable()
    assert "//" not in safe


@pytest.mark.parametrize(
    "path",
    ["/", "/w/main/leads?state=held&page=1", "/connect/facebook/start?connection=con_1", "/a%2F%2Fb#x"],
)
def test_our_own_addresses_are_kept(path: str) -> None:
    assert return_to(path) == path


def test_none_and_too_long_lead_home() -> None:
    assert return_to(None) == return_to("/" + "a" * 2000) == HOME


def attempts(policy: Policy, count: int, *, every_ms: int = 0) -> list[Failures]:
    seen, made = Failures(), list[Failures]()
    for number in range(count):
        seen = charged(seen, policy, now_ms=1_000_000 + number * every_ms)
        made.append(seen)
    return made


@pytest.mark.parametrize("policy", [EMAIL, ADDRESS, KNOWN_BROWSER])
def test_blocks_begin_after_the_free_attempts_and_grow_to_their_bound(policy: Policy) -> None:
    made = attempts(policy, policy.free + 40)
    assert all(not one.blocked_until_ms for one in made[: policy.free - 1])
    blocks = [one.blocked_until_ms - one.last_at_ms for one in made[policy.free - 1 :]]
    assert blocks[:2] == [policy.first_s * 1000, 2 * policy.first_s * 1000]
    assert blocks == sorted(blocks)
    assert blocks[-1] == policy.longest_s * 1000


def test_a_day_without_failure_forgets() -> None:
    seen = attempts(EMAIL, 30)[-1]
    assert charged(seen, EMAIL, now_ms=seen.last_at_ms + FORGOTTEN_MS).count == 1


@given(st.integers(0, 10**9), st.integers(0, 2**45), st.integers(0, 2**45))
def test_a_block_is_never_longer_than_its_bound(count: int, last_at_ms: int, now_ms: int) -> None:
    held = charged(Failures(count=count, last_at_ms=last_at_ms), EMAIL, now_ms=now_ms)
    assert held.blocked_until_ms <= now_ms + EMAIL.longest_s * 1000


def test_one_customer_of_ipv6_is_one_address() -> None:
    assert address_throttle("2001:db8::1") == address_throttle("2001:db8::ffff:0:0:1")
    assert address_throttle("2001:db8::1") != address_throttle("2001:db8:0:1::1")
    assert address_throttle("::ffff:192.0.2.1") == address_throttle("192.0.2.1")
    assert address_throttle("") == address_throttle("no address") == "address:unknown"


def test_a_throttle_does_not_tell_the_address() -> None:
    assert "ada" not in email_throttle("ada@example.com")
    assert email_throttle(None) == email_throttle("")
