"""The checks of `connector conform`, in order, each with why it matters and what to do about it."""

from collections.abc import Sequence
from dataclasses import replace

from connector.pipelines import conform
from connector.pipelines.conform import OLD_S, Check, refuses, takes, takes_type

_SIGNATURE = (
    "Verify webhook-signature over `<webhook-id>.<webhook-timestamp>.<raw body>` before anything else."
)
_OTHER_BODY = b'{"type":"ping","data":{}}'
_ALERT = {
    "key": "conformance",
    "severity": "warning",
    "title": "Nothing is wrong: this is a check.",
    "remedy": "None.",
    "raised_at": "2026-01-01T00:00:00.000Z",
    "resolved_at": None,
}

CHECKS: Sequence[Check] = (
    Check(
        name="ping",
        why="Nothing can be delivered to an endpoint that does not take a signed ping.",
        remedy="Answer 2xx at this address; see that both sides have the same signing secret, and the right clock.",
        run=conform.ping,
    ),
    Check(
        name="answers in time",
        why="An answer past the limit counts as none, and the event comes again.",
        remedy="Store the event and answer; do the work afterwards.",
        run=conform.in_time,
    ),
    Check(
        name="no signature is refused",
        why="Otherwise anybody can write contacts into the CRM.",
        remedy=f"{_SIGNATURE} Answer 401 without one.",
        run=refuses(lambda shot: replace(shot, signers=())),
    ),
    Check(
        name="a foreign signature is refused",
        why="Otherwise anybody can write contacts into the CRM.",
        remedy=f"{_SIGNATURE} Answer 401 where none of its entries fits.",
        run=refuses(lambda shot: replace(shot, signers=("wrong",))),
    ),
    Check(
        name="a changed body is refused",
        why="The signature is to cover every byte of the body.",
        remedy=_SIGNATURE,
        run=refuses(lambda shot: replace(shot, signed_body=_OTHER_BODY)),
    ),
    Check(
        name="a changed id is refused",
        why="With another id an old event would pass as a new one.",
        remedy=_SIGNATURE,
        run=refuses(lambda shot: replace(shot, signed_id="evt_another")),
    ),
    Check(
        name="an old timestamp is refused",
        why="Whoever recorded a request could send it again for ever.",
        remedy="Refuse a webhook-timestamp that is more than 5 minutes off, as the libraries do.",
        run=refuses(lambda shot: replace(shot, age_s=OLD_S)),
    ),
    Check(
        name="a future timestamp is refused",
        why="It would stay fresh for as long as somebody likes.",
        remedy="Refuse a webhook-timestamp that is more than 5 minutes off, either way.",
        run=refuses(lambda shot: replace(shot, age_s=-OLD_S)),
    ),
    Check(
        name="two signatures, the second fits",
        why="While the signing secret is changed, every event carries one under each.",
        remedy="Try each entry of webhook-signature, separated by blanks; one that fits is enough.",
        run=takes(lambda shot: replace(shot, signers=("wrong", "right"))),
    ),
    Check(
        name="two signatures, the first fits",
        why="While the signing secret is changed, every event carries one under each.",
        remedy="Try each entry of webhook-signature, separated by blanks; one that fits is enough.",
        run=takes(lambda shot: replace(shot, signers=("right", "wrong"))),
    ),
    Check(
        name="an unknown scheme beside is ignored",
        why="A later scheme comes beside v1, not in its place.",
        remedy="Skip entries of webhook-signature that do not begin with `v1,`.",
        run=takes(lambda shot: replace(shot, signers=("newer", "right"))),
    ),
    Check(
        name="contact.created",
        why="This is what it is all for; the record's id comes back with later events and links both sides.",
        remedy='Take it, and answer {"id": "…"} with your record\'s id.',
        run=conform.created,
    ),
    Check(
        name="the same event again",
        why="An answer that gets lost brings the event again: same id, same bytes.",
        remedy="Keep accepted webhook-ids; answer a known one 2xx, with the same record id, and do nothing.",
        run=conform.repeated,
    ),
    Check(
        name="the same event twice at once",
        why="A connection that breaks may leave two attempts under way.",
        remedy="Let the database decide: a unique key over webhook-id, in the transaction that stores the contact.",
        run=conform.at_once,
    ),
    Check(
        name="a replay",
        why="An operator may send an event again, with connector-replay: true.",
        remedy="Treat it like any repetition: answer 2xx.",
        run=conform.replayed,
    ),
    Check(
        name="contact.updated",
        why="A further lead of the same person is the same record.",
        remedy="Find the contact by contact_id and replace your copy by the one in the event.",
        run=conform.updated,
    ),
    Check(
        name="an older revision after a newer",
        why="After a refusal or a replay an old revision may arrive last: it must not win, and not come for ever.",
        remedy="Ignore a revision that is not higher than yours, and answer 2xx all the same.",
        run=conform.outdated,
    ),
    Check(
        name="numbers past 32 bits",
        why="After a restore of the connector's state, sequence and revision go on from the time in milliseconds.",
        remedy="Keep both as 64-bit numbers, and expect gaps.",
        run=conform.skipped_ahead,
    ),
    Check(
        name="an update of an unknown contact",
        why="The event that created it may have been refused, or be older than your CRM.",
        remedy="Make the contact: the event holds all of it.",
        run=conform.unseen,
    ),
    Check(
        name="contact.created of a known contact",
        why="After a restore of the connector's state a contact may be told anew.",
        remedy="Treat created and updated alike: write by contact_id if the revision is higher.",
        run=conform.told_twice,
    ),
    Check(
        name="unknown types are taken",
        why="New types come at any time; one that is refused is sent for three days.",
        remedy="Answer 2xx to types that you do not use.",
        run=takes_type("conformance.unknown", anything=[1, 2, 3]),
    ),
    Check(
        name="alert.raised",
        why="Alerts, connections and backups come to the same address.",
        remedy="Answer 2xx to events without a contact.",
        run=takes_type("alert.raised", alert=_ALERT),
    ),
    Check(
        name="unknown fields are ignored",
        why="New optional fields come at any time.",
        remedy="Do not validate against a closed schema.",
        run=conform.new_fields,
    ),
    Check(
        name="names of all the world",
        why="People write right to left, in any script, with emoji and line breaks.",
        remedy="Use UTF-8 throughout; on MySQL that is utf8mb4.",
        run=conform.world,
    ),
    Check(
        name="a contact with hardly anything",
        why="Not every form asks for mail or phone; null and empty lists are normal.",
        remedy="Let every field but contact_id be null or empty.",
        run=conform.bare,
    ),
    Check(
        name="a large event",
        why="Long answers make large events; one that is refused is sent for three days.",
        remedy="Take bodies of up to 8 MiB, in the proxy in front as well.",
        run=conform.large,
    ),
    Check(
        name="different contacts at once",
        why="After an outage everything that waited comes at once, 16 at a time.",
        remedy="Let contacts be written side by side; answer 503 with Retry-After if it is too much.",
        run=conform.many,
    ),
    Check(
        name="contact.erased",
        why="A person's removal has a deadline in law, and is repeated until it is taken.",
        remedy="Delete the record of data.contact_id and answer 2xx, also when it is gone already.",
        run=conform.erased,
    ),
    Check(
        name="contact.erased of a stranger",
        why="A removal of somebody you never had is still to be answered, or it comes again.",
        remedy="Answer 2xx where there is nothing to delete.",
        run=conform.erased_unseen,
    ),
    Check(
        name="an old event after the removal",
        why="A late attempt must neither bring the person back nor be sent for ever.",
        remedy="Keep contact_id and revision of who was removed; ignore what is not higher, and answer 2xx.",
        run=conform.late,
    ),
    Check(
        name="no redirects",
        why="Redirects are not followed: a body with personal data goes to the named address only.",
        remedy="Set crm.url to the final address.",
        run=conform.redirects,
    ),
    Check(
        name="no 410",
        why="410 stops everything until an operator resumes it.",
        remedy="Answer 410 only when the endpoint is gone for good.",
        run=conform.never_410,
    ),
    Check(
        name="422 names its fields",
        why="A refusal is shown to an admin beside the field that it names.",
        remedy='Answer {"errors": [{"field": "phones", "message": "…"}]}.',
        run=conform.shape_of_422,
    ),
    Check(
        name="tidying up",
        why="The made-up contacts are taken away again.",
        remedy="Delete what is left of the workspace `conformance` by hand.",
        run=conform.tidied,
    ),
)
