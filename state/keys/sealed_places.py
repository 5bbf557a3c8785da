"""Every column that holds sealed texts, with what each text is bound to. A test compares this with the schema."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from state.accounts.consents import offer_binding, verifier_binding
from state.accounts.google_tokens import access_binding, token_binding
from state.accounts.pages import page_binding
from state.accounts.undoings import undoing_binding
from state.backup.work import session_binding


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPlace:
    """One column. `key`: the table's key; `binding(*values of bound_by)`: what its texts are bound to."""

    table: str
    column: str
    key: tuple[str, ...]
    bound_by: tuple[str, ...]
    binding: Callable[..., str]


PLACES: Sequence[SealedPlace] = (
    SealedPlace(
        table="connections", column="sealed_token", key=("id",), bound_by=("id",), binding=token_binding
    ),
    SealedPlace(
        table="connections", column="sealed_access", key=("id",), bound_by=("id",), binding=access_binding
    ),
    SealedPlace(
        table="pages",
        column="sealed_token",
        key=("page_id", "workspace_id"),
        bound_by=("workspace_id", "page_id"),
        binding=page_binding,
    ),
    SealedPlace(
        table="page_grants",
        column="sealed_token",
        key=("connection_id", "page_id"),
        bound_by=("workspace_id", "page_id"),
        binding=page_binding,
    ),
    SealedPlace(
        table="consent_attempts",
        column="sealed_verifier",
        key=("id",),
        bound_by=("id",),
        binding=verifier_binding,
    ),
    SealedPlace(
        table="consent_attempts", column="sealed_offer", key=("id",), bound_by=("id",), binding=offer_binding
    ),
    SealedPlace(
        table="undoings", column="sealed_token", key=("id",), bound_by=("id",), binding=undoing_binding
    ),
    SealedPlace(
        table="backup_files",
        column="sealed_session",
        key=("run_id", "name"),
        bound_by=("run_id", "name"),
        binding=session_binding,
    ),
)
