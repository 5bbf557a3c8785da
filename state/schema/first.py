"""The tables. What waits is a row with a due time; what rests has none, so the queue indexes stay small."""

from state.schema.accounts import ACCOUNTS
from state.schema.calls import CALLS
from state.schema.people import PEOPLE
from state.schema.proof import PROOF
from state.schema.reconcile import RECONCILE
from state.schema.repairs import REPAIRS
from state.schema.trials import TRIALS

WORKSPACES = (
    """CREATE TABLE workspaces (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        region TEXT,
        timezone TEXT NOT NULL,
        call_tracking BIGINT NOT NULL,
        last_sequence BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL)""",
)
LEADS = (
    """CREATE TABLE forms (
        form_id TEXT PRIMARY KEY,
        page_id TEXT NOT NULL,
        definition TEXT NOT NULL,
        fetched_at_ms BIGINT NOT NULL)""",
    "CREATE INDEX forms_page ON forms (page_id)",
    """CREATE TABLE leads (
        id {identity},
        workspace_id TEXT NOT NULL,
        lead_id TEXT NOT NULL,
        page_id TEXT NOT NULL,
        form_id TEXT,
        received_via TEXT NOT NULL,
        backfill_id TEXT,
        received_at_ms BIGINT NOT NULL,
        stage TEXT NOT NULL,
        due_at_ms BIGINT,
        claim_id TEXT,
        attempts BIGINT NOT NULL,
        ladder TEXT,
        reason TEXT,
        raw TEXT,
        fetched_at_ms BIGINT,
        contact_id TEXT,
        normaliser TEXT,
        resolved_at_ms BIGINT)""",
    "CREATE UNIQUE INDEX leads_identity ON leads (lead_id, workspace_id)",
    "CREATE INDEX leads_queue ON leads (stage, due_at_ms) WHERE due_at_ms IS NOT NULL",
    "CREATE INDEX leads_page_queue ON leads (page_id, workspace_id, due_at_ms) WHERE due_at_ms IS NOT NULL",
    "CREATE INDEX leads_held ON leads (page_id, workspace_id) WHERE stage = 'held'",
    # with the queue's index and the one above: what operators count, without a look at what is done
    "CREATE INDEX leads_test ON leads (received_at_ms) WHERE stage = 'test'",
    "CREATE INDEX leads_parked ON leads (received_at_ms) WHERE stage = 'parked'",
    """CREATE TABLE contacts (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL REFERENCES workspaces (id),
        revision BIGINT NOT NULL,
        body TEXT NOT NULL,
        edited TEXT NOT NULL,
        crm_id TEXT,
        created_at_ms BIGINT NOT NULL,
        updated_at_ms BIGINT NOT NULL)""",
    """CREATE TABLE contact_keys (
        workspace_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        contact_id TEXT NOT NULL REFERENCES contacts (id),
        PRIMARY KEY (workspace_id, kind, value, contact_id))""",
    """CREATE TABLE merges (
        id {identity},
        workspace_id TEXT NOT NULL,
        contact_id TEXT NOT NULL,
        lead_id TEXT NOT NULL,
        why TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        merged_at_ms BIGINT NOT NULL,
        undone_at_ms BIGINT)""",
    "CREATE INDEX merges_lead ON merges (lead_id, workspace_id)",
    """CREATE TABLE events (
        workspace_id TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        id TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        contact_id TEXT,
        revision BIGINT,
        lead_id TEXT,
        body {bytes} NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, sequence))""",
    """CREATE TABLE deliveries (
        event_id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        contact_id TEXT,
        revision BIGINT,
        lead_id TEXT,
        state TEXT NOT NULL,
        due_at_ms BIGINT,
        claim_id TEXT,
        attempts BIGINT NOT NULL,
        is_replay BIGINT NOT NULL,
        last_status BIGINT,
        reason TEXT,
        errors TEXT,
        accepted_at_ms BIGINT,
        settled_at_ms BIGINT)""",
    "CREATE INDEX deliveries_queue ON deliveries (is_replay, due_at_ms) WHERE due_at_ms IS NOT NULL",
    "CREATE INDEX deliveries_order ON deliveries (contact_id, revision) WHERE due_at_ms IS NOT NULL",
    "CREATE INDEX deliveries_lead ON deliveries (lead_id, workspace_id)",
    "CREATE INDEX deliveries_parked ON deliveries (accepted_at_ms) WHERE state = 'parked'",
    "CREATE INDEX deliveries_parked_contact ON deliveries (contact_id) WHERE state = 'parked'",
    """CREATE TABLE attempts (
        id {identity},
        event_id TEXT NOT NULL,
        attempt BIGINT NOT NULL,
        at_ms BIGINT NOT NULL,
        duration_ms BIGINT NOT NULL,
        status BIGINT,
        reason TEXT)""",
    "CREATE INDEX attempts_event ON attempts (event_id)",
    """CREATE TABLE destinations (
        id TEXT PRIMARY KEY,
        stopped_at_ms BIGINT,
        reason TEXT)""",
    """CREATE TABLE quarantine (
        digest TEXT PRIMARY KEY,
        reason TEXT NOT NULL,
        field_name TEXT,
        page_id TEXT,
        lead_id TEXT,
        form_id TEXT,
        payload {bytes} NOT NULL,
        seen BIGINT NOT NULL,
        first_seen_ms BIGINT NOT NULL,
        last_seen_ms BIGINT NOT NULL,
        released_at_ms BIGINT)""",
    "CREATE INDEX quarantine_page ON quarantine (page_id) WHERE released_at_ms IS NULL",
    """CREATE TABLE alerts (
        id {identity},
        key TEXT NOT NULL,
        workspace_id TEXT,
        connection_id TEXT,
        severity TEXT NOT NULL,
        title TEXT NOT NULL,
        remedy TEXT NOT NULL,
        stage TEXT NOT NULL DEFAULT '',
        raised_at_ms BIGINT NOT NULL,
        resolved_at_ms BIGINT)""",
    "CREATE UNIQUE INDEX alerts_open ON alerts (key) WHERE resolved_at_ms IS NULL",
    """CREATE TABLE api_tokens (
        id TEXT PRIMARY KEY,
        workspace_id TEXT REFERENCES workspaces (id),
        name TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE,
        created_at_ms BIGINT NOT NULL,
        last_used_at_ms BIGINT,
        revoked_at_ms BIGINT)""",
)
# written again and again to prove that there is room: the least that readiness can mean
PROBES = (
    """CREATE TABLE probes (
        id TEXT PRIMARY KEY,
        padding {bytes})""",
)

STEP_0001 = (*WORKSPACES, *ACCOUNTS, *LEADS, *REPAIRS, *TRIALS, *PROOF, *PEOPLE, *RECONCILE, *CALLS, *PROBES)
