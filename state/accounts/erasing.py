"""Erasing the tokens of a connection: nothing that is under way can write one back."""

from connector.domain.connection import ConnectionId
from state.engine import Params, Tx

ERASE = """
    UPDATE connections
       SET sealed_token = NULL, sealed_access = NULL, access_expires_at_ms = NULL, token_print_prefix = NULL,
           token_print_hash = NULL, refresh_due_at_ms = NULL, refresh_claim_id = NULL,
           refresh_lease_until_ms = NULL, probe_due_at_ms = NULL, probe_claim_id = NULL, expires_at_ms = NULL,
           data_access_expires_at_ms = NULL, updated_at_ms = :now_ms
     WHERE id = :id"""
"""Without its claims, so that a refresh or a probe under way can write nothing back."""
ERASE_GRANTS = """
    UPDATE page_grants SET sealed_token = '', state = 'auth_lost' WHERE connection_id = :id"""
ERASE_PAGES = """
    UPDATE pages SET sealed_token = '' WHERE connection_id = :id AND state <> 'disconnected'"""


def erase_tokens(tx: Tx, connection_id: ConnectionId, *, now_ms: int) -> None:
    """Erase the tokens of a connection and of every Page that it covers or reads."""
    where: Params = {"id": connection_id, "now_ms": now_ms}
    tx.execute(ERASE, where)
    tx.execute(ERASE_GRANTS, where)
    tx.execute(ERASE_PAGES, where)
