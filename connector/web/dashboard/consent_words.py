"""What a person is told before and after a provider's consent page: who asks, for what, what lacks without it."""

from collections.abc import Mapping, Sequence

from connector.domain.google_consent import DRIVE_BOX, DRIVE_FILE
from connector.domain.lead import WorkspaceId
from connector.web.dashboard.addresses import consent_href
from connector.web.dashboard.views import ChoosePages, ConnectChoice, DataUse, Message, Withheld
from connector.web.dashboard.views.words import Provider

CONSEQUENCES: Mapping[str, str] = {
    "pages_show_list": "Without it your Pages cannot be listed.",
    "pages_read_engagement": "Without it a Page and its forms cannot be looked at.",
    "pages_manage_metadata": "Without it Facebook cannot tell us of new leads.",
    "pages_manage_ads": "Without it forms, and so what the answers mean, cannot be read.",
    "leads_retrieval": "Without it no lead can be read.",
    "ads_management": "Without it campaigns and ads have no names.",
    DRIVE_FILE: f'The box "{DRIVE_BOX}" was not ticked: without it no backup can be written.',
}
BLOCKING = frozenset({"pages_show_list", "pages_manage_metadata", "leads_retrieval", DRIVE_FILE})
NO_TASK = "You may not manage ads or leads of this Page: ask one of its admins for the task."
NO_GOOGLE = "Set google.client_id and google.client_secret first; docs/admins.md says how to get them."

_FACEBOOK = ConnectChoice(
    provider="facebook",
    start_href="",
    asks="This connector asks Facebook for you, under the app that your organisation registered at Meta.",
    data=(
        DataUse(what="Your Pages and their lead forms", why="so that you can choose whose leads are read."),
        DataUse(what="Leads, as they were filled in", why="each becomes a contact in your CRM."),
        DataUse(what="Names of campaigns and ads", why="so that a contact says where it came from."),
    ),
    goes_to="Into this installation and the CRM it is set to, nowhere else. You can disconnect at any time.",
)
_GOOGLE = ConnectChoice(
    provider="google",
    start_href="",
    asks="This connector asks Google for you, under the client that your organisation registered there.",
    data=(
        DataUse(
            what="Files that this app makes itself in your Drive",
            why="backups of call logs are written there; your other files are never seen.",
        ),
        DataUse(what="Your e-mail address", why="so that you see which account the backups go to."),
    ),
    goes_to="Backups go into your own Drive. Tokens are sealed here; disconnecting revokes and erases them.",
)


_DECLINED = "The consent was declined, or the provider does not let this app ask yet (development mode)."
_FAILED = "The consent came back, but could not be taken up. Try again; if it stays, tell your operator."


def withheld_of(scopes: Sequence[str]) -> tuple[Withheld, ...]:
    """Return what was not given, with what does not work without it."""
    return tuple(
        Withheld(
            name=scope.rpartition("/")[2],
            consequence=CONSEQUENCES.get(scope, "It is needed for this to work."),
            is_blocking=scope in BLOCKING,
        )
        for scope in scopes
    )


def stopped_view(provider: Provider, why: str, scopes: Sequence[str], *, again: str) -> ChoosePages | Message:
    """Return the page after a consent that came to nothing. Only scopes that we ask for are named."""
    asked = withheld_of([scope for scope in scopes if scope in CONSEQUENCES])
    if why == "box" and asked:
        return ChoosePages(
            provider=provider, account_name="the account you chose", withheld=asked, reconsent_href=again
        )
    return Message(
        status=403,
        title="Nothing was connected",
        text=_FAILED if why == "failed" else _DECLINED,
        next_label="Try again",
        next_href=again,
    )


def choices(workspace_id: WorkspaceId, *, google_is_set: bool) -> tuple[ConnectChoice, ...]:
    """Return what can be connected to a workspace."""
    return (
        _choice(_FACEBOOK, workspace_id, unavailable=None),
        _choice(_GOOGLE, workspace_id, unavailable=None if google_is_set else NO_GOOGLE),
    )


def _choice(choice: ConnectChoice, workspace_id: WorkspaceId, *, unavailable: str | None) -> ConnectChoice:
    return ConnectChoice(
        provider=choice.provider,
        start_href=consent_href(choice.provider, workspace_id=workspace_id),
        asks=choice.asks,
        data=choice.data,
        goes_to=choice.goes_to,
        unavailable=unavailable,
    )
