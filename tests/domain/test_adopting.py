"""Taking over a backup's call settings: what is set here stays unless it is to be replaced, and twice is once."""

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.calls.adopting import adopted
from connector.domain.calls.filters import CallSettings, Filters, WorkHours, work_hours

HOURS = st.sampled_from(
    [
        None,
        work_hours("Mon-Fri 09:00-18:00", zone="Europe/Rome"),
        work_hours("Sat 10:00-12:00", zone="Asia/Kolkata"),
    ]
)
KEYS = st.sampled_from(["sim 1", "sim 2", "pixel"])


@st.composite
def settings(draw: st.DrawFn) -> CallSettings:
    hours: WorkHours | None = draw(HOURS)
    private = frozenset(draw(st.sets(st.sampled_from(["a" * 64, "b" * 64, "c" * 64]))))
    return CallSettings(
        tracking=draw(st.booleans()),
        region=draw(st.sampled_from([None, "IN"])),
        timezone=draw(st.sampled_from(["UTC", "Asia/Kolkata"])),
        filters=Filters(private=private, work_hours=hours),
        owners=draw(st.dictionaries(KEYS, st.sampled_from(["asha", "bo"]))),
    )


@given(settings(), settings(), st.booleans())
def test_nothing_that_is_set_here_is_overwritten(
    known: CallSettings,
    told: CallSettings,
    has_own_prints: bool,  # noqa: FBT001 - hypothesis hands it
) -> None:
    found = adopted(known, told, has_own_prints=has_own_prints, replaces=False)
    after = found.settings
    assert dict(after.owners) == {**told.owners, **known.owners}
    assert after.filters.work_hours == (known.filters.work_hours or told.filters.work_hours)
    assert (found.owners_replaced, len(after.owners)) == (0, len(known.owners) + found.owners_new)


@given(settings(), settings(), st.booleans(), st.booleans())
def test_private_numbers_are_only_added_and_only_where_their_prints_fit(
    known: CallSettings,
    told: CallSettings,
    has_own_prints: bool,  # noqa: FBT001 - hypothesis hands it
    replaces: bool,  # noqa: FBT001 - the same
) -> None:
    found = adopted(known, told, has_own_prints=has_own_prints, replaces=replaces)
    added = told.filters.private if has_own_prints else frozenset()
    assert found.settings.filters.private == known.filters.private | added
    assert found.private_unfit == (0 if has_own_prints else len(told.filters.private))
    kept = (found.settings.tracking, found.settings.region, found.settings.timezone)
    assert kept == (known.tracking, known.region, known.timezone)


@given(settings(), settings())
def test_replacing_takes_all_that_the_backup_has_and_twice_is_once(
    known: CallSettings, told: CallSettings
) -> None:
    found = adopted(known, told, has_own_prints=True, replaces=True)
    assert dict(found.settings.owners) == {**known.owners, **told.owners}
    assert found.settings.filters.work_hours == (told.filters.work_hours or known.filters.work_hours)
    again = adopted(found.settings, told, has_own_prints=True, replaces=True)
    assert again.settings == found.settings
    assert (again.owners_new, again.owners_replaced, again.private_new, again.work_hours) == (0, 0, 0, "same")
