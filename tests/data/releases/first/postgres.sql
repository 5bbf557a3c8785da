SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.alerts (
    id bigint NOT NULL,
    key text NOT NULL,
    workspace_id text,
    connection_id text,
    severity text NOT NULL,
    title text NOT NULL,
    remedy text NOT NULL,
    stage text DEFAULT ''::text NOT NULL,
    raised_at_ms bigint NOT NULL,
    resolved_at_ms bigint
);
ALTER TABLE public.alerts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alerts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_tokens (
    id text NOT NULL,
    workspace_id text,
    name text NOT NULL,
    hash text NOT NULL,
    created_at_ms bigint NOT NULL,
    last_used_at_ms bigint,
    revoked_at_ms bigint
);
CREATE TABLE public.attempts (
    id bigint NOT NULL,
    event_id text NOT NULL,
    attempt bigint NOT NULL,
    at_ms bigint NOT NULL,
    duration_ms bigint NOT NULL,
    status bigint,
    reason text
);
ALTER TABLE public.attempts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit (
    id bigint NOT NULL,
    workspace_id text,
    at_ms bigint NOT NULL,
    actor_kind text NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text,
    detail text
);
ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.backfills (
    id text NOT NULL,
    workspace_id text NOT NULL,
    page_id text NOT NULL,
    form_id text NOT NULL,
    since_ms bigint NOT NULL,
    until_ms bigint,
    requested_by text NOT NULL,
    state text NOT NULL,
    cursor text,
    began_ms bigint,
    found bigint DEFAULT 0 NOT NULL,
    new bigint DEFAULT 0 NOT NULL,
    calls bigint DEFAULT 0 NOT NULL,
    odd bigint DEFAULT 0 NOT NULL,
    due_at_ms bigint,
    claim_id text,
    failures bigint DEFAULT 0 NOT NULL,
    reason text,
    created_at_ms bigint NOT NULL,
    settled_at_ms bigint
);
CREATE TABLE public.budgets (
    page_id text NOT NULL,
    leads bigint DEFAULT 0 NOT NULL,
    used_permille bigint,
    used_at_ms bigint DEFAULT 0 NOT NULL,
    spent bigint DEFAULT 0 NOT NULL,
    day_ms bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.call_keys (
    workspace_id text NOT NULL,
    key text NOT NULL,
    call_id text NOT NULL
);
CREATE TABLE public.call_settings (
    workspace_id text NOT NULL,
    private text NOT NULL,
    owners text NOT NULL,
    work_hours text,
    work_hours_zone text
);
CREATE TABLE public.calls (
    workspace_id text NOT NULL,
    call_id text NOT NULL,
    owner text NOT NULL,
    peer_key text NOT NULL,
    direction text NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    duration_s bigint NOT NULL,
    started_at_ms bigint NOT NULL,
    exactness text NOT NULL,
    import_id text NOT NULL,
    body text NOT NULL,
    first_seen_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL
);
CREATE TABLE public.connection_checks (
    connection_id text NOT NULL,
    page_id text NOT NULL,
    name text NOT NULL,
    outcome text NOT NULL,
    detail text,
    remedy text,
    checked_at_ms bigint NOT NULL
);
CREATE TABLE public.connections (
    id text NOT NULL,
    workspace_id text NOT NULL,
    provider text NOT NULL,
    account_id text NOT NULL,
    account_name text,
    state text NOT NULL,
    cause text,
    reason text,
    remedy text,
    state_since_ms bigint NOT NULL,
    short_lives bigint DEFAULT 0 NOT NULL,
    sealed_token text,
    token_version bigint NOT NULL,
    sealed_access text,
    access_expires_at_ms bigint,
    scopes text NOT NULL,
    expires_at_ms bigint,
    data_access_expires_at_ms bigint,
    token_print_prefix text,
    token_print_hash text,
    refresh_due_at_ms bigint,
    refresh_claim_id text,
    refresh_lease_until_ms bigint,
    refresh_failures bigint NOT NULL,
    probe_due_at_ms bigint,
    probe_claim_id text,
    probe_failures bigint DEFAULT 0 NOT NULL,
    probed_at_ms bigint,
    hastened_at_ms bigint,
    folder_id text,
    connected_by text,
    consented_at_ms bigint NOT NULL,
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL,
    disconnected_at_ms bigint,
    disconnected_by text
);
CREATE TABLE public.consent_attempts (
    id text NOT NULL,
    state_hash text NOT NULL,
    provider text NOT NULL,
    workspace_id text NOT NULL,
    session_hash text NOT NULL,
    person_id text,
    connection_id text,
    sealed_verifier text,
    return_to text,
    sealed_offer text,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint NOT NULL,
    used_at_ms bigint
);
CREATE TABLE public.contact_keys (
    workspace_id text NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    contact_id text NOT NULL
);
CREATE TABLE public.contacts (
    id text NOT NULL,
    workspace_id text NOT NULL,
    revision bigint NOT NULL,
    body text NOT NULL,
    edited text NOT NULL,
    crm_id text,
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL
);
CREATE TABLE public.deliveries (
    event_id text NOT NULL,
    workspace_id text NOT NULL,
    sequence bigint NOT NULL,
    contact_id text,
    revision bigint,
    lead_id text,
    state text NOT NULL,
    due_at_ms bigint,
    claim_id text,
    attempts bigint NOT NULL,
    is_replay bigint NOT NULL,
    last_status bigint,
    reason text,
    errors text,
    accepted_at_ms bigint,
    settled_at_ms bigint
);
CREATE TABLE public.destinations (
    id text NOT NULL,
    stopped_at_ms bigint,
    reason text
);
CREATE TABLE public.events (
    workspace_id text NOT NULL,
    sequence bigint NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    contact_id text,
    revision bigint,
    lead_id text,
    body bytea NOT NULL,
    created_at_ms bigint NOT NULL
);
CREATE TABLE public.forms (
    form_id text NOT NULL,
    page_id text NOT NULL,
    definition text NOT NULL,
    fetched_at_ms bigint NOT NULL
);
CREATE TABLE public.known_browsers (
    hash text NOT NULL,
    person_id text NOT NULL,
    created_at_ms bigint NOT NULL
);
CREATE TABLE public.leads (
    id bigint NOT NULL,
    workspace_id text NOT NULL,
    lead_id text NOT NULL,
    page_id text NOT NULL,
    form_id text,
    received_via text NOT NULL,
    backfill_id text,
    received_at_ms bigint NOT NULL,
    stage text NOT NULL,
    due_at_ms bigint,
    claim_id text,
    attempts bigint NOT NULL,
    ladder text,
    reason text,
    raw text,
    fetched_at_ms bigint,
    contact_id text,
    normaliser text,
    resolved_at_ms bigint
);
ALTER TABLE public.leads ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.leads_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.mails (
    id text NOT NULL,
    alert_id bigint NOT NULL,
    kind text NOT NULL,
    stage text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL,
    due_at_ms bigint,
    claim_id text,
    attempts bigint NOT NULL,
    reason text,
    created_at_ms bigint NOT NULL,
    sent_at_ms bigint
);
CREATE TABLE public.memberships (
    person_id text NOT NULL,
    workspace_id text NOT NULL,
    role text NOT NULL,
    created_at_ms bigint NOT NULL,
    accepted_at_ms bigint
);
CREATE TABLE public.merges (
    id bigint NOT NULL,
    workspace_id text NOT NULL,
    contact_id text NOT NULL,
    lead_id text NOT NULL,
    why text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    merged_at_ms bigint NOT NULL,
    undone_at_ms bigint
);
ALTER TABLE public.merges ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.merges_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now()
);
CREATE TABLE public.page_forms (
    id bigint NOT NULL,
    page_id text NOT NULL,
    workspace_id text NOT NULL,
    form_id text NOT NULL,
    name text,
    status text NOT NULL,
    is_live bigint NOT NULL,
    questions text,
    created_ms bigint,
    leads_count bigint,
    successor_of text,
    first_seen_ms bigint NOT NULL,
    floor_ms bigint NOT NULL,
    watermark_ms bigint,
    backfill_id text,
    due_at_ms bigint,
    claim_id text,
    failures bigint DEFAULT 0 NOT NULL,
    reason text,
    read_at_ms bigint,
    last_found bigint,
    last_new bigint,
    newest_lead_ms bigint
);
ALTER TABLE public.page_forms ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.page_forms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.page_grants (
    connection_id text NOT NULL,
    page_id text NOT NULL,
    workspace_id text NOT NULL,
    name text NOT NULL,
    sealed_token text NOT NULL,
    tasks text NOT NULL,
    state text NOT NULL,
    reason text,
    remedy text,
    state_since_ms bigint NOT NULL,
    subscribed_by_us bigint NOT NULL,
    created_at_ms bigint NOT NULL
);
CREATE TABLE public.page_rounds (
    id bigint NOT NULL,
    page_id text NOT NULL,
    workspace_id text NOT NULL,
    due_at_ms bigint NOT NULL,
    claim_id text,
    failures bigint DEFAULT 0 NOT NULL,
    reason text,
    list_due_at_ms bigint NOT NULL,
    listed_at_ms bigint,
    subscribed_at_ms bigint,
    healed_at_ms bigint,
    created_at_ms bigint NOT NULL
);
ALTER TABLE public.page_rounds ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.page_rounds_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.pages (
    workspace_id text NOT NULL,
    page_id text NOT NULL,
    name text NOT NULL,
    connection_id text NOT NULL,
    sealed_token text NOT NULL,
    country_hint text,
    state text NOT NULL,
    reason text,
    remedy text,
    paused_until_ms bigint NOT NULL,
    created_at_ms bigint NOT NULL
);
CREATE TABLE public.people (
    id text NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    name text NOT NULL,
    password_hash text,
    created_at_ms bigint NOT NULL,
    removed_at_ms bigint
);
CREATE TABLE public.privacy_requests (
    code text NOT NULL,
    provider text NOT NULL,
    kind text NOT NULL,
    request_hash text NOT NULL,
    state text NOT NULL,
    outcome text,
    received_at_ms bigint NOT NULL,
    settled_at_ms bigint
);
CREATE TABLE public.probes (
    id text NOT NULL,
    padding bytea
);
CREATE TABLE public.proof_days (
    workspace_id text NOT NULL,
    page_id text NOT NULL,
    form_id text NOT NULL,
    day bigint NOT NULL,
    at_meta bigint NOT NULL,
    pushed bigint NOT NULL,
    pulled bigint NOT NULL,
    delivered bigint NOT NULL,
    waiting bigint NOT NULL,
    parked bigint NOT NULL,
    test bigint NOT NULL,
    erased bigint NOT NULL,
    refused bigint NOT NULL,
    missing bigint NOT NULL,
    proved_at_ms bigint NOT NULL
);
CREATE TABLE public.proof_differences (
    workspace_id text NOT NULL,
    form_id text NOT NULL,
    day bigint NOT NULL,
    lead_id text NOT NULL,
    fate text NOT NULL,
    reason text NOT NULL
);
CREATE TABLE public.quarantine (
    digest text NOT NULL,
    reason text NOT NULL,
    field_name text,
    page_id text,
    lead_id text,
    form_id text,
    payload bytea NOT NULL,
    seen bigint NOT NULL,
    first_seen_ms bigint NOT NULL,
    last_seen_ms bigint NOT NULL,
    released_at_ms bigint
);
CREATE TABLE public.repairs (
    id text NOT NULL,
    workspace_id text NOT NULL,
    contact_id text NOT NULL,
    lead_id text,
    actor_kind text NOT NULL,
    actor text NOT NULL,
    changes text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    edited_before text NOT NULL,
    repaired_at_ms bigint NOT NULL,
    undone_at_ms bigint
);
CREATE TABLE public.rounds (
    name text NOT NULL,
    due_at_ms bigint NOT NULL
);
CREATE TABLE public.security_events (
    jti text NOT NULL,
    type text NOT NULL,
    outcome text NOT NULL,
    received_at_ms bigint NOT NULL
);
CREATE TABLE public.sessions (
    hash text NOT NULL,
    person_id text NOT NULL,
    workspace_id text,
    opened_by text NOT NULL,
    label text NOT NULL,
    created_at_ms bigint NOT NULL,
    seen_at_ms bigint NOT NULL,
    expires_at_ms bigint NOT NULL
);
CREATE TABLE public.sign_in_failures (
    key text NOT NULL,
    failures bigint NOT NULL,
    last_failed_at_ms bigint NOT NULL,
    blocked_until_ms bigint NOT NULL
);
CREATE TABLE public.sign_in_links (
    hash text NOT NULL,
    person_id text NOT NULL,
    workspace_id text,
    return_to text NOT NULL,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint NOT NULL,
    used_at_ms bigint
);
CREATE TABLE public.trials (
    id text NOT NULL,
    workspace_id text NOT NULL,
    page_id text NOT NULL,
    form_id text NOT NULL,
    lead_id text,
    state text NOT NULL,
    reason text,
    contact text,
    ping_event_id text,
    asked_at_ms bigint NOT NULL,
    made_at_ms bigint,
    received_at_ms bigint,
    received_via text,
    fetched_at_ms bigint,
    recognised_at_ms bigint,
    answered_at_ms bigint,
    removed_at_ms bigint,
    finished_at_ms bigint,
    due_at_ms bigint,
    claim_id text,
    attempts bigint NOT NULL
);
CREATE TABLE public.undoings (
    id text NOT NULL,
    connection_id text NOT NULL,
    workspace_id text NOT NULL,
    provider text NOT NULL,
    kind text NOT NULL,
    page_id text,
    sealed_token text,
    state text NOT NULL,
    due_at_ms bigint,
    claim_id text,
    attempts bigint NOT NULL,
    reason text,
    created_at_ms bigint NOT NULL,
    settled_at_ms bigint
);
CREATE TABLE public.watches (
    subject text NOT NULL,
    due_at_ms bigint NOT NULL,
    claim_id text,
    failures bigint DEFAULT 0 NOT NULL,
    reason text,
    found_at_ms bigint,
    healed_at_ms bigint
);
CREATE TABLE public.workspaces (
    id text NOT NULL,
    name text NOT NULL,
    region text,
    timezone text NOT NULL,
    call_tracking bigint NOT NULL,
    last_sequence bigint NOT NULL,
    created_at_ms bigint NOT NULL
);
INSERT INTO public.api_tokens VALUES ('tok_23672112846e', NULL, 'crm', 'e2e18ab680b49abd0550777a4b35c9b37ee45dd9fa5bef26677de9689c91b575', 1796056141624, NULL, NULL);
INSERT INTO public.attempts OVERRIDING SYSTEM VALUE VALUES (1, 'evt_6a725530d8db43d5b1a0e3b88fa08ffe', 1, 1795341600000, 0, 200, NULL);
INSERT INTO public.attempts OVERRIDING SYSTEM VALUE VALUES (2, 'evt_36b6df332efa4d80b80d8c86e037c00b', 1, 1795341600000, 0, 200, NULL);
INSERT INTO public.attempts OVERRIDING SYSTEM VALUE VALUES (3, 'evt_699ec6f707eb4cc2ae3c19d6450682fc', 1, 1795341600000, 0, 200, NULL);
INSERT INTO public.attempts OVERRIDING SYSTEM VALUE VALUES (4, 'evt_e340a0897bb84e029861f11998c3c7dc', 1, 1795341600000, 0, 200, NULL);
INSERT INTO public.attempts OVERRIDING SYSTEM VALUE VALUES (5, 'evt_d209f40b5f6b496d8cda0cd222f2446b', 1, 1795341600000, 0, 200, NULL);
INSERT INTO public.attempts OVERRIDING SYSTEM VALUE VALUES (6, 'evt_9f39138f50304c239f12137253c07561', 1, 1795341600000, 0, 200, NULL);
INSERT INTO public.attempts OVERRIDING SYSTEM VALUE VALUES (7, 'evt_a1b6cc80892f4e1caab6873e1dc4b456', 1, 1795341600000, 0, 422, NULL);
INSERT INTO public.attempts OVERRIDING SYSTEM VALUE VALUES (8, 'evt_6da9d472256b46ba8d0ba872e60d76ab', 1, 1795341600000, 0, 503, 'unavailable');
INSERT INTO public.audit OVERRIDING SYSTEM VALUE VALUES (1, 'main', 1796056135993, 'cli', 'root', 'person.added', 'per_b7e9f98da5fe4c41af23ffa0fda3b339', '{"role": "owner"}');
INSERT INTO public.audit OVERRIDING SYSTEM VALUE VALUES (2, 'main', 1796056135993, 'cli', 'root', 'password.changed', 'per_b7e9f98da5fe4c41af23ffa0fda3b339', NULL);
INSERT INTO public.backfills VALUES ('bf_73d1da1d7fbb44d8a89c1c537f21a3c5', 'main', '6869027593621601', '3060509709106741', 1787565600000, NULL, 'connect', 'done', NULL, 1795341600000, 6, 0, 1, 0, NULL, NULL, 0, NULL, 1795341600000, 1795341600000);
INSERT INTO public.budgets VALUES ('1845409379391789', 0, NULL, 0, 1, 1795341600000);
INSERT INTO public.budgets VALUES ('8104186775664278', 0, NULL, 0, 1, 1795341600000);
INSERT INTO public.budgets VALUES ('6869027593621601', 6, NULL, 0, 3, 1795341600000);
INSERT INTO public.call_keys VALUES ('main', 'a1e356d1e617a45e7ea9c4411bb271b87159a84d220dee19c086ec2386aa447d', 'a1e356d1e617a45e7ea9c4411bb271b87159a84d220dee19c086ec2386aa447d');
INSERT INTO public.calls VALUES ('main', 'a1e356d1e617a45e7ea9c4411bb271b87159a84d220dee19c086ec2386aa447d', 'ada@example.com', '+4915223000001', 'inbound', 'incoming', 'answered', 61, 1795165200000, 's', '461fc805b5da4fd39d8158d1283a07e1', '{"schema_version":"1.0","call_id":"a1e356d1e617a45e7ea9c4411bb271b87159a84d220dee19c086ec2386aa447d","source":{"system":"csv","native_id":null,"device_id":null,"file":"calls.csv","row":2,"modified_at":null},"user":{"id":"ada@example.com","name":null,"phone":null},"direction":"inbound","type":"incoming","type_code":null,"status":"answered","peer":{"number":"+4915223000001","number_raw":"+4915223000001","presentation":null,"extension":null,"region":null,"name":null},"from_number":"+4915223000001","to_number":null,"started_at":"2026-11-20T09:00:00.000Z","started_at_precision":"s","utc_offset_minutes":0,"tz":null,"duration_seconds":61,"ended_at":null,"sim":{"slot":null,"subscription_id":null,"label":null},"channel":"unknown","is_video":false,"note":null,"disposition":null,"tags":[],"recording":{"url":null,"file":null,"sha256":null},"contact_id":null,"lead_id":null,"extra":{"direction":"incoming"},"warnings":[],"first_seen_at":"2026-11-30T16:29:07.009Z","updated_at":"2026-11-30T16:29:07.009Z","imported_by":"cli"}', 1796056147009, 1796056147009);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '', 'token', 'ok', 'Valid until 2027-01-21.', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '', 'permissions', 'ok', 'All 6 are granted.', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '1845409379391789', 'page_task', 'ok', 'ANALYZE, ADVERTISE, MODERATE, CREATE_CONTENT, MANAGE', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '1845409379391789', 'subscription', 'ok', 'Subscribed just now: it was not.', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '1845409379391789', 'leads_access', 'ok', 'Leads may be read.', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '6869027593621601', 'page_task', 'ok', 'ANALYZE, ADVERTISE, MODERATE, CREATE_CONTENT, MANAGE', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '6869027593621601', 'subscription', 'ok', 'Subscribed just now: it was not.', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '6869027593621601', 'leads_access', 'ok', 'Leads may be read.', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '8104186775664278', 'page_task', 'ok', 'ANALYZE, ADVERTISE, MODERATE, CREATE_CONTENT, MANAGE', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '8104186775664278', 'subscription', 'ok', 'Subscribed just now: it was not.', NULL, 1795341600000);
INSERT INTO public.connection_checks VALUES ('con_380a1f09519d41928f59b0999e879b9d', '8104186775664278', 'leads_access', 'ok', 'Leads may be read.', NULL, 1795341600000);
INSERT INTO public.connections VALUES ('con_380a1f09519d41928f59b0999e879b9d', 'main', 'facebook', '5048658484850500', 'Ada Admin', 'healthy', NULL, NULL, NULL, 1795341600000, 0, 'v1.c2e423eb.cwhO226RaGk_V7IrsIakTlTdWnYMMIxZRf3GiedRZywg7e1O5LvpchLtVs4pqC7g_2Z5RMsVOZ6thvW5QIt_u_BLUpqkYnCALZxxchyhyaqXMsE5_YqDFN4-_lghT5xAkQv3CUVJXzyCF76j8h0TgWse9jduxjPSiXroaKR53gsGpcDavQ0=', 1, NULL, NULL, '["ads_management", "business_management", "leads_retrieval", "pages_manage_ads", "pages_manage_metadata", "pages_read_engagement", "pages_show_list", "public_profile"]', 1800525544000, 1803117600000, NULL, NULL, NULL, NULL, NULL, 0, 1795413600000, NULL, 0, 1795341600000, NULL, NULL, NULL, 1795341600000, 1795341600000, 1795341600000, NULL, NULL);
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.1@example.com', '031f8235-8d9f-5781-ba1a-d578ed43ddd1');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000001', '031f8235-8d9f-5781-ba1a-d578ed43ddd1');
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.0@example.com', '15a9dc49-1573-5c49-a508-1203da86bed6');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000000', '15a9dc49-1573-5c49-a508-1203da86bed6');
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.2@example.com', 'fa719ac1-bf5b-5bbc-9df6-f40c0adc4342');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000002', 'fa719ac1-bf5b-5bbc-9df6-f40c0adc4342');
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.3@example.com', '7474a0a6-693a-5519-a94e-e0d8bd24d2ad');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000003', '7474a0a6-693a-5519-a94e-e0d8bd24d2ad');
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.4@example.com', 'c0886703-1dfa-594a-9357-0a6aefe41540');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000004', 'c0886703-1dfa-594a-9357-0a6aefe41540');
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.5@example.com', '709fe72d-f7ba-5f66-8f40-afc7593a23bc');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000005', '709fe72d-f7ba-5f66-8f40-afc7593a23bc');
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.6@example.com', 'bb947baf-9fc9-5725-980a-4a05dd8b071f');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000006', 'bb947baf-9fc9-5725-980a-4a05dd8b071f');
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.20@example.com', 'e8c96f4e-32e6-5c04-ae04-ff6d484f1cad');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000020', 'e8c96f4e-32e6-5c04-ae04-ff6d484f1cad');
INSERT INTO public.contact_keys VALUES ('main', 'email', 'kunigunde.21@example.com', 'a09d0d7e-c122-54a6-bcef-a08a021314c3');
INSERT INTO public.contact_keys VALUES ('main', 'phone', '+4915223000021', 'a09d0d7e-c122-54a6-bcef-a08a021314c3');
INSERT INTO public.contacts VALUES ('fa719ac1-bf5b-5bbc-9df6-f40c0adc4342', 'main', 1, '{"contact_id":"fa719ac1-bf5b-5bbc-9df6-f40c0adc4342","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser2","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.2@example.com","raw":"kunigunde.2@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000002","raw":"+4915223000002","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"8565612899121220","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', 'crm-3', 1795341600000, 1795341600000);
INSERT INTO public.contacts VALUES ('7474a0a6-693a-5519-a94e-e0d8bd24d2ad', 'main', 1, '{"contact_id":"7474a0a6-693a-5519-a94e-e0d8bd24d2ad","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser3","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.3@example.com","raw":"kunigunde.3@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000003","raw":"+4915223000003","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"8640822855031100","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', 'crm-4', 1795341600000, 1795341600000);
INSERT INTO public.contacts VALUES ('c0886703-1dfa-594a-9357-0a6aefe41540', 'main', 1, '{"contact_id":"c0886703-1dfa-594a-9357-0a6aefe41540","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser4","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.4@example.com","raw":"kunigunde.4@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000004","raw":"+4915223000004","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"2797086345494845","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', 'crm-5', 1795341600000, 1795341600000);
INSERT INTO public.contacts VALUES ('709fe72d-f7ba-5f66-8f40-afc7593a23bc', 'main', 1, '{"contact_id":"709fe72d-f7ba-5f66-8f40-afc7593a23bc","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser5","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.5@example.com","raw":"kunigunde.5@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000005","raw":"+4915223000005","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"8058539880741831","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', 'crm-6', 1795341600000, 1795341600000);
INSERT INTO public.contacts VALUES ('bb947baf-9fc9-5725-980a-4a05dd8b071f', 'main', 1, '{"contact_id":"bb947baf-9fc9-5725-980a-4a05dd8b071f","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser6","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.6@example.com","raw":"kunigunde.6@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000006","raw":"+4915223000006","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"5993602009397754","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', NULL, 1795341600000, 1795341600000);
INSERT INTO public.contacts VALUES ('15a9dc49-1573-5c49-a508-1203da86bed6', 'main', 2, '{"contact_id":"15a9dc49-1573-5c49-a508-1203da86bed6","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser0","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.0@example.com","raw":"kunigunde.0@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000000","raw":"+4915223000000","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6292453196114707","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}},{"lead_id":"5850182020127656","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', 'crm-2', 1795341600000, 1795341600000);
INSERT INTO public.contacts VALUES ('031f8235-8d9f-5781-ba1a-d578ed43ddd1', 'main', 2, '{"contact_id":"031f8235-8d9f-5781-ba1a-d578ed43ddd1","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser1","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.1@example.com","raw":"kunigunde.1@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000001","raw":"+4915223000001","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6987478247865205","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}},{"lead_id":"1825075505501099","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', 'crm-1', 1795341600000, 1795341600000);
INSERT INTO public.contacts VALUES ('e8c96f4e-32e6-5c04-ae04-ff6d484f1cad', 'main', 1, '{"contact_id":"e8c96f4e-32e6-5c04-ae04-ff6d484f1cad","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser20","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.20@example.com","raw":"kunigunde.20@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000020","raw":"+4915223000020","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"7805722516924992","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', NULL, 1795341600000, 1795341600000);
INSERT INTO public.contacts VALUES ('a09d0d7e-c122-54a6-bcef-a08a021314c3', 'main', 1, '{"contact_id":"a09d0d7e-c122-54a6-bcef-a08a021314c3","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser21","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.21@example.com","raw":"kunigunde.21@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000021","raw":"+4915223000021","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"1626138759041756","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '[]', NULL, 1795341600000, 1795341600000);
INSERT INTO public.deliveries VALUES ('evt_6a725530d8db43d5b1a0e3b88fa08ffe', 'main', 1, '031f8235-8d9f-5781-ba1a-d578ed43ddd1', 1, '6987478247865205', 'delivered', NULL, NULL, 1, 0, 200, NULL, NULL, 1795341600000, 1795341600000);
INSERT INTO public.deliveries VALUES ('evt_36b6df332efa4d80b80d8c86e037c00b', 'main', 2, '15a9dc49-1573-5c49-a508-1203da86bed6', 1, '6292453196114707', 'delivered', NULL, NULL, 1, 0, 200, NULL, NULL, 1795341600000, 1795341600000);
INSERT INTO public.deliveries VALUES ('evt_699ec6f707eb4cc2ae3c19d6450682fc', 'main', 3, 'fa719ac1-bf5b-5bbc-9df6-f40c0adc4342', 1, '8565612899121220', 'delivered', NULL, NULL, 1, 0, 200, NULL, NULL, 1795341600000, 1795341600000);
INSERT INTO public.deliveries VALUES ('evt_e340a0897bb84e029861f11998c3c7dc', 'main', 4, '7474a0a6-693a-5519-a94e-e0d8bd24d2ad', 1, '8640822855031100', 'delivered', NULL, NULL, 1, 0, 200, NULL, NULL, 1795341600000, 1795341600000);
INSERT INTO public.deliveries VALUES ('evt_d209f40b5f6b496d8cda0cd222f2446b', 'main', 5, 'c0886703-1dfa-594a-9357-0a6aefe41540', 1, '2797086345494845', 'delivered', NULL, NULL, 1, 0, 200, NULL, NULL, 1795341600000, 1795341600000);
INSERT INTO public.deliveries VALUES ('evt_9f39138f50304c239f12137253c07561', 'main', 6, '709fe72d-f7ba-5f66-8f40-afc7593a23bc', 1, '8058539880741831', 'delivered', NULL, NULL, 1, 0, 200, NULL, NULL, 1795341600000, 1795341600000);
INSERT INTO public.deliveries VALUES ('evt_a1b6cc80892f4e1caab6873e1dc4b456', 'main', 7, 'bb947baf-9fc9-5725-980a-4a05dd8b071f', 1, '5993602009397754', 'parked', NULL, NULL, 1, 0, 422, 'the CRM refused the contact', '[]', 1795341600000, 1795341600000);
INSERT INTO public.deliveries VALUES ('evt_6da9d472256b46ba8d0ba872e60d76ab', 'main', 8, '15a9dc49-1573-5c49-a508-1203da86bed6', 2, '5850182020127656', 'waiting', 1795341605000, NULL, 1, 0, 503, 'unavailable', NULL, 1795341600000, NULL);
INSERT INTO public.deliveries VALUES ('evt_4c5b522e6bbb4f819b7433d532f82e02', 'main', 9, '031f8235-8d9f-5781-ba1a-d578ed43ddd1', 2, '1825075505501099', 'waiting', 1795341600000, NULL, 0, 0, NULL, NULL, NULL, 1795341600000, NULL);
INSERT INTO public.deliveries VALUES ('evt_d88904b9d4a742debe70d0580f8fb848', 'main', 10, 'e8c96f4e-32e6-5c04-ae04-ff6d484f1cad', 1, '7805722516924992', 'waiting', 1795341600000, NULL, 0, 0, NULL, NULL, NULL, 1795341600000, NULL);
INSERT INTO public.deliveries VALUES ('evt_5bd4525c0762498897bcf8ac89e18583', 'main', 11, 'a09d0d7e-c122-54a6-bcef-a08a021314c3', 1, '1626138759041756', 'waiting', 1795341600000, NULL, 0, 0, NULL, NULL, NULL, 1795341600000, NULL);
INSERT INTO public.destinations VALUES ('mail', 1795341600000, 'mail.smtp_url is empty');
INSERT INTO public.events VALUES ('main', 1, 'evt_6a725530d8db43d5b1a0e3b88fa08ffe', 'contact.created', '031f8235-8d9f-5781-ba1a-d578ed43ddd1', 1, '6987478247865205', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a312c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2230333166383233352d386439662d353738312d626131612d643537386564343364646431222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657231222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e31406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e31406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303031222c22726177223a222b34393135323233303030303031222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2236393837343738323437383635323035222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2236393837343738323437383635323035222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657231225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657231225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e31406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e31406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303031225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303031225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 2, 'evt_36b6df332efa4d80b80d8c86e037c00b', 'contact.created', '15a9dc49-1573-5c49-a508-1203da86bed6', 1, '6292453196114707', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a322c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2231356139646334392d313537332d356334392d613530382d313230336461383662656436222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657230222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e30406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e30406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303030222c22726177223a222b34393135323233303030303030222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2236323932343533313936313134373037222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2236323932343533313936313134373037222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657230225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657230225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e30406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e30406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303030225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303030225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 3, 'evt_699ec6f707eb4cc2ae3c19d6450682fc', 'contact.created', 'fa719ac1-bf5b-5bbc-9df6-f40c0adc4342', 1, '8565612899121220', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a332c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2266613731396163312d626635622d356262632d396466362d663430633061646334333432222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657232222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e32406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e32406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303032222c22726177223a222b34393135323233303030303032222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2238353635363132383939313231323230222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2238353635363132383939313231323230222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657232225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657232225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e32406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e32406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303032225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303032225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 4, 'evt_e340a0897bb84e029861f11998c3c7dc', 'contact.created', '7474a0a6-693a-5519-a94e-e0d8bd24d2ad', 1, '8640822855031100', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a342c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2237343734613061362d363933612d353531392d613934652d653064386264323464326164222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657233222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e33406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e33406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303033222c22726177223a222b34393135323233303030303033222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2238363430383232383535303331313030222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2238363430383232383535303331313030222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657233225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657233225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e33406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e33406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303033225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303033225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 5, 'evt_d209f40b5f6b496d8cda0cd222f2446b', 'contact.created', 'c0886703-1dfa-594a-9357-0a6aefe41540', 1, '2797086345494845', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a352c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2263303838363730332d316466612d353934612d393335372d306136616566653431353430222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657234222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e34406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e34406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303034222c22726177223a222b34393135323233303030303034222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2232373937303836333435343934383435222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2232373937303836333435343934383435222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657234225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657234225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e34406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e34406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303034225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303034225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 6, 'evt_9f39138f50304c239f12137253c07561', 'contact.created', '709fe72d-f7ba-5f66-8f40-afc7593a23bc', 1, '8058539880741831', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a362c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2237303966653732642d663762612d356636362d386634302d616663373539336132336263222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657235222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e35406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e35406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303035222c22726177223a222b34393135323233303030303035222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2238303538353339383830373431383331222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2238303538353339383830373431383331222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657235225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657235225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e35406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e35406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303035225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303035225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 7, 'evt_a1b6cc80892f4e1caab6873e1dc4b456', 'contact.created', 'bb947baf-9fc9-5725-980a-4a05dd8b071f', 1, '5993602009397754', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a372c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2262623934376261662d396663392d353732352d393830612d346130356464386230373166222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657236222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e36406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e36406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303036222c22726177223a222b34393135323233303030303036222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2235393933363032303039333937373534222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2235393933363032303039333937373534222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657236225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657236225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e36406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e36406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303036225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303036225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 8, 'evt_6da9d472256b46ba8d0ba872e60d76ab', 'contact.updated', '15a9dc49-1573-5c49-a508-1203da86bed6', 2, '5850182020127656', '\x7b2274797065223a22636f6e746163742e75706461746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a382c227265766973696f6e223a322c2263726d5f6964223a2263726d2d32222c22636f6e74616374223a7b22636f6e746163745f6964223a2231356139646334392d313537332d356334392d613530382d313230336461383662656436222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657230222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e30406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e30406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303030222c22726177223a222b34393135323233303030303030222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2236323932343533313936313134373037222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d2c7b226c6561645f6964223a2235383530313832303230313237363536222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2235383530313832303230313237363536222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657230225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657230225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e30406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e30406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303030225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303030225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 9, 'evt_4c5b522e6bbb4f819b7433d532f82e02', 'contact.updated', '031f8235-8d9f-5781-ba1a-d578ed43ddd1', 2, '1825075505501099', '\x7b2274797065223a22636f6e746163742e75706461746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a392c227265766973696f6e223a322c2263726d5f6964223a2263726d2d31222c22636f6e74616374223a7b22636f6e746163745f6964223a2230333166383233352d386439662d353738312d626131612d643537386564343364646431222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f7373657231222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e31406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e31406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303031222c22726177223a222b34393135323233303030303031222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2236393837343738323437383635323035222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d2c7b226c6561645f6964223a2231383235303735353035353031303939222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2231383235303735353035353031303939222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f7373657231225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f7373657231225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e31406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e31406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303031225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303031225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 10, 'evt_d88904b9d4a742debe70d0580f8fb848', 'contact.created', 'e8c96f4e-32e6-5c04-ae04-ff6d484f1cad', 1, '7805722516924992', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a31302c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2265386339366634652d333265362d356330342d616530342d666636643438346631636164222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f737365723230222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e3230406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e3230406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303230222c22726177223a222b34393135323233303030303230222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2237383035373232353136393234393932222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2237383035373232353136393234393932222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f737365723230225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f737365723230225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e3230406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e3230406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303230225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303230225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.events VALUES ('main', 11, 'evt_5bd4525c0762498897bcf8ac89e18583', 'contact.created', 'a09d0d7e-c122-54a6-bcef-a08a021314c3', 1, '1626138759041756', '\x7b2274797065223a22636f6e746163742e63726561746564222c2274696d657374616d70223a22323032362d31312d32325431303a30303a30302e3030305a222c2264617461223a7b22776f726b7370616365223a226d61696e222c2273657175656e6365223a31312c227265766973696f6e223a312c22636f6e74616374223a7b22636f6e746163745f6964223a2261303964306437652d633132322d353461362d626365662d613038613032313331346333222c22637265617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c22757064617465645f6174223a22323032362d31312d32325431303a30303a30302e3030305a222c226e6f726d616c69736572223a7b2276657273696f6e223a2231222c2270686f6e655f6d65746164617461223a22392e302e3432222c22656d61696c5f76616c696461746f72223a22322e342e30227d2c22736368656d615f76657273696f6e223a22312e30222c2266756c6c5f6e616d65223a224b756e6967756e6465205175617374656e666c6f737365723231222c22676976656e5f6e616d65223a6e756c6c2c2266616d696c795f6e616d65223a6e756c6c2c226e616d655f736f75726365223a2266756c6c5f6e616d65222c22656d61696c73223a5b7b2276616c7565223a226b756e6967756e64652e3231406578616d706c652e636f6d222c22726177223a226b756e6967756e64652e3231406578616d706c652e636f6d222c2276616c6964223a747275652c22737567676573746564223a6e756c6c2c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c2270686f6e6573223a5b7b2276616c7565223a222b34393135323233303030303231222c22726177223a222b34393135323233303030303231222c2276616c6964223a747275652c22726561736f6e223a6e756c6c2c22726567696f6e223a224445222c226c696e655f74797065223a226d6f62696c65222c22657874656e73696f6e223a6e756c6c2c22726567696f6e5f736f75726365223a226e756d626572222c226c6162656c73223a5b226d61696e225d2c227072696d617279223a747275657d5d2c22616464726573736573223a5b5d2c226269727468646179223a6e756c6c2c2267656e646572223a6e756c6c2c2267656e6465725f74657874223a6e756c6c2c226f7267616e697a6174696f6e223a6e756c6c2c226a6f625f7469746c65223a6e756c6c2c22637573746f6d5f6669656c6473223a5b5d2c22636f6e73656e7473223a5b5d2c226c65616473223a5b7b226c6561645f6964223a2231363236313338373539303431373536222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22706172746e65725f6e616d65223a6e756c6c2c2272657461696c65725f6974656d5f6964223a6e756c6c2c2275746d223a7b7d7d5d2c2269735f74657374223a66616c73652c22666c616773223a5b5d2c22706f737369626c655f6475706c696361746573223a5b5d7d2c226c656164223a7b226c6561645f6964223a2231363236313338373539303431373536222c22637265617465645f74696d65223a22323032362d31312d32325431303a30303a30305a222c22706167655f6964223a2236383639303237353933363231363031222c22706167655f6e616d65223a224578616d706c652042616b657279222c22666f726d5f6964223a2233303630353039373039313036373431222c22666f726d5f6e616d65223a2243616c6c206d65222c2263616d706169676e5f6964223a6e756c6c2c2263616d706169676e5f6e616d65223a6e756c6c2c2261647365745f6964223a6e756c6c2c2261647365745f6e616d65223a6e756c6c2c2261645f6964223a6e756c6c2c2261645f6e616d65223a6e756c6c2c22706c6174666f726d223a2266616365626f6f6b222c2269735f6f7267616e6963223a66616c73652c22616e7377657273223a5b7b226e616d65223a2266756c6c5f6e616d65222c226c6162656c223a2246756c6c206e616d65222c2274797065223a2246554c4c5f4e414d45222c2276616c756573223a5b224b756e6967756e6465205175617374656e666c6f737365723231225d2c2276616c75655f6c6162656c73223a5b224b756e6967756e6465205175617374656e666c6f737365723231225d7d2c7b226e616d65223a22656d61696c222c226c6162656c223a22456d61696c222c2274797065223a22454d41494c222c2276616c756573223a5b226b756e6967756e64652e3231406578616d706c652e636f6d225d2c2276616c75655f6c6162656c73223a5b226b756e6967756e64652e3231406578616d706c652e636f6d225d7d2c7b226e616d65223a2270686f6e655f6e756d626572222c226c6162656c223a2250686f6e65206e756d626572222c2274797065223a2250484f4e45222c2276616c756573223a5b222b34393135323233303030303231225d2c2276616c75655f6c6162656c73223a5b222b34393135323233303030303231225d7d5d2c22636f6e73656e7473223a5b5d2c2272656365697665645f766961223a22776562686f6f6b227d7d7d', 1795341600000);
INSERT INTO public.forms VALUES ('3060509709106741', '6869027593621601', '{"name":"Call me","status":"ACTIVE","locale":"en_US","created_time":"2026-11-22T10:00:00+0000","page_id":"6869027593621601","privacy_policy_url":"https://example.com/privacy","questions":[{"key":"full_name","label":"Full name","type":"FULL_NAME"},{"key":"email","label":"Email","type":"EMAIL"},{"key":"phone_number","label":"Phone number","type":"PHONE"}],"legal_content":{"privacy_policy":{"url":"https://example.com/privacy","link_text":"Privacy policy"}},"id":"3060509709106741"}', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (2, 'main', '6987478247865205', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser1"]},{"name":"email","values":["kunigunde.1@example.com"]},{"name":"phone_number","values":["+4915223000001"]}],"is_organic":false,"platform":"fb","id":"6987478247865205"}', 1795341600000, '031f8235-8d9f-5781-ba1a-d578ed43ddd1', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (1, 'main', '6292453196114707', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser0"]},{"name":"email","values":["kunigunde.0@example.com"]},{"name":"phone_number","values":["+4915223000000"]}],"is_organic":false,"platform":"fb","id":"6292453196114707"}', 1795341600000, '15a9dc49-1573-5c49-a508-1203da86bed6', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (3, 'main', '8565612899121220', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser2"]},{"name":"email","values":["kunigunde.2@example.com"]},{"name":"phone_number","values":["+4915223000002"]}],"is_organic":false,"platform":"fb","id":"8565612899121220"}', 1795341600000, 'fa719ac1-bf5b-5bbc-9df6-f40c0adc4342', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (5, 'main', '2797086345494845', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser4"]},{"name":"email","values":["kunigunde.4@example.com"]},{"name":"phone_number","values":["+4915223000004"]}],"is_organic":false,"platform":"fb","id":"2797086345494845"}', 1795341600000, 'c0886703-1dfa-594a-9357-0a6aefe41540', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (6, 'main', '8058539880741831', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser5"]},{"name":"email","values":["kunigunde.5@example.com"]},{"name":"phone_number","values":["+4915223000005"]}],"is_organic":false,"platform":"fb","id":"8058539880741831"}', 1795341600000, '709fe72d-f7ba-5f66-8f40-afc7593a23bc', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (21, 'main', '1825075505501099', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser1"]},{"name":"email","values":["kunigunde.1@example.com"]},{"name":"phone_number","values":["+4915223000001"]}],"is_organic":false,"platform":"fb","id":"1825075505501099"}', 1795341600000, '031f8235-8d9f-5781-ba1a-d578ed43ddd1', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (4, 'main', '8640822855031100', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser3"]},{"name":"email","values":["kunigunde.3@example.com"]},{"name":"phone_number","values":["+4915223000003"]}],"is_organic":false,"platform":"fb","id":"8640822855031100"}', 1795341600000, '7474a0a6-693a-5519-a94e-e0d8bd24d2ad', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (13, 'main', '5993602009397754', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser6"]},{"name":"email","values":["kunigunde.6@example.com"]},{"name":"phone_number","values":["+4915223000006"]}],"is_organic":false,"platform":"fb","id":"5993602009397754"}', 1795341600000, 'bb947baf-9fc9-5725-980a-4a05dd8b071f', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (20, 'main', '5850182020127656', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser0"]},{"name":"email","values":["kunigunde.0@example.com"]},{"name":"phone_number","values":["+4915223000000"]}],"is_organic":false,"platform":"fb","id":"5850182020127656"}', 1795341600000, '15a9dc49-1573-5c49-a508-1203da86bed6', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (22, 'main', '7805722516924992', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser20"]},{"name":"email","values":["kunigunde.20@example.com"]},{"name":"phone_number","values":["+4915223000020"]}],"is_organic":false,"platform":"fb","id":"7805722516924992"}', 1795341600000, 'e8c96f4e-32e6-5c04-ae04-ff6d484f1cad', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (23, 'main', '1626138759041756', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'contact', NULL, NULL, 1, NULL, NULL, '{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser21"]},{"name":"email","values":["kunigunde.21@example.com"]},{"name":"phone_number","values":["+4915223000021"]}],"is_organic":false,"platform":"fb","id":"1626138759041756"}', 1795341600000, 'a09d0d7e-c122-54a6-bcef-a08a021314c3', '1 9.0.42 2.4.0', 1795341600000);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (24, 'main', '7328687803192186', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'fetch', 1795341602598, NULL, 1, 'outage', 'The service is unavailable for a moment (Facebook no code, HTTP 503).', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (26, 'main', '9787004085600996', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'fetch', 1795341603429, NULL, 1, 'outage', 'The service is unavailable for a moment (Facebook no code, HTTP 503).', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.leads OVERRIDING SYSTEM VALUE VALUES (25, 'main', '4791297955842764', '6869027593621601', '3060509709106741', 'webhook', NULL, 1795341600000, 'fetch', 1795341603144, NULL, 1, 'outage', 'The service is unavailable for a moment (Facebook no code, HTTP 503).', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.memberships VALUES ('per_b7e9f98da5fe4c41af23ffa0fda3b339', 'main', 'owner', 1796056135993, 1796056135993);
INSERT INTO public.merges OVERRIDING SYSTEM VALUE VALUES (1, 'main', '15a9dc49-1573-5c49-a508-1203da86bed6', '5850182020127656', 'both', '{"contact_id":"15a9dc49-1573-5c49-a508-1203da86bed6","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser0","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.0@example.com","raw":"kunigunde.0@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000000","raw":"+4915223000000","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6292453196114707","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '{"contact_id":"15a9dc49-1573-5c49-a508-1203da86bed6","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser0","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.0@example.com","raw":"kunigunde.0@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000000","raw":"+4915223000000","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6292453196114707","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}},{"lead_id":"5850182020127656","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', 1795341600000, NULL);
INSERT INTO public.merges OVERRIDING SYSTEM VALUE VALUES (2, 'main', '031f8235-8d9f-5781-ba1a-d578ed43ddd1', '1825075505501099', 'both', '{"contact_id":"031f8235-8d9f-5781-ba1a-d578ed43ddd1","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser1","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.1@example.com","raw":"kunigunde.1@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000001","raw":"+4915223000001","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6987478247865205","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', '{"contact_id":"031f8235-8d9f-5781-ba1a-d578ed43ddd1","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser1","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.1@example.com","raw":"kunigunde.1@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000001","raw":"+4915223000001","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6987478247865205","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}},{"lead_id":"1825075505501099","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}', 1795341600000, NULL);
INSERT INTO public.migrations VALUES ('0001_leads_to_contacts', '2026-11-30 16:28:39.966364+00');
INSERT INTO public.page_forms OVERRIDING SYSTEM VALUE VALUES (1, '6869027593621601', 'main', '3060509709106741', 'Call me', 'ACTIVE', 1, '754e4f7a72568c5be490b1e2cf14216f2d98aa34929eade32b4992e5ea1c2cea', 1795341600000, 6, NULL, 1795341600000, 1795341300000, 1795341300000, NULL, 1795342454330, NULL, 0, NULL, 1795341600000, 6, 0, 1795341600000);
INSERT INTO public.page_grants VALUES ('con_380a1f09519d41928f59b0999e879b9d', '1845409379391789', 'main', 'Школа Пример', 'v1.c2e423eb.yE726PPSBbgrVHS9BhPSCgLukJIu13aBbbzv1mqozrbH2pryFnXuwgStcAtvOVErlrGhMkcn3DjWf3eDYIHIE7wn-5ooMBQWXaEMlf62eYQrtWaRnxX34O8bRdV_c4OpMrOVsp3InM6WBgfSDmxgMAOtvRqyIJMl3b7H_NBVIPt0J1yUv84=', 'ANALYZE,ADVERTISE,MODERATE,CREATE_CONTENT,MANAGE', 'ok', NULL, NULL, 1795341600000, 1, 1795341600000);
INSERT INTO public.page_grants VALUES ('con_380a1f09519d41928f59b0999e879b9d', '6869027593621601', 'main', 'Example Bakery', 'v1.c2e423eb.x7XYxp5DpjNhXldygUnvR9Fr_Y6RHmsbmM8GhwvmlSIg9yLCBfPAuXr7iWiIhX4FQY-T8H6JQSdL0Kn7GasTeiwXOGBKY-MRYVKcbNBmUwrrgTP_aepOlZblqHpf_TgELd0xqw2jCeTmhk6moDeZn4BaX7DAm_wDLyUg9RsuOzkP3t0rPy4=', 'ANALYZE,ADVERTISE,MODERATE,CREATE_CONTENT,MANAGE', 'ok', NULL, NULL, 1795341600000, 1, 1795341600000);
INSERT INTO public.page_grants VALUES ('con_380a1f09519d41928f59b0999e879b9d', '8104186775664278', 'main', 'Clínica Exemplo', 'v1.c2e423eb.VVu-546T6olyLTTqSaUFImuYFctugiJ2B_AkMFT3rSioa7kJ6PRhz6MS2JPZ0Lyqbfe1bJSpzX9Qb6Axqjr6jiu1TWHYJiMjGxVj9Ord7yncchbnAqcwHg9Lq8mVMUjiO7qRxw00hDVRAsVfxS3sc9Igukb0cXomt96EoFY2Y8CjzlOS_4Q=', 'ANALYZE,ADVERTISE,MODERATE,CREATE_CONTENT,MANAGE', 'ok', NULL, NULL, 1795341600000, 1, 1795341600000);
INSERT INTO public.page_rounds OVERRIDING SYSTEM VALUE VALUES (1, '1845409379391789', 'main', 1795342486423, NULL, 0, NULL, 1795343341710, 1795341600000, 1795341600000, NULL, 1795341600000);
INSERT INTO public.page_rounds OVERRIDING SYSTEM VALUE VALUES (2, '6869027593621601', 'main', 1795342493480, NULL, 0, NULL, 1795342441415, 1795341600000, 1795341600000, NULL, 1795341600000);
INSERT INTO public.page_rounds OVERRIDING SYSTEM VALUE VALUES (3, '8104186775664278', 'main', 1795342494780, NULL, 0, NULL, 1795343334175, 1795341600000, 1795341600000, NULL, 1795341600000);
INSERT INTO public.pages VALUES ('main', '1845409379391789', 'Школа Пример', 'con_380a1f09519d41928f59b0999e879b9d', 'v1.c2e423eb.yE726PPSBbgrVHS9BhPSCgLukJIu13aBbbzv1mqozrbH2pryFnXuwgStcAtvOVErlrGhMkcn3DjWf3eDYIHIE7wn-5ooMBQWXaEMlf62eYQrtWaRnxX34O8bRdV_c4OpMrOVsp3InM6WBgfSDmxgMAOtvRqyIJMl3b7H_NBVIPt0J1yUv84=', NULL, 'ok', NULL, NULL, 0, 1795341600000);
INSERT INTO public.pages VALUES ('main', '6869027593621601', 'Example Bakery', 'con_380a1f09519d41928f59b0999e879b9d', 'v1.c2e423eb.x7XYxp5DpjNhXldygUnvR9Fr_Y6RHmsbmM8GhwvmlSIg9yLCBfPAuXr7iWiIhX4FQY-T8H6JQSdL0Kn7GasTeiwXOGBKY-MRYVKcbNBmUwrrgTP_aepOlZblqHpf_TgELd0xqw2jCeTmhk6moDeZn4BaX7DAm_wDLyUg9RsuOzkP3t0rPy4=', NULL, 'ok', NULL, NULL, 0, 1795341600000);
INSERT INTO public.pages VALUES ('main', '8104186775664278', 'Clínica Exemplo', 'con_380a1f09519d41928f59b0999e879b9d', 'v1.c2e423eb.VVu-546T6olyLTTqSaUFImuYFctugiJ2B_AkMFT3rSioa7kJ6PRhz6MS2JPZ0Lyqbfe1bJSpzX9Qb6Axqjr6jiu1TWHYJiMjGxVj9Ord7yncchbnAqcwHg9Lq8mVMUjiO7qRxw00hDVRAsVfxS3sc9Igukb0cXomt96EoFY2Y8CjzlOS_4Q=', NULL, 'ok', NULL, NULL, 0, 1795341600000);
INSERT INTO public.people VALUES ('per_b7e9f98da5fe4c41af23ffa0fda3b339', 'ada@example.com', 'ada@example.com', 'Ada', '$argon2id$v=19$m=19456,t=2,p=1$6xY0KWmY0EXZmkWn/FP0iA$JYZ5wI2PAC9V/uhAI1BWn4K0xXpqnfB9KM8zbmsIRaw', 1796056135993, NULL);
INSERT INTO public.rounds VALUES ('proof', 1795395600000);
INSERT INTO public.watches VALUES ('app', 1795341660000, NULL, 0, NULL, NULL, NULL);
INSERT INTO public.workspaces VALUES ('main', 'Bakery', NULL, 'UTC', 1, 11, 1795341600000);
SELECT pg_catalog.setval('public.alerts_id_seq', 1, false);
SELECT pg_catalog.setval('public.attempts_id_seq', 8, true);
SELECT pg_catalog.setval('public.audit_id_seq', 2, true);
SELECT pg_catalog.setval('public.leads_id_seq', 26, true);
SELECT pg_catalog.setval('public.merges_id_seq', 2, true);
SELECT pg_catalog.setval('public.page_forms_id_seq', 1, true);
SELECT pg_catalog.setval('public.page_rounds_id_seq', 3, true);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_hash_key UNIQUE (hash);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.backfills
    ADD CONSTRAINT backfills_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_pkey PRIMARY KEY (page_id);
ALTER TABLE ONLY public.call_keys
    ADD CONSTRAINT call_keys_pkey PRIMARY KEY (workspace_id, key);
ALTER TABLE ONLY public.call_settings
    ADD CONSTRAINT call_settings_pkey PRIMARY KEY (workspace_id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (workspace_id, call_id);
ALTER TABLE ONLY public.connection_checks
    ADD CONSTRAINT connection_checks_pkey PRIMARY KEY (connection_id, page_id, name);
ALTER TABLE ONLY public.connections
    ADD CONSTRAINT connections_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.connections
    ADD CONSTRAINT connections_workspace_id_provider_account_id_key UNIQUE (workspace_id, provider, account_id);
ALTER TABLE ONLY public.consent_attempts
    ADD CONSTRAINT consent_attempts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.consent_attempts
    ADD CONSTRAINT consent_attempts_state_hash_key UNIQUE (state_hash);
ALTER TABLE ONLY public.contact_keys
    ADD CONSTRAINT contact_keys_pkey PRIMARY KEY (workspace_id, kind, value, contact_id);
ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (event_id);
ALTER TABLE ONLY public.destinations
    ADD CONSTRAINT destinations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_id_key UNIQUE (id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (workspace_id, sequence);
ALTER TABLE ONLY public.forms
    ADD CONSTRAINT forms_pkey PRIMARY KEY (form_id);
ALTER TABLE ONLY public.known_browsers
    ADD CONSTRAINT known_browsers_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_alert_id_kind_stage_recipient_key UNIQUE (alert_id, kind, stage, recipient);
ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (person_id, workspace_id);
ALTER TABLE ONLY public.merges
    ADD CONSTRAINT merges_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.page_forms
    ADD CONSTRAINT page_forms_form_id_workspace_id_key UNIQUE (form_id, workspace_id);
ALTER TABLE ONLY public.page_forms
    ADD CONSTRAINT page_forms_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.page_grants
    ADD CONSTRAINT page_grants_pkey PRIMARY KEY (connection_id, page_id);
ALTER TABLE ONLY public.page_rounds
    ADD CONSTRAINT page_rounds_page_id_workspace_id_key UNIQUE (page_id, workspace_id);
ALTER TABLE ONLY public.page_rounds
    ADD CONSTRAINT page_rounds_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.pages
    ADD CONSTRAINT pages_pkey PRIMARY KEY (page_id, workspace_id);
ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_email_key_key UNIQUE (email_key);
ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.privacy_requests
    ADD CONSTRAINT privacy_requests_pkey PRIMARY KEY (code);
ALTER TABLE ONLY public.privacy_requests
    ADD CONSTRAINT privacy_requests_request_hash_key UNIQUE (request_hash);
ALTER TABLE ONLY public.probes
    ADD CONSTRAINT probes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.proof_days
    ADD CONSTRAINT proof_days_pkey PRIMARY KEY (workspace_id, form_id, day);
ALTER TABLE ONLY public.proof_differences
    ADD CONSTRAINT proof_differences_pkey PRIMARY KEY (workspace_id, form_id, day, lead_id);
ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.repairs
    ADD CONSTRAINT repairs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.rounds
    ADD CONSTRAINT rounds_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.security_events
    ADD CONSTRAINT security_events_pkey PRIMARY KEY (jti);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.sign_in_failures
    ADD CONSTRAINT sign_in_failures_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.sign_in_links
    ADD CONSTRAINT sign_in_links_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.undoings
    ADD CONSTRAINT undoings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.watches
    ADD CONSTRAINT watches_pkey PRIMARY KEY (subject);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX alerts_open ON public.alerts USING btree (key) WHERE (resolved_at_ms IS NULL);
CREATE INDEX attempts_event ON public.attempts USING btree (event_id);
CREATE INDEX audit_workspace ON public.audit USING btree (workspace_id, id);
CREATE INDEX backfills_form ON public.backfills USING btree (form_id, workspace_id);
CREATE INDEX backfills_queue ON public.backfills USING btree (due_at_ms) WHERE (due_at_ms IS NOT NULL);
CREATE INDEX call_keys_call ON public.call_keys USING btree (workspace_id, call_id);
CREATE INDEX calls_changed ON public.calls USING btree (workspace_id, updated_at_ms, call_id);
CREATE INDEX calls_peer ON public.calls USING btree (workspace_id, peer_key, started_at_ms);
CREATE INDEX calls_started ON public.calls USING btree (workspace_id, started_at_ms, call_id);
CREATE INDEX connections_account ON public.connections USING btree (provider, account_id);
CREATE INDEX connections_probe ON public.connections USING btree (probe_due_at_ms) WHERE (probe_due_at_ms IS NOT NULL);
CREATE INDEX connections_refresh ON public.connections USING btree (refresh_due_at_ms) WHERE (refresh_due_at_ms IS NOT NULL);
CREATE INDEX deliveries_lead ON public.deliveries USING btree (lead_id, workspace_id);
CREATE INDEX deliveries_order ON public.deliveries USING btree (contact_id, revision) WHERE (due_at_ms IS NOT NULL);
CREATE INDEX deliveries_parked ON public.deliveries USING btree (accepted_at_ms) WHERE (state = 'parked'::text);
CREATE INDEX deliveries_parked_contact ON public.deliveries USING btree (contact_id) WHERE (state = 'parked'::text);
CREATE INDEX deliveries_queue ON public.deliveries USING btree (is_replay, due_at_ms) WHERE (due_at_ms IS NOT NULL);
CREATE INDEX forms_page ON public.forms USING btree (page_id);
CREATE INDEX known_browsers_person ON public.known_browsers USING btree (person_id);
CREATE INDEX leads_backfill ON public.leads USING btree (stage) WHERE ((backfill_id IS NOT NULL) AND (due_at_ms IS NOT NULL));
CREATE INDEX leads_held ON public.leads USING btree (page_id, workspace_id) WHERE (stage = 'held'::text);
CREATE UNIQUE INDEX leads_identity ON public.leads USING btree (lead_id, workspace_id);
CREATE INDEX leads_page_queue ON public.leads USING btree (page_id, workspace_id, due_at_ms) WHERE (due_at_ms IS NOT NULL);
CREATE INDEX leads_parked ON public.leads USING btree (received_at_ms) WHERE (stage = 'parked'::text);
CREATE INDEX leads_pulled ON public.leads USING btree (received_at_ms) WHERE ((received_via = 'reconcile'::text) AND (backfill_id IS NULL));
CREATE INDEX leads_queue ON public.leads USING btree (stage, due_at_ms) WHERE (due_at_ms IS NOT NULL);
CREATE INDEX leads_test ON public.leads USING btree (received_at_ms) WHERE (stage = 'test'::text);
CREATE INDEX mails_queue ON public.mails USING btree (due_at_ms) WHERE (due_at_ms IS NOT NULL);
CREATE INDEX memberships_workspace ON public.memberships USING btree (workspace_id);
CREATE INDEX merges_lead ON public.merges USING btree (lead_id, workspace_id);
CREATE INDEX page_forms_page ON public.page_forms USING btree (page_id, workspace_id);
CREATE INDEX page_forms_queue ON public.page_forms USING btree (due_at_ms) WHERE (due_at_ms IS NOT NULL);
CREATE INDEX page_grants_page ON public.page_grants USING btree (page_id, workspace_id);
CREATE INDEX pages_connection ON public.pages USING btree (connection_id);
CREATE INDEX quarantine_page ON public.quarantine USING btree (page_id) WHERE (released_at_ms IS NULL);
CREATE INDEX repairs_contact ON public.repairs USING btree (contact_id);
CREATE INDEX sessions_person ON public.sessions USING btree (person_id);
CREATE INDEX sign_in_failures_old ON public.sign_in_failures USING btree (last_failed_at_ms);
CREATE INDEX sign_in_links_person ON public.sign_in_links USING btree (person_id);
CREATE INDEX test_runs_queue ON public.trials USING btree (due_at_ms) WHERE (due_at_ms IS NOT NULL);
CREATE INDEX test_runs_workspace ON public.trials USING btree (workspace_id, asked_at_ms);
CREATE INDEX undoings_connection ON public.undoings USING btree (connection_id);
CREATE INDEX undoings_queue ON public.undoings USING btree (due_at_ms) WHERE (due_at_ms IS NOT NULL);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
ALTER TABLE ONLY public.call_settings
    ADD CONSTRAINT call_settings_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
ALTER TABLE ONLY public.connection_checks
    ADD CONSTRAINT connection_checks_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id);
ALTER TABLE ONLY public.connections
    ADD CONSTRAINT connections_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
ALTER TABLE ONLY public.consent_attempts
    ADD CONSTRAINT consent_attempts_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
ALTER TABLE ONLY public.contact_keys
    ADD CONSTRAINT contact_keys_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id);
ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
ALTER TABLE ONLY public.known_browsers
    ADD CONSTRAINT known_browsers_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
ALTER TABLE ONLY public.page_grants
    ADD CONSTRAINT page_grants_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id);
ALTER TABLE ONLY public.pages
    ADD CONSTRAINT pages_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id);
ALTER TABLE ONLY public.pages
    ADD CONSTRAINT pages_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
ALTER TABLE ONLY public.repairs
    ADD CONSTRAINT repairs_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
ALTER TABLE ONLY public.sign_in_links
    ADD CONSTRAINT sign_in_links_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.sign_in_links
    ADD CONSTRAINT sign_in_links_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
