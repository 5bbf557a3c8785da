"""Backups on the dashboard, in the whole daemon: a schedule made, run, followed, restored and drilled; who may."""

import re
from html import unescape

from support.backup_acts import BACKUPS, FIELDS, account, connected, made, run, settled
from support.dashboard_site import MAIN, DashboardSite, Shown

from adapters.sandbox.google.objects import FOLDER, GoogleConsent
from connector.domain.calls.taking import CallFilter

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


async def test_a_schedule_is_shown_before_it_is_saved_then_run_and_followed(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    empty = await owner.get(BACKUPS)
    assert "Make a schedule" in empty.said
    assert "nothing is backed up yet" in (await owner.get("/w/main")).said
    editor = await owner.get(f"{BACKUPS}/new")
    assert f'value="{account(dashboard)}" selected' in editor.text
    shown = await owner.post(f"{BACKUPS}/new", {**FIELDS, "account": account(dashboard), "do": "preview"})
    assert shown.status == 200
    assert len(re.findall(r"[A-Z][a-z]{2} \d+ [A-Z][a-z]{2} \d{4}, 02:30", shown.said)) == 5
    assert dashboard.ids("SELECT id FROM backup_schedules") == []
    schedule = await made(dashboard, owner)
    page = await owner.get(schedule)
    assert "No backup yet" in page.said
    assert "Every day at 02:30, Europe/Lisbon" in page.said
    at = await run(dashboard, owner, schedule)
    done = await owner.get(at)
    assert "Good" in done.said
    assert "Each file's checksum in the Drive is ours" in done.said
    assert "ada" in done.said or "@" in done.said
    files = dashboard.ids("SELECT drive_id FROM backup_files")
    assert len(files) == 3
    links = done.links("https://drive.google.com/file/d/")
    assert sorted(links) == sorted(f"https://drive.google.com/file/d/{one}/view" for one in files)
    for digest in dashboard.ids("SELECT sha256 FROM backup_files"):
        assert digest in done.text
    card = await owner.get(BACKUPS)
    assert re.search(
        r"Last good backup .* ago 30 calls, \S+ KB in 3 files", card.said.replace("just now", "0 s ago")
    )
    overview = await owner.get("/w/main")
    assert "Up to date" in overview.said
    assert "30 calls" in overview.said
    audit = (await owner.get("/w/main/audit")).said
    assert "schedule made" in audit
    assert "run asked" in audit


async def test_a_restore_is_previewed_then_applied_and_twice_is_once(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    at = await run(dashboard, owner, await made(dashboard, owner))
    unseen = await owner.post(f"{at}/restore")
    assert unseen.status == 400
    assert "Preview first" in unseen.said
    gone = dashboard.ids("SELECT call_id FROM calls ORDER BY call_id LIMIT 4")
    await purged(dashboard, 4)
    assert len(dashboard.ids("SELECT call_id FROM calls")) == 26
    assert (await owner.post(f"{at}/preview")).status == 303
    again = await owner.land(await owner.post(f"{at}/preview"))
    assert "It is under way already." in again.said
    await settled(dashboard, "SELECT state FROM backup_restores")
    shown = await owner.get(at)
    assert "Would add 4 Would change 0 Would keep 26" in shown.said
    assert len(dashboard.ids("SELECT call_id FROM calls")) == 26
    for adds, keeps in ((4, 26), (0, 30)):
        assert (await owner.post(f"{at}/restore")).status == 303
        await settled(dashboard, "SELECT state FROM backup_restores")
        assert f"Added {adds} Changed 0 Kept {keeps}" in (await owner.get(at)).said
        assert len(dashboard.ids("SELECT call_id FROM calls")) == 30
    assert set(gone) <= set(dashboard.ids("SELECT call_id FROM calls"))
    audit = (await owner.get("/w/main/audit")).said
    assert "restore asked" in audit
    assert "preview asked" in audit


async def purged(dashboard: DashboardSite, count: int) -> None:
    """Remove the oldest calls."""
    starts = sorted(map(int, dashboard.ids("SELECT started_at_ms FROM calls")))
    await dashboard.inside.daemon.rooms.calls.purge(MAIN, CallFilter(until_ms=starts[count]))


async def test_a_drill_is_asked_for_and_dated(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    schedule = await made(dashboard, owner)
    await run(dashboard, owner, schedule)
    assert (await owner.post(f"{schedule}/drill")).status == 303
    await settled(dashboard, "SELECT state FROM backup_drills")
    page = await owner.get(schedule)
    assert "Restorable" in page.said
    assert "30 calls restored and compared" in page.said
    assert "drill asked" in (await owner.get("/w/main/audit")).said


async def test_what_makes_no_schedule_is_said_beside_its_field(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    await made(dashboard, owner)
    for name, fields, said in (
        ("name", {"name": ""}, "A schedule needs a name"),
        ("name", {}, "Another schedule has this name."),
        ("cron", {"how": "cron", "cron": "61 * * * *"}, "is no schedule"),
        ("cron", {"how": "cron", "cron": "* * * * *"}, "more often than every 15 minutes"),
        ("time", {"time": "25:00"}, "A time of day is written as 02:30."),
        ("zone", {"zone": "Mars"}, "is no IANA time zone"),
        ("daily", {"daily": "many"}, "It must be a whole number."),
        ("min_count", {"min_count": "0"}, "At least 1 backup is kept"),
        ("account", {"account": ""}, "Say which Google account"),
        ("file_name", {"file_name": "{year"}, "A name's pattern may hold"),
        ("recipients", {"sealing": "recipients", "recipients": "me"}, "A recipient is a public key of age"),
        ("recipients", {"sealing": "recipients"}, "Give at least one public key"),
        ("phrase", {"sealing": "phrase", "phrase": "a", "phrase_again": "b"}, "typed in two ways"),
        ("phrase", {"sealing": "phrase", "phrase": "secret", "phrase_again": "secret"}, "too weak"),
    ):
        sent = {**FIELDS, "name": "Another", "account": account(dashboard), "do": "save"}
        if name == "name" and not fields:
            sent["name"] = "Every night"
        answer = await owner.post(f"{BACKUPS}/new", {**sent, **fields})
        assert answer.status == 422, (name, answer.said)
        assert said in beside(answer, name), (name, fields)
    without = {key: value for key, value in FIELDS.items() if not key.startswith("format_")}
    answer = await owner.post(f"{BACKUPS}/new", {**without, "account": account(dashboard), "do": "save"})
    assert "Formats are one or more of" in beside(answer, "formats")
    assert len(dashboard.ids("SELECT id FROM backup_schedules")) == 1


def beside(answer: Shown, name: str) -> str:
    """Return what is said beside a field."""
    return unescape(" ".join(re.findall(rf'id="error-{name}\d*" role="alert">([^<]*)<', answer.text)))


async def test_a_key_sheet_is_shown_once_and_its_backup_is_sealed(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard, calls=3)
    phrase = "correct horse battery staple"
    sealed = {**FIELDS, "account": account(dashboard), "do": "save", "sealing": "phrase"}
    sheet = await owner.post(f"{BACKUPS}/new", {**sealed, "phrase": phrase, "phrase_again": phrase})
    assert sheet.status == 200
    assert "KEY SHEET FOR SEALED CALL LOG BACKUPS" in sheet.said
    assert sheet.headers["Cache-Control"] == "no-store"
    assert phrase not in sheet.text
    (schedule,) = dashboard.ids("SELECT id FROM backup_schedules")
    at = await run(dashboard, owner, f"{BACKUPS}/schedules/{schedule}")
    assert "sealed" in (await owner.get(at)).said
    editor = await owner.get(f"{BACKUPS}/schedules/{schedule}/edit")
    assert "KEY SHEET" not in editor.text
    assert 'value="keep" checked' in editor.text
    before = dashboard.ids("SELECT sealing FROM backup_schedules")
    kept = {**sealed, "sealing": "keep", "name": "Renamed"}
    changed = await owner.post(f"{BACKUPS}/schedules/{schedule}/edit", kept)
    assert "The schedule is changed." in (await owner.land(changed)).said
    assert dashboard.ids("SELECT sealing FROM backup_schedules") == before
    assert dashboard.ids("SELECT name FROM backup_schedules") == ["Renamed"]


async def test_a_new_key_is_on_its_sheet_and_nowhere_here(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard, calls=3)
    schedule = await made(dashboard, owner)
    before = dashboard.ids("SELECT sealing FROM backup_schedules")
    sent = {**FIELDS, "account": account(dashboard), "sealing": "key"}
    preview = await owner.post(f"{schedule}/edit", {**sent, "do": "preview"})
    assert "AGE-SECRET-KEY" not in preview.text
    assert dashboard.ids("SELECT sealing FROM backup_schedules") == before, "a look makes no key"
    sheet = await owner.post(f"{schedule}/edit", {**sent, "do": "save"})
    identity = re.search(r"AGE-SECRET-KEY-1\w+", sheet.text)
    assert identity is not None
    (sealing,) = dashboard.ids("SELECT sealing FROM backup_schedules")
    assert identity[0] not in sealing
    recipient = re.search(r"age1\w+", sheet.text)
    assert recipient is not None
    assert recipient[0] in sealing
    assert identity[0] not in (await owner.get(schedule)).text
    dashboard.home.leaks.secret(identity[0])
    assert dashboard.home.leaks.in_logs() == []


async def test_deletions_wait_for_a_word_about_what_was_seen(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard, calls=2)
    schedule = await made(
        dashboard,
        owner,
        min_count="1",
        min_age_days="1",
        daily="0",
        weekly="0",
        monthly="0",
        yearly="0",
        is_on="",
    )
    for _ in range(4):
        await run(dashboard, owner, schedule)
    await dashboard.clock.advance(20 * 86_400.0)
    owner = await dashboard.browser_of(owner.person_id)
    page = await owner.get(schedule)
    assert "2 old backups wait for your word." in page.said
    seen = re.search(r'name="runs" value="([^"]*)"', page.text)
    assert seen is not None
    other = await owner.land(await owner.post(f"{schedule}/confirm", {"runs": seen[1].split()[0]}))
    assert "look again" in other.said
    assert set(dashboard.ids("SELECT COALESCE(confirmed_at_ms, 0) FROM backup_runs")) == {"0"}
    done = await owner.land(await owner.post(f"{schedule}/confirm", {"runs": seen[1]}))
    assert "go to the Drive's bin with the next run" in done.said
    await run(dashboard, owner, schedule)
    gone = "SELECT id FROM backup_runs WHERE trashed_at_ms IS NOT NULL"
    # a run is over before what is old is taken away: nothing is claimed then, and time runs on
    await dashboard.flow.pass_by(1800.0, step_s=1.0, until=lambda: len(dashboard.ids(gone)) > 2)
    assert len(dashboard.ids(gone)) >= len(seen[1].split()) + 1
    assert "Deleted" in (await owner.get(BACKUPS)).said
    assert "deletions confirmed" in (await owner.get("/w/main/audit")).said


async def test_what_a_killed_process_left_on_our_disk_is_gone_within_the_hour(
    dashboard: DashboardSite,
) -> None:
    owner = await connected(dashboard, calls=2)
    await run(dashboard, owner, await made(dashboard, owner))
    (run_id,) = dashboard.ids("SELECT id FROM backup_runs")
    left = dashboard.home.folder / "spool" / f"run-{run_id}-{1:032x}"
    left.mkdir()
    await dashboard.flow.pass_by(3660.0, step_s=600.0)
    assert not left.exists()


async def test_a_run_without_room_waits_says_numbers_and_is_an_alert(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    (drive,) = dashboard.sandbox.google.world.accounts.values()
    drive.limit_bytes = drive.used_elsewhere_bytes + 10
    schedule = await made(dashboard, owner)
    begun = await owner.post(f"{schedule}/run")
    held = "SELECT id FROM backup_runs WHERE hold = 'storage'"
    await dashboard.flow.pass_by(30.0, step_s=1.0, until=lambda: bool(dashboard.ids(held)))
    for page in (await owner.get(begun.location), await owner.get(schedule), await owner.get(BACKUPS)):
        assert re.search(r"The backup needs \S+ KB, and the Drive has 10 bytes of", page.said)
    assert "Make room in that Drive" in (await owner.get(schedule)).said
    assert schedule in (await owner.get("/w/main/alerts")).links(schedule)
    assert "Waiting" in (await owner.get("/w/main")).said
    unended = await owner.land(await owner.post(f"{schedule}/run"))
    assert "A run was under way already." in unended.said
    assert len(dashboard.ids("SELECT id FROM backup_runs")) == 1


async def test_a_schedule_that_misses_twice_is_an_alarm_until_it_works_again(
    dashboard: DashboardSite,
) -> None:
    owner = await connected(dashboard)
    world = dashboard.sandbox.google.world
    (drive,) = world.accounts.values()
    schedule = await made(dashboard, owner)
    await run(dashboard, owner, schedule)
    drive.limit_bytes = drive.used_elsewhere_bytes
    stale = "SELECT key FROM alerts WHERE resolved_at_ms IS NULL AND key LIKE 'backup.stale:%'"
    await dashboard.flow.pass_by(1.5 * DAY_S, step_s=3 * HOUR_S)
    assert dashboard.ids(stale) == []
    await dashboard.flow.pass_by(DAY_S, step_s=3 * HOUR_S, until=lambda: bool(dashboard.ids(stale)))
    assert dashboard.ids(stale)
    owner = await dashboard.browser_of(owner.person_id)  # two days later
    alerts = await owner.get("/w/main/alerts")
    assert "The backup Every night has not worked for two of its times." in alerts.said
    assert schedule in alerts.links(schedule)
    # the run that waits for room says what to do; it goes on by itself, and so the alarm ends
    assert "Make room in that Drive" in (await owner.get(schedule)).said
    drive.limit_bytes = None
    await dashboard.flow.pass_by(2 * HOUR_S, step_s=600, until=lambda: not dashboard.ids(stale))
    assert dashboard.ids(stale) == []
    assert "Up to date" in (await owner.get("/w/main")).said


async def test_two_google_accounts_each_take_the_backups_of_their_schedules(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    world = dashboard.sandbox.google.world
    (first,) = world.accounts.values()
    second = world.add_account("grace@harbour.example", "Grace Hopper")
    world.next_consent = GoogleConsent(account=second)
    await dashboard.connect_google(owner)
    ids = dict(dashboard.home.rows("SELECT account_name, id FROM connections WHERE provider = 'google'"))
    assert set(ids) == {first.email, second.email}
    editor = await owner.get(f"{BACKUPS}/new")
    assert all(f'<option value="{one}"' in editor.text for one in ids.values())
    unsaid = await owner.post(f"{BACKUPS}/new", {**FIELDS, "account": "", "do": "save"})
    assert unsaid.status == 422
    question = re.search(r"Say which Google account: (\S+), (\S+)\.", unsaid.said)
    assert question is not None
    assert set(question.groups()) == set(ids)
    drives = {}
    for at, email in enumerate(ids):
        schedule = await made(dashboard, owner, name=f"Copy {at}", account=ids[email])
        done = await owner.get(await run(dashboard, owner, schedule))
        assert email in done.said
        page = await owner.get(schedule)
        assert email in page.said
        drives[email] = set(page.links("https://drive.google.com/drive/folders/"))
    assert len(drives[first.email]) == len(drives[second.email]) == 1
    assert drives[first.email] != drives[second.email]
    owners = [file.owner for file in world.files.values() if file.mime_type != FOLDER]
    assert sorted(owners) == sorted([first.sub] * 3 + [second.sub] * 3)
    # one that is lost holds its own schedule up and no other
    world.revoke(first, world.client.project)
    begun = [
        await owner.post(f"{one}/run") for one in (await owner.get(BACKUPS)).links(f"{BACKUPS}/schedules/")
    ]
    assert begun
    good = "SELECT account_email FROM backup_runs WHERE state = 'good'"
    await dashboard.flow.pass_by(120.0, step_s=1.0, until=lambda: len(dashboard.ids(good)) == 3)
    assert sorted(dashboard.ids(good)) == sorted([first.email, second.email, second.email])
    cards = (await owner.get(BACKUPS)).said
    assert "Account lost" in cards
    assert "Up to date" in cards


async def test_a_run_whose_account_is_lost_says_so_and_leads_into_consent(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    schedule = await made(dashboard, owner)
    dashboard.home.execute("UPDATE connections SET state = 'reconnect' WHERE provider = 'google'")
    begun = await owner.post(f"{schedule}/run")
    assert "Its Google account is lost." in (await owner.get(begun.location)).said
    card = await owner.get(schedule)
    assert "nothing is backed up" in card.said
    assert card.links("/connect/google/start?connection=")
    viewer = await dashboard.visitor("vera", main="viewer")
    assert not (await viewer.get(schedule)).links("/connect/google/start")


async def test_a_run_is_canceled_and_a_schedule_removed(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    schedule = await made(dashboard, owner)
    begun = await owner.post(f"{schedule}/run")
    canceled = await owner.land(await owner.post(f"{begun.location}/cancel"))
    assert "It ends in a moment" in canceled.said or "It was over already" in canceled.said
    await settled(dashboard, "SELECT state FROM backup_runs")
    assert "It was over already." in (await owner.land(await owner.post(f"{begun.location}/cancel"))).said
    removed = await owner.land(await owner.post(f"{schedule}/remove"))
    assert "Its backups stay in the Drive." in removed.said
    assert (await owner.get(schedule)).status == 404


async def test_viewers_look_and_strangers_do_not(dashboard: DashboardSite) -> None:
    owner = await connected(dashboard)
    schedule = await made(dashboard, owner)
    at = await run(dashboard, owner, schedule)
    viewer = await dashboard.visitor("vera", main="viewer")
    acts = {
        f"{BACKUPS}/new": FIELDS,
        f"{schedule}/edit": FIELDS,
        **{f"{schedule}/{act}": {} for act in ("run", "drill", "confirm", "remove")},
        **{f"{at}/{act}": {} for act in ("cancel", "preview", "restore")},
    }
    for path in (BACKUPS, schedule, at):
        shown = await viewer.get(path)
        assert shown.status == 200
        assert not [form for form in shown.links("/w/main/backups") if form in acts]
    noted = "SELECT id FROM audit WHERE action LIKE 'backup.%'"
    before = dashboard.ids(noted)
    other = await dashboard.visitor("otto", other="owner")
    for path, fields in acts.items():
        assert (await viewer.post(path, fields)).status == 403
        assert (await owner.post(path, fields, csrf="wrong")).status == 403
        assert (await other.post(path, fields)).status == 404
        assert (await other.post(path.replace("/w/main", "/w/other"), fields)).status in {404, 422}
    for path in (schedule, at):
        assert (await other.get(path.replace("/w/main", "/w/other"))).status == 404
    assert dashboard.ids(noted) == before
    assert dashboard.ids("SELECT id FROM backup_restores") == []
    assert dashboard.ids("SELECT id FROM backup_drills") == []
