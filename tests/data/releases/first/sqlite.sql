BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'connector','0001_leads_to_contacts','2026-11-30 16:28:09.794775+00:00');
CREATE TABLE alerts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL,
        workspace_id TEXT,
        connection_id TEXT,
        severity TEXT NOT NULL,
        title TEXT NOT NULL,
        remedy TEXT NOT NULL,
        stage TEXT NOT NULL DEFAULT '',
        raised_at_ms BIGINT NOT NULL,
        resolved_at_ms BIGINT);
CREATE TABLE api_tokens (
        id TEXT PRIMARY KEY,
        workspace_id TEXT REFERENCES workspaces (id),
        name TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE,
        created_at_ms BIGINT NOT NULL,
        last_used_at_ms BIGINT,
        revoked_at_ms BIGINT);
INSERT INTO "api_tokens" VALUES('tok_9c944392ffab',NULL,'crm','a8f167eea0717e64a61f5d583d564a4611ebc50d03b4a83224fa64760f725067',1796056102590,NULL,NULL);
CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL,
        attempt BIGINT NOT NULL,
        at_ms BIGINT NOT NULL,
        duration_ms BIGINT NOT NULL,
        status BIGINT,
        reason TEXT);
INSERT INTO "attempts" VALUES(1,'evt_92e8075661d444ffa353cb11f11bea63',1,1795341600000,0,200,NULL);
INSERT INTO "attempts" VALUES(2,'evt_de7cbf66ce4f4bcb96975067ee467fbe',1,1795341600000,0,200,NULL);
INSERT INTO "attempts" VALUES(3,'evt_ff323dfd698647f4a27dd054ef4a3713',1,1795341600000,0,200,NULL);
INSERT INTO "attempts" VALUES(4,'evt_a76160d2dad44ebda62d5f53d8b46c92',1,1795341600000,0,200,NULL);
INSERT INTO "attempts" VALUES(5,'evt_e5684fe4c47a44e2b2509bde70d54f28',1,1795341600000,0,200,NULL);
INSERT INTO "attempts" VALUES(6,'evt_1d40b35a533e498caac6c4d03fcaa9e6',1,1795341600000,0,200,NULL);
INSERT INTO "attempts" VALUES(7,'evt_30bad162ab1948d2aed596257ec2c498',1,1795341600000,0,422,NULL);
INSERT INTO "attempts" VALUES(8,'evt_186f398ab4dd46648e9854f60a9f5eab',1,1795341600000,0,503,'unavailable');
INSERT INTO "attempts" VALUES(9,'evt_f6d6da7da5354350ad24bb84822648f4',1,1795341600000,0,503,'unavailable');
INSERT INTO "attempts" VALUES(10,'evt_ba44637ec1884c8c9a9a961d63464fde',1,1795341600000,0,503,'unavailable');
INSERT INTO "attempts" VALUES(11,'evt_0149ebe6c7d84d61b82e1bd80c176cbb',1,1795341600000,0,503,'unavailable');
CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        workspace_id TEXT,
        at_ms BIGINT NOT NULL,
        actor_kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT,
        detail TEXT);
INSERT INTO "audit" VALUES(1,'main',1796056097606,'cli','root','person.added','per_7bd16a6212cb44c5861c28b3b08d89b3','{"role": "owner"}');
INSERT INTO "audit" VALUES(2,'main',1796056097606,'cli','root','password.changed','per_7bd16a6212cb44c5861c28b3b08d89b3',NULL);
CREATE TABLE backfills (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        page_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        since_ms BIGINT NOT NULL,
        until_ms BIGINT,
        requested_by TEXT NOT NULL,
        state TEXT NOT NULL,
        cursor TEXT,
        began_ms BIGINT,
        found BIGINT NOT NULL DEFAULT 0,
        new BIGINT NOT NULL DEFAULT 0,
        calls BIGINT NOT NULL DEFAULT 0,
        odd BIGINT NOT NULL DEFAULT 0,
        due_at_ms BIGINT,
        claim_id TEXT,
        failures BIGINT NOT NULL DEFAULT 0,
        reason TEXT,
        created_at_ms BIGINT NOT NULL,
        settled_at_ms BIGINT);
INSERT INTO "backfills" VALUES('bf_1bca4d17da094546b3c2e04c4f4d2e1b','main','6869027593621601','3060509709106741',1787565600000,NULL,'connect','done',NULL,1795341600000,6,0,1,0,NULL,NULL,0,NULL,1795341600000,1795341600000);
CREATE TABLE budgets (
        page_id TEXT PRIMARY KEY,
        leads BIGINT NOT NULL DEFAULT 0,
        used_permille BIGINT,
        used_at_ms BIGINT NOT NULL DEFAULT 0,
        spent BIGINT NOT NULL DEFAULT 0,
        day_ms BIGINT NOT NULL DEFAULT 0);
INSERT INTO "budgets" VALUES('1845409379391789',0,NULL,0,1,1795341600000);
INSERT INTO "budgets" VALUES('6869027593621601',5,NULL,0,3,1795341600000);
INSERT INTO "budgets" VALUES('8104186775664278',0,NULL,0,1,1795341600000);
CREATE TABLE call_keys (
        workspace_id TEXT NOT NULL,
        key TEXT NOT NULL,
        call_id TEXT NOT NULL,
        PRIMARY KEY (workspace_id, key));
INSERT INTO "call_keys" VALUES('main','a1e356d1e617a45e7ea9c4411bb271b87159a84d220dee19c086ec2386aa447d','a1e356d1e617a45e7ea9c4411bb271b87159a84d220dee19c086ec2386aa447d');
CREATE TABLE call_settings (
        workspace_id TEXT PRIMARY KEY REFERENCES workspaces (id),
        private TEXT NOT NULL,
        owners TEXT NOT NULL,
        work_hours TEXT,
        work_hours_zone TEXT);
CREATE TABLE calls (
        workspace_id TEXT NOT NULL,
        call_id TEXT NOT NULL,
        owner TEXT NOT NULL,
        peer_key TEXT NOT NULL,
        direction TEXT NOT NULL,
        type TEXT NOT NULL,
        status TEXT NOT NULL,
        duration_s BIGINT NOT NULL,
        started_at_ms BIGINT NOT NULL,
        exactness TEXT NOT NULL,
        import_id TEXT NOT NULL,
        body TEXT NOT NULL,
        first_seen_at_ms BIGINT NOT NULL,
        updated_at_ms BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, call_id));
INSERT INTO "calls" VALUES('main','a1e356d1e617a45e7ea9c4411bb271b87159a84d220dee19c086ec2386aa447d','ada@example.com','+4915223000001','inbound','incoming','answered',61,1795165200000,'s','10eb9c8dfaa547b1aaa8ce6489ac1eb1','{"schema_version":"1.0","call_id":"a1e356d1e617a45e7ea9c4411bb271b87159a84d220dee19c086ec2386aa447d","source":{"system":"csv","native_id":null,"device_id":null,"file":"calls.csv","row":2,"modified_at":null},"user":{"id":"ada@example.com","name":null,"phone":null},"direction":"inbound","type":"incoming","type_code":null,"status":"answered","peer":{"number":"+4915223000001","number_raw":"+4915223000001","presentation":null,"extension":null,"region":null,"name":null},"from_number":"+4915223000001","to_number":null,"started_at":"2026-11-20T09:00:00.000Z","started_at_precision":"s","utc_offset_minutes":0,"tz":null,"duration_seconds":61,"ended_at":null,"sim":{"slot":null,"subscription_id":null,"label":null},"channel":"unknown","is_video":false,"note":null,"disposition":null,"tags":[],"recording":{"url":null,"file":null,"sha256":null},"contact_id":null,"lead_id":null,"extra":{"direction":"incoming"},"warnings":[],"first_seen_at":"2026-11-30T16:28:27.886Z","updated_at":"2026-11-30T16:28:27.886Z","imported_by":"cli"}',1796056107886,1796056107886);
CREATE TABLE connection_checks (
        connection_id TEXT NOT NULL REFERENCES connections (id),
        page_id TEXT NOT NULL,
        name TEXT NOT NULL,
        outcome TEXT NOT NULL,
        detail TEXT,
        remedy TEXT,
        checked_at_ms BIGINT NOT NULL,
        PRIMARY KEY (connection_id, page_id, name));
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','','token','ok','Valid until 2027-01-21.',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','','permissions','ok','All 6 are granted.',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','1845409379391789','page_task','ok','ANALYZE, ADVERTISE, MODERATE, CREATE_CONTENT, MANAGE',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','1845409379391789','subscription','ok','Subscribed just now: it was not.',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','1845409379391789','leads_access','ok','Leads may be read.',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','6869027593621601','page_task','ok','ANALYZE, ADVERTISE, MODERATE, CREATE_CONTENT, MANAGE',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','6869027593621601','subscription','ok','Subscribed just now: it was not.',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','6869027593621601','leads_access','ok','Leads may be read.',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','8104186775664278','page_task','ok','ANALYZE, ADVERTISE, MODERATE, CREATE_CONTENT, MANAGE',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','8104186775664278','subscription','ok','Subscribed just now: it was not.',NULL,1795341600000);
INSERT INTO "connection_checks" VALUES('con_6675cdac2c36480c962445f3a4460a63','8104186775664278','leads_access','ok','Leads may be read.',NULL,1795341600000);
CREATE TABLE connections (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL REFERENCES workspaces (id),
        provider TEXT NOT NULL,
        account_id TEXT NOT NULL,
        account_name TEXT,
        state TEXT NOT NULL,
        cause TEXT,
        reason TEXT,
        remedy TEXT,
        state_since_ms BIGINT NOT NULL,
        short_lives BIGINT NOT NULL DEFAULT 0,
        sealed_token TEXT,
        token_version BIGINT NOT NULL,
        sealed_access TEXT,
        access_expires_at_ms BIGINT,
        scopes TEXT NOT NULL,
        expires_at_ms BIGINT,
        data_access_expires_at_ms BIGINT,
        token_print_prefix TEXT,
        token_print_hash TEXT,
        refresh_due_at_ms BIGINT,
        refresh_claim_id TEXT,
        refresh_lease_until_ms BIGINT,
        refresh_failures BIGINT NOT NULL,
        probe_due_at_ms BIGINT,
        probe_claim_id TEXT,
        probe_failures BIGINT NOT NULL DEFAULT 0,
        probed_at_ms BIGINT,
        hastened_at_ms BIGINT,
        folder_id TEXT,
        connected_by TEXT,
        consented_at_ms BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        updated_at_ms BIGINT NOT NULL,
        disconnected_at_ms BIGINT,
        disconnected_by TEXT,
        UNIQUE (workspace_id, provider, account_id));
INSERT INTO "connections" VALUES('con_6675cdac2c36480c962445f3a4460a63','main','facebook','5048658484850500','Ada Admin','healthy',NULL,NULL,NULL,1795341600000,0,'v1.c2e423eb.GkSeoo_dHN54N-q5XPXkQH-hhsRgyO71lzBpmqLe6kizOzOvBGDzXXLCUh1XNZJpmjBFJNuZ0OesB_xTsurtEFGQ5VXV0pQtEaVUGpW5rm2SFKHP4K83Nov-qAWapJAoJX6o7aXGWvmZGhDh20MeQmuXF8qMqf_VXf4qKX08rvE2N1SIYOA=',1,NULL,NULL,'["ads_management", "business_management", "leads_retrieval", "pages_manage_ads", "pages_manage_metadata", "pages_read_engagement", "pages_show_list", "public_profile"]',1800525544000,1803117600000,NULL,NULL,NULL,NULL,NULL,0,1795413600000,NULL,0,1795341600000,NULL,NULL,NULL,1795341600000,1795341600000,1795341600000,NULL,NULL);
CREATE TABLE consent_attempts (
        id TEXT PRIMARY KEY,
        state_hash TEXT NOT NULL UNIQUE,
        provider TEXT NOT NULL,
        workspace_id TEXT NOT NULL REFERENCES workspaces (id),
        session_hash TEXT NOT NULL,
        person_id TEXT,
        connection_id TEXT,
        sealed_verifier TEXT,
        return_to TEXT,
        sealed_offer TEXT,
        created_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        used_at_ms BIGINT);
CREATE TABLE contact_keys (
        workspace_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        contact_id TEXT NOT NULL REFERENCES contacts (id),
        PRIMARY KEY (workspace_id, kind, value, contact_id));
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.0@example.com','15a9dc49-1573-5c49-a508-1203da86bed6');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000000','15a9dc49-1573-5c49-a508-1203da86bed6');
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.1@example.com','031f8235-8d9f-5781-ba1a-d578ed43ddd1');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000001','031f8235-8d9f-5781-ba1a-d578ed43ddd1');
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.2@example.com','fa719ac1-bf5b-5bbc-9df6-f40c0adc4342');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000002','fa719ac1-bf5b-5bbc-9df6-f40c0adc4342');
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.3@example.com','7474a0a6-693a-5519-a94e-e0d8bd24d2ad');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000003','7474a0a6-693a-5519-a94e-e0d8bd24d2ad');
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.4@example.com','c0886703-1dfa-594a-9357-0a6aefe41540');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000004','c0886703-1dfa-594a-9357-0a6aefe41540');
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.5@example.com','709fe72d-f7ba-5f66-8f40-afc7593a23bc');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000005','709fe72d-f7ba-5f66-8f40-afc7593a23bc');
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.6@example.com','bb947baf-9fc9-5725-980a-4a05dd8b071f');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000006','bb947baf-9fc9-5725-980a-4a05dd8b071f');
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.20@example.com','e8c96f4e-32e6-5c04-ae04-ff6d484f1cad');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000020','e8c96f4e-32e6-5c04-ae04-ff6d484f1cad');
INSERT INTO "contact_keys" VALUES('main','email','kunigunde.21@example.com','a09d0d7e-c122-54a6-bcef-a08a021314c3');
INSERT INTO "contact_keys" VALUES('main','phone','+4915223000021','a09d0d7e-c122-54a6-bcef-a08a021314c3');
CREATE TABLE contacts (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL REFERENCES workspaces (id),
        revision BIGINT NOT NULL,
        body TEXT NOT NULL,
        edited TEXT NOT NULL,
        crm_id TEXT,
        created_at_ms BIGINT NOT NULL,
        updated_at_ms BIGINT NOT NULL);
INSERT INTO "contacts" VALUES('15a9dc49-1573-5c49-a508-1203da86bed6','main',2,'{"contact_id":"15a9dc49-1573-5c49-a508-1203da86bed6","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser0","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.0@example.com","raw":"kunigunde.0@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000000","raw":"+4915223000000","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6292453196114707","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}},{"lead_id":"5850182020127656","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]','crm-1',1795341600000,1795341600000);
INSERT INTO "contacts" VALUES('031f8235-8d9f-5781-ba1a-d578ed43ddd1','main',2,'{"contact_id":"031f8235-8d9f-5781-ba1a-d578ed43ddd1","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser1","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.1@example.com","raw":"kunigunde.1@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000001","raw":"+4915223000001","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6987478247865205","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}},{"lead_id":"1825075505501099","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]','crm-2',1795341600000,1795341600000);
INSERT INTO "contacts" VALUES('fa719ac1-bf5b-5bbc-9df6-f40c0adc4342','main',1,'{"contact_id":"fa719ac1-bf5b-5bbc-9df6-f40c0adc4342","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser2","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.2@example.com","raw":"kunigunde.2@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000002","raw":"+4915223000002","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"8565612899121220","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]','crm-3',1795341600000,1795341600000);
INSERT INTO "contacts" VALUES('7474a0a6-693a-5519-a94e-e0d8bd24d2ad','main',1,'{"contact_id":"7474a0a6-693a-5519-a94e-e0d8bd24d2ad","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser3","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.3@example.com","raw":"kunigunde.3@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000003","raw":"+4915223000003","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"8640822855031100","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]','crm-4',1795341600000,1795341600000);
INSERT INTO "contacts" VALUES('c0886703-1dfa-594a-9357-0a6aefe41540','main',1,'{"contact_id":"c0886703-1dfa-594a-9357-0a6aefe41540","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser4","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.4@example.com","raw":"kunigunde.4@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000004","raw":"+4915223000004","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"2797086345494845","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]','crm-5',1795341600000,1795341600000);
INSERT INTO "contacts" VALUES('709fe72d-f7ba-5f66-8f40-afc7593a23bc','main',1,'{"contact_id":"709fe72d-f7ba-5f66-8f40-afc7593a23bc","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser5","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.5@example.com","raw":"kunigunde.5@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000005","raw":"+4915223000005","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"8058539880741831","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]','crm-6',1795341600000,1795341600000);
INSERT INTO "contacts" VALUES('bb947baf-9fc9-5725-980a-4a05dd8b071f','main',1,'{"contact_id":"bb947baf-9fc9-5725-980a-4a05dd8b071f","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser6","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.6@example.com","raw":"kunigunde.6@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000006","raw":"+4915223000006","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"5993602009397754","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]',NULL,1795341600000,1795341600000);
INSERT INTO "contacts" VALUES('e8c96f4e-32e6-5c04-ae04-ff6d484f1cad','main',1,'{"contact_id":"e8c96f4e-32e6-5c04-ae04-ff6d484f1cad","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser20","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.20@example.com","raw":"kunigunde.20@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000020","raw":"+4915223000020","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"7805722516924992","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]',NULL,1795341600000,1795341600000);
INSERT INTO "contacts" VALUES('a09d0d7e-c122-54a6-bcef-a08a021314c3','main',1,'{"contact_id":"a09d0d7e-c122-54a6-bcef-a08a021314c3","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser21","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.21@example.com","raw":"kunigunde.21@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000021","raw":"+4915223000021","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"1626138759041756","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','[]',NULL,1795341600000,1795341600000);
CREATE TABLE deliveries (
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
        settled_at_ms BIGINT);
INSERT INTO "deliveries" VALUES('evt_92e8075661d444ffa353cb11f11bea63','main',1,'15a9dc49-1573-5c49-a508-1203da86bed6',1,'6292453196114707','delivered',NULL,NULL,1,0,200,NULL,NULL,1795341600000,1795341600000);
INSERT INTO "deliveries" VALUES('evt_de7cbf66ce4f4bcb96975067ee467fbe','main',2,'031f8235-8d9f-5781-ba1a-d578ed43ddd1',1,'6987478247865205','delivered',NULL,NULL,1,0,200,NULL,NULL,1795341600000,1795341600000);
INSERT INTO "deliveries" VALUES('evt_ff323dfd698647f4a27dd054ef4a3713','main',3,'fa719ac1-bf5b-5bbc-9df6-f40c0adc4342',1,'8565612899121220','delivered',NULL,NULL,1,0,200,NULL,NULL,1795341600000,1795341600000);
INSERT INTO "deliveries" VALUES('evt_a76160d2dad44ebda62d5f53d8b46c92','main',4,'7474a0a6-693a-5519-a94e-e0d8bd24d2ad',1,'8640822855031100','delivered',NULL,NULL,1,0,200,NULL,NULL,1795341600000,1795341600000);
INSERT INTO "deliveries" VALUES('evt_e5684fe4c47a44e2b2509bde70d54f28','main',5,'c0886703-1dfa-594a-9357-0a6aefe41540',1,'2797086345494845','delivered',NULL,NULL,1,0,200,NULL,NULL,1795341600000,1795341600000);
INSERT INTO "deliveries" VALUES('evt_1d40b35a533e498caac6c4d03fcaa9e6','main',6,'709fe72d-f7ba-5f66-8f40-afc7593a23bc',1,'8058539880741831','delivered',NULL,NULL,1,0,200,NULL,NULL,1795341600000,1795341600000);
INSERT INTO "deliveries" VALUES('evt_30bad162ab1948d2aed596257ec2c498','main',7,'bb947baf-9fc9-5725-980a-4a05dd8b071f',1,'5993602009397754','parked',NULL,NULL,1,0,422,'the CRM refused the contact','[]',1795341600000,1795341600000);
INSERT INTO "deliveries" VALUES('evt_186f398ab4dd46648e9854f60a9f5eab','main',8,'15a9dc49-1573-5c49-a508-1203da86bed6',2,'5850182020127656','waiting',1795341605000,NULL,1,0,503,'unavailable',NULL,1795341600000,NULL);
INSERT INTO "deliveries" VALUES('evt_f6d6da7da5354350ad24bb84822648f4','main',9,'031f8235-8d9f-5781-ba1a-d578ed43ddd1',2,'1825075505501099','waiting',1795341605000,NULL,1,0,503,'unavailable',NULL,1795341600000,NULL);
INSERT INTO "deliveries" VALUES('evt_ba44637ec1884c8c9a9a961d63464fde','main',10,'e8c96f4e-32e6-5c04-ae04-ff6d484f1cad',1,'7805722516924992','waiting',1795341605000,NULL,1,0,503,'unavailable',NULL,1795341600000,NULL);
INSERT INTO "deliveries" VALUES('evt_0149ebe6c7d84d61b82e1bd80c176cbb','main',11,'a09d0d7e-c122-54a6-bcef-a08a021314c3',1,'1626138759041756','waiting',1795341605000,NULL,1,0,503,'unavailable',NULL,1795341600000,NULL);
CREATE TABLE destinations (
        id TEXT PRIMARY KEY,
        stopped_at_ms BIGINT,
        reason TEXT);
INSERT INTO "destinations" VALUES('mail',1795341600000,'mail.smtp_url is empty');
CREATE TABLE events (
        workspace_id TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        id TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        contact_id TEXT,
        revision BIGINT,
        lead_id TEXT,
        body BLOB NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, sequence));
INSERT INTO "events" VALUES('main',1,'evt_92e8075661d444ffa353cb11f11bea63','contact.created','15a9dc49-1573-5c49-a508-1203da86bed6',1,'6292453196114707',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A312C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2231356139646334392D313537332D356334392D613530382D313230336461383662656436222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657230222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E30406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E30406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303030222C22726177223A222B34393135323233303030303030222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2236323932343533313936313134373037222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2236323932343533313936313134373037222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657230225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657230225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E30406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E30406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303030225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303030225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',2,'evt_de7cbf66ce4f4bcb96975067ee467fbe','contact.created','031f8235-8d9f-5781-ba1a-d578ed43ddd1',1,'6987478247865205',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A322C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2230333166383233352D386439662D353738312D626131612D643537386564343364646431222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657231222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E31406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E31406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303031222C22726177223A222B34393135323233303030303031222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2236393837343738323437383635323035222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2236393837343738323437383635323035222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657231225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657231225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E31406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E31406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303031225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303031225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',3,'evt_ff323dfd698647f4a27dd054ef4a3713','contact.created','fa719ac1-bf5b-5bbc-9df6-f40c0adc4342',1,'8565612899121220',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A332C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2266613731396163312D626635622D356262632D396466362D663430633061646334333432222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657232222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E32406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E32406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303032222C22726177223A222B34393135323233303030303032222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2238353635363132383939313231323230222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2238353635363132383939313231323230222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657232225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657232225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E32406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E32406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303032225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303032225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',4,'evt_a76160d2dad44ebda62d5f53d8b46c92','contact.created','7474a0a6-693a-5519-a94e-e0d8bd24d2ad',1,'8640822855031100',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A342C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2237343734613061362D363933612D353531392D613934652D653064386264323464326164222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657233222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E33406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E33406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303033222C22726177223A222B34393135323233303030303033222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2238363430383232383535303331313030222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2238363430383232383535303331313030222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657233225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657233225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E33406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E33406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303033225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303033225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',5,'evt_e5684fe4c47a44e2b2509bde70d54f28','contact.created','c0886703-1dfa-594a-9357-0a6aefe41540',1,'2797086345494845',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A352C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2263303838363730332D316466612D353934612D393335372D306136616566653431353430222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657234222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E34406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E34406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303034222C22726177223A222B34393135323233303030303034222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2232373937303836333435343934383435222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2232373937303836333435343934383435222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657234225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657234225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E34406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E34406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303034225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303034225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',6,'evt_1d40b35a533e498caac6c4d03fcaa9e6','contact.created','709fe72d-f7ba-5f66-8f40-afc7593a23bc',1,'8058539880741831',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A362C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2237303966653732642D663762612D356636362D386634302D616663373539336132336263222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657235222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E35406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E35406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303035222C22726177223A222B34393135323233303030303035222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2238303538353339383830373431383331222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2238303538353339383830373431383331222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657235225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657235225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E35406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E35406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303035225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303035225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',7,'evt_30bad162ab1948d2aed596257ec2c498','contact.created','bb947baf-9fc9-5725-980a-4a05dd8b071f',1,'5993602009397754',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A372C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2262623934376261662D396663392D353732352D393830612D346130356464386230373166222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657236222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E36406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E36406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303036222C22726177223A222B34393135323233303030303036222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2235393933363032303039333937373534222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2235393933363032303039333937373534222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657236225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657236225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E36406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E36406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303036225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303036225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',8,'evt_186f398ab4dd46648e9854f60a9f5eab','contact.updated','15a9dc49-1573-5c49-a508-1203da86bed6',2,'5850182020127656',X'7B2274797065223A22636F6E746163742E75706461746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A382C227265766973696F6E223A322C2263726D5F6964223A2263726D2D31222C22636F6E74616374223A7B22636F6E746163745F6964223A2231356139646334392D313537332D356334392D613530382D313230336461383662656436222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657230222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E30406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E30406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303030222C22726177223A222B34393135323233303030303030222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2236323932343533313936313134373037222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D2C7B226C6561645F6964223A2235383530313832303230313237363536222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2235383530313832303230313237363536222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657230225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657230225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E30406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E30406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303030225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303030225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',9,'evt_f6d6da7da5354350ad24bb84822648f4','contact.updated','031f8235-8d9f-5781-ba1a-d578ed43ddd1',2,'1825075505501099',X'7B2274797065223A22636F6E746163742E75706461746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A392C227265766973696F6E223A322C2263726D5F6964223A2263726D2D32222C22636F6E74616374223A7B22636F6E746163745F6964223A2230333166383233352D386439662D353738312D626131612D643537386564343364646431222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F7373657231222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E31406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E31406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303031222C22726177223A222B34393135323233303030303031222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2236393837343738323437383635323035222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D2C7B226C6561645F6964223A2231383235303735353035353031303939222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2231383235303735353035353031303939222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F7373657231225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F7373657231225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E31406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E31406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303031225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303031225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',10,'evt_ba44637ec1884c8c9a9a961d63464fde','contact.created','e8c96f4e-32e6-5c04-ae04-ff6d484f1cad',1,'7805722516924992',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A31302C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2265386339366634652D333265362D356330342D616530342D666636643438346631636164222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F737365723230222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E3230406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E3230406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303230222C22726177223A222B34393135323233303030303230222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2237383035373232353136393234393932222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2237383035373232353136393234393932222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F737365723230225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F737365723230225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E3230406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E3230406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303230225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303230225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
INSERT INTO "events" VALUES('main',11,'evt_0149ebe6c7d84d61b82e1bd80c176cbb','contact.created','a09d0d7e-c122-54a6-bcef-a08a021314c3',1,'1626138759041756',X'7B2274797065223A22636F6E746163742E63726561746564222C2274696D657374616D70223A22323032362D31312D32325431303A30303A30302E3030305A222C2264617461223A7B22776F726B7370616365223A226D61696E222C2273657175656E6365223A31312C227265766973696F6E223A312C22636F6E74616374223A7B22636F6E746163745F6964223A2261303964306437652D633132322D353461362D626365662D613038613032313331346333222C22637265617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C22757064617465645F6174223A22323032362D31312D32325431303A30303A30302E3030305A222C226E6F726D616C69736572223A7B2276657273696F6E223A2231222C2270686F6E655F6D65746164617461223A22392E302E3432222C22656D61696C5F76616C696461746F72223A22322E342E30227D2C22736368656D615F76657273696F6E223A22312E30222C2266756C6C5F6E616D65223A224B756E6967756E6465205175617374656E666C6F737365723231222C22676976656E5F6E616D65223A6E756C6C2C2266616D696C795F6E616D65223A6E756C6C2C226E616D655F736F75726365223A2266756C6C5F6E616D65222C22656D61696C73223A5B7B2276616C7565223A226B756E6967756E64652E3231406578616D706C652E636F6D222C22726177223A226B756E6967756E64652E3231406578616D706C652E636F6D222C2276616C6964223A747275652C22737567676573746564223A6E756C6C2C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C2270686F6E6573223A5B7B2276616C7565223A222B34393135323233303030303231222C22726177223A222B34393135323233303030303231222C2276616C6964223A747275652C22726561736F6E223A6E756C6C2C22726567696F6E223A224445222C226C696E655F74797065223A226D6F62696C65222C22657874656E73696F6E223A6E756C6C2C22726567696F6E5F736F75726365223A226E756D626572222C226C6162656C73223A5B226D61696E225D2C227072696D617279223A747275657D5D2C22616464726573736573223A5B5D2C226269727468646179223A6E756C6C2C2267656E646572223A6E756C6C2C2267656E6465725F74657874223A6E756C6C2C226F7267616E697A6174696F6E223A6E756C6C2C226A6F625F7469746C65223A6E756C6C2C22637573746F6D5F6669656C6473223A5B5D2C22636F6E73656E7473223A5B5D2C226C65616473223A5B7B226C6561645F6964223A2231363236313338373539303431373536222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22706172746E65725F6E616D65223A6E756C6C2C2272657461696C65725F6974656D5F6964223A6E756C6C2C2275746D223A7B7D7D5D2C2269735F74657374223A66616C73652C22666C616773223A5B5D2C22706F737369626C655F6475706C696361746573223A5B5D7D2C226C656164223A7B226C6561645F6964223A2231363236313338373539303431373536222C22637265617465645F74696D65223A22323032362D31312D32325431303A30303A30305A222C22706167655F6964223A2236383639303237353933363231363031222C22706167655F6E616D65223A224578616D706C652042616B657279222C22666F726D5F6964223A2233303630353039373039313036373431222C22666F726D5F6E616D65223A2243616C6C206D65222C2263616D706169676E5F6964223A6E756C6C2C2263616D706169676E5F6E616D65223A6E756C6C2C2261647365745F6964223A6E756C6C2C2261647365745F6E616D65223A6E756C6C2C2261645F6964223A6E756C6C2C2261645F6E616D65223A6E756C6C2C22706C6174666F726D223A2266616365626F6F6B222C2269735F6F7267616E6963223A66616C73652C22616E7377657273223A5B7B226E616D65223A2266756C6C5F6E616D65222C226C6162656C223A2246756C6C206E616D65222C2274797065223A2246554C4C5F4E414D45222C2276616C756573223A5B224B756E6967756E6465205175617374656E666C6F737365723231225D2C2276616C75655F6C6162656C73223A5B224B756E6967756E6465205175617374656E666C6F737365723231225D7D2C7B226E616D65223A22656D61696C222C226C6162656C223A22456D61696C222C2274797065223A22454D41494C222C2276616C756573223A5B226B756E6967756E64652E3231406578616D706C652E636F6D225D2C2276616C75655F6C6162656C73223A5B226B756E6967756E64652E3231406578616D706C652E636F6D225D7D2C7B226E616D65223A2270686F6E655F6E756D626572222C226C6162656C223A2250686F6E65206E756D626572222C2274797065223A2250484F4E45222C2276616C756573223A5B222B34393135323233303030303231225D2C2276616C75655F6C6162656C73223A5B222B34393135323233303030303231225D7D5D2C22636F6E73656E7473223A5B5D2C2272656365697665645F766961223A22776562686F6F6B227D7D7D',1795341600000);
CREATE TABLE forms (
        form_id TEXT PRIMARY KEY,
        page_id TEXT NOT NULL,
        definition TEXT NOT NULL,
        fetched_at_ms BIGINT NOT NULL);
INSERT INTO "forms" VALUES('3060509709106741','6869027593621601','{"name":"Call me","status":"ACTIVE","locale":"en_US","created_time":"2026-11-22T10:00:00+0000","page_id":"6869027593621601","privacy_policy_url":"https://example.com/privacy","questions":[{"key":"full_name","label":"Full name","type":"FULL_NAME"},{"key":"email","label":"Email","type":"EMAIL"},{"key":"phone_number","label":"Phone number","type":"PHONE"}],"legal_content":{"privacy_policy":{"url":"https://example.com/privacy","link_text":"Privacy policy"}},"id":"3060509709106741"}',1795341600000);
CREATE TABLE known_browsers (
        hash TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        created_at_ms BIGINT NOT NULL);
CREATE TABLE leads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
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
        resolved_at_ms BIGINT);
INSERT INTO "leads" VALUES(1,'main','6292453196114707','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser0"]},{"name":"email","values":["kunigunde.0@example.com"]},{"name":"phone_number","values":["+4915223000000"]}],"is_organic":false,"platform":"fb","id":"6292453196114707"}',1795341600000,'15a9dc49-1573-5c49-a508-1203da86bed6','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(2,'main','6987478247865205','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser1"]},{"name":"email","values":["kunigunde.1@example.com"]},{"name":"phone_number","values":["+4915223000001"]}],"is_organic":false,"platform":"fb","id":"6987478247865205"}',1795341600000,'031f8235-8d9f-5781-ba1a-d578ed43ddd1','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(3,'main','8565612899121220','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser2"]},{"name":"email","values":["kunigunde.2@example.com"]},{"name":"phone_number","values":["+4915223000002"]}],"is_organic":false,"platform":"fb","id":"8565612899121220"}',1795341600000,'fa719ac1-bf5b-5bbc-9df6-f40c0adc4342','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(4,'main','8640822855031100','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser3"]},{"name":"email","values":["kunigunde.3@example.com"]},{"name":"phone_number","values":["+4915223000003"]}],"is_organic":false,"platform":"fb","id":"8640822855031100"}',1795341600000,'7474a0a6-693a-5519-a94e-e0d8bd24d2ad','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(5,'main','2797086345494845','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser4"]},{"name":"email","values":["kunigunde.4@example.com"]},{"name":"phone_number","values":["+4915223000004"]}],"is_organic":false,"platform":"fb","id":"2797086345494845"}',1795341600000,'c0886703-1dfa-594a-9357-0a6aefe41540','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(6,'main','8058539880741831','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser5"]},{"name":"email","values":["kunigunde.5@example.com"]},{"name":"phone_number","values":["+4915223000005"]}],"is_organic":false,"platform":"fb","id":"8058539880741831"}',1795341600000,'709fe72d-f7ba-5f66-8f40-afc7593a23bc','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(19,'main','5993602009397754','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser6"]},{"name":"email","values":["kunigunde.6@example.com"]},{"name":"phone_number","values":["+4915223000006"]}],"is_organic":false,"platform":"fb","id":"5993602009397754"}',1795341600000,'bb947baf-9fc9-5725-980a-4a05dd8b071f','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(20,'main','5850182020127656','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser0"]},{"name":"email","values":["kunigunde.0@example.com"]},{"name":"phone_number","values":["+4915223000000"]}],"is_organic":false,"platform":"fb","id":"5850182020127656"}',1795341600000,'15a9dc49-1573-5c49-a508-1203da86bed6','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(21,'main','1825075505501099','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser1"]},{"name":"email","values":["kunigunde.1@example.com"]},{"name":"phone_number","values":["+4915223000001"]}],"is_organic":false,"platform":"fb","id":"1825075505501099"}',1795341600000,'031f8235-8d9f-5781-ba1a-d578ed43ddd1','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(22,'main','7805722516924992','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser20"]},{"name":"email","values":["kunigunde.20@example.com"]},{"name":"phone_number","values":["+4915223000020"]}],"is_organic":false,"platform":"fb","id":"7805722516924992"}',1795341600000,'e8c96f4e-32e6-5c04-ae04-ff6d484f1cad','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(23,'main','1626138759041756','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'contact',NULL,NULL,1,NULL,NULL,'{"created_time":"2026-11-22T10:00:00+0000","form_id":"3060509709106741","field_data":[{"name":"full_name","values":["Kunigunde Quastenflosser21"]},{"name":"email","values":["kunigunde.21@example.com"]},{"name":"phone_number","values":["+4915223000021"]}],"is_organic":false,"platform":"fb","id":"1626138759041756"}',1795341600000,'a09d0d7e-c122-54a6-bcef-a08a021314c3','1 9.0.42 2.4.0',1795341600000);
INSERT INTO "leads" VALUES(24,'main','7328687803192186','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'fetch',1795341602444,NULL,1,'outage','The service is unavailable for a moment (Facebook no code, HTTP 503).',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "leads" VALUES(25,'main','4791297955842764','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'fetch',1795341602658,NULL,1,'outage','The service is unavailable for a moment (Facebook no code, HTTP 503).',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "leads" VALUES(26,'main','9787004085600996','6869027593621601','3060509709106741','webhook',NULL,1795341600000,'fetch',1795341600000,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE mails (
        id TEXT PRIMARY KEY,
        alert_id BIGINT NOT NULL,
        kind TEXT NOT NULL,
        stage TEXT NOT NULL,
        recipient TEXT NOT NULL,
        state TEXT NOT NULL,
        due_at_ms BIGINT,
        claim_id TEXT,
        attempts BIGINT NOT NULL,
        reason TEXT,
        created_at_ms BIGINT NOT NULL,
        sent_at_ms BIGINT,
        UNIQUE (alert_id, kind, stage, recipient));
CREATE TABLE memberships (
        person_id TEXT NOT NULL REFERENCES people (id),
        workspace_id TEXT NOT NULL REFERENCES workspaces (id),
        role TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        accepted_at_ms BIGINT,
        PRIMARY KEY (person_id, workspace_id));
INSERT INTO "memberships" VALUES('per_7bd16a6212cb44c5861c28b3b08d89b3','main','owner',1796056097606,1796056097606);
CREATE TABLE merges (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        workspace_id TEXT NOT NULL,
        contact_id TEXT NOT NULL,
        lead_id TEXT NOT NULL,
        why TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        merged_at_ms BIGINT NOT NULL,
        undone_at_ms BIGINT);
INSERT INTO "merges" VALUES(1,'main','15a9dc49-1573-5c49-a508-1203da86bed6','5850182020127656','both','{"contact_id":"15a9dc49-1573-5c49-a508-1203da86bed6","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser0","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.0@example.com","raw":"kunigunde.0@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000000","raw":"+4915223000000","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6292453196114707","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','{"contact_id":"15a9dc49-1573-5c49-a508-1203da86bed6","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser0","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.0@example.com","raw":"kunigunde.0@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000000","raw":"+4915223000000","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6292453196114707","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}},{"lead_id":"5850182020127656","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}',1795341600000,NULL);
INSERT INTO "merges" VALUES(2,'main','031f8235-8d9f-5781-ba1a-d578ed43ddd1','1825075505501099','both','{"contact_id":"031f8235-8d9f-5781-ba1a-d578ed43ddd1","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser1","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.1@example.com","raw":"kunigunde.1@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000001","raw":"+4915223000001","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6987478247865205","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}','{"contact_id":"031f8235-8d9f-5781-ba1a-d578ed43ddd1","created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.000Z","normaliser":{"version":"1","phone_metadata":"9.0.42","email_validator":"2.4.0"},"schema_version":"1.0","full_name":"Kunigunde Quastenflosser1","given_name":null,"family_name":null,"name_source":"full_name","emails":[{"value":"kunigunde.1@example.com","raw":"kunigunde.1@example.com","valid":true,"suggested":null,"labels":["main"],"primary":true}],"phones":[{"value":"+4915223000001","raw":"+4915223000001","valid":true,"reason":null,"region":"DE","line_type":"mobile","extension":null,"region_source":"number","labels":["main"],"primary":true}],"addresses":[],"birthday":null,"gender":null,"gender_text":null,"organization":null,"job_title":null,"custom_fields":[],"consents":[],"leads":[{"lead_id":"6987478247865205","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}},{"lead_id":"1825075505501099","created_time":"2026-11-22T10:00:00Z","form_id":"3060509709106741","form_name":"Call me","page_id":"6869027593621601","page_name":"Example Bakery","campaign_id":null,"campaign_name":null,"adset_id":null,"adset_name":null,"ad_id":null,"ad_name":null,"platform":"facebook","is_organic":false,"partner_name":null,"retailer_item_id":null,"utm":{}}],"is_test":false,"flags":[],"possible_duplicates":[]}',1795341600000,NULL);
CREATE TABLE page_forms (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        page_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        name TEXT,
        status TEXT NOT NULL,
        is_live BIGINT NOT NULL,
        questions TEXT,
        created_ms BIGINT,
        leads_count BIGINT,
        successor_of TEXT,
        first_seen_ms BIGINT NOT NULL,
        floor_ms BIGINT NOT NULL,
        watermark_ms BIGINT,
        backfill_id TEXT,
        due_at_ms BIGINT,
        claim_id TEXT,
        failures BIGINT NOT NULL DEFAULT 0,
        reason TEXT,
        read_at_ms BIGINT,
        last_found BIGINT,
        last_new BIGINT,
        newest_lead_ms BIGINT,
        UNIQUE (form_id, workspace_id));
INSERT INTO "page_forms" VALUES(1,'6869027593621601','main','3060509709106741','Call me','ACTIVE',1,'754e4f7a72568c5be490b1e2cf14216f2d98aa34929eade32b4992e5ea1c2cea',1795341600000,5,NULL,1795341600000,1795341300000,1795341300000,NULL,1795342496625,NULL,0,NULL,1795341600000,6,0,1795341600000);
CREATE TABLE page_grants (
        connection_id TEXT NOT NULL REFERENCES connections (id),
        page_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        sealed_token TEXT NOT NULL,
        tasks TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        remedy TEXT,
        state_since_ms BIGINT NOT NULL,
        subscribed_by_us BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (connection_id, page_id));
INSERT INTO "page_grants" VALUES('con_6675cdac2c36480c962445f3a4460a63','1845409379391789','main','Школа Пример','v1.c2e423eb.IalsO_VEVM4w6BAwy_J2gnAQWDVRsCFxzCZM67SLnrCYe_-UYqwAbMHZqRy4doq8hYgMi2AJ8YXAHsrsLHwy5KH49R2PPJ7jN-oX4JwpKesesMLO4F9_fvqYTln3i7yPxJeI3vzIoGplf4J7c1lWKHLbeyWmXi8MIObxhK-COTMThqDnpWA=','ANALYZE,ADVERTISE,MODERATE,CREATE_CONTENT,MANAGE','ok',NULL,NULL,1795341600000,1,1795341600000);
INSERT INTO "page_grants" VALUES('con_6675cdac2c36480c962445f3a4460a63','6869027593621601','main','Example Bakery','v1.c2e423eb.pP4ZQQQTUITsdX3kTdSxiQ054BmQ--r4GxT0i3PuWXZ_QMtTMeqVTr50vowzqb00waTscv1fXmZhcfUg-faU2ddfyKYR-ugD309gV_HegGpI7lHrx5YPo84POg7hRb77fM1PZdTQG4pcLtxOUngsTkQdhvBm5hHaXCwrljXWjLmRWh2i6cg=','ANALYZE,ADVERTISE,MODERATE,CREATE_CONTENT,MANAGE','ok',NULL,NULL,1795341600000,1,1795341600000);
INSERT INTO "page_grants" VALUES('con_6675cdac2c36480c962445f3a4460a63','8104186775664278','main','Clínica Exemplo','v1.c2e423eb.AfSnH3MD2hUsTT9Cr4Ye6jPBBoLi5rjAqWcMw-i1UCdGckqTA7MJGfbvi7s66Rci0HvJKGKTEa7GsqrcRMgWvo1l9WTEtmewEFf98atMZVl3lIp0IqzoWuI2j7KoofjH3fHi4H7ZUUR5HCM59AXzy2PK1D4UFynOnRH6yko5mqaJpkPvagQ=','ANALYZE,ADVERTISE,MODERATE,CREATE_CONTENT,MANAGE','ok',NULL,NULL,1795341600000,1,1795341600000);
CREATE TABLE page_rounds (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        page_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        due_at_ms BIGINT NOT NULL,
        claim_id TEXT,
        failures BIGINT NOT NULL DEFAULT 0,
        reason TEXT,
        list_due_at_ms BIGINT NOT NULL,
        listed_at_ms BIGINT,
        subscribed_at_ms BIGINT,
        healed_at_ms BIGINT,
        created_at_ms BIGINT NOT NULL,
        UNIQUE (page_id, workspace_id));
INSERT INTO "page_rounds" VALUES(1,'1845409379391789','main',1795342486423,NULL,0,NULL,1795343341710,1795341600000,1795341600000,NULL,1795341600000);
INSERT INTO "page_rounds" VALUES(2,'6869027593621601','main',1795342493480,NULL,0,NULL,1795342441415,1795341600000,1795341600000,NULL,1795341600000);
INSERT INTO "page_rounds" VALUES(3,'8104186775664278','main',1795342467087,NULL,0,NULL,1795343303541,1795341600000,1795341600000,NULL,1795341600000);
CREATE TABLE pages (
        workspace_id TEXT NOT NULL REFERENCES workspaces (id),
        page_id TEXT NOT NULL,
        name TEXT NOT NULL,
        connection_id TEXT NOT NULL REFERENCES connections (id),
        sealed_token TEXT NOT NULL,
        country_hint TEXT,
        state TEXT NOT NULL,
        reason TEXT,
        remedy TEXT,
        paused_until_ms BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (page_id, workspace_id));
INSERT INTO "pages" VALUES('main','1845409379391789','Школа Пример','con_6675cdac2c36480c962445f3a4460a63','v1.c2e423eb.IalsO_VEVM4w6BAwy_J2gnAQWDVRsCFxzCZM67SLnrCYe_-UYqwAbMHZqRy4doq8hYgMi2AJ8YXAHsrsLHwy5KH49R2PPJ7jN-oX4JwpKesesMLO4F9_fvqYTln3i7yPxJeI3vzIoGplf4J7c1lWKHLbeyWmXi8MIObxhK-COTMThqDnpWA=',NULL,'ok',NULL,NULL,0,1795341600000);
INSERT INTO "pages" VALUES('main','6869027593621601','Example Bakery','con_6675cdac2c36480c962445f3a4460a63','v1.c2e423eb.pP4ZQQQTUITsdX3kTdSxiQ054BmQ--r4GxT0i3PuWXZ_QMtTMeqVTr50vowzqb00waTscv1fXmZhcfUg-faU2ddfyKYR-ugD309gV_HegGpI7lHrx5YPo84POg7hRb77fM1PZdTQG4pcLtxOUngsTkQdhvBm5hHaXCwrljXWjLmRWh2i6cg=',NULL,'ok',NULL,NULL,0,1795341600000);
INSERT INTO "pages" VALUES('main','8104186775664278','Clínica Exemplo','con_6675cdac2c36480c962445f3a4460a63','v1.c2e423eb.AfSnH3MD2hUsTT9Cr4Ye6jPBBoLi5rjAqWcMw-i1UCdGckqTA7MJGfbvi7s66Rci0HvJKGKTEa7GsqrcRMgWvo1l9WTEtmewEFf98atMZVl3lIp0IqzoWuI2j7KoofjH3fHi4H7ZUUR5HCM59AXzy2PK1D4UFynOnRH6yko5mqaJpkPvagQ=',NULL,'ok',NULL,NULL,0,1795341600000);
CREATE TABLE people (
        id TEXT PRIMARY KEY,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        password_hash TEXT,
        created_at_ms BIGINT NOT NULL,
        removed_at_ms BIGINT);
INSERT INTO "people" VALUES('per_7bd16a6212cb44c5861c28b3b08d89b3','ada@example.com','ada@example.com','Ada','$argon2id$v=19$m=19456,t=2,p=1$+Rd9NmDg0lGyO4WG52Q81g$+KMFy9fzqfr1jTSkzctNFDm/FVi9/22GcPxcl155hbY',1796056097606,NULL);
CREATE TABLE privacy_requests (
        code TEXT PRIMARY KEY,
        provider TEXT NOT NULL,
        kind TEXT NOT NULL,
        request_hash TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        outcome TEXT,
        received_at_ms BIGINT NOT NULL,
        settled_at_ms BIGINT);
CREATE TABLE probes (
        id TEXT PRIMARY KEY,
        padding BLOB);
CREATE TABLE proof_days (
        workspace_id TEXT NOT NULL,
        page_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        day BIGINT NOT NULL,
        at_meta BIGINT NOT NULL,
        pushed BIGINT NOT NULL,
        pulled BIGINT NOT NULL,
        delivered BIGINT NOT NULL,
        waiting BIGINT NOT NULL,
        parked BIGINT NOT NULL,
        test BIGINT NOT NULL,
        erased BIGINT NOT NULL,
        refused BIGINT NOT NULL,
        missing BIGINT NOT NULL,
        proved_at_ms BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, form_id, day));
CREATE TABLE proof_differences (
        workspace_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        day BIGINT NOT NULL,
        lead_id TEXT NOT NULL,
        fate TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (workspace_id, form_id, day, lead_id));
CREATE TABLE quarantine (
        digest TEXT PRIMARY KEY,
        reason TEXT NOT NULL,
        field_name TEXT,
        page_id TEXT,
        lead_id TEXT,
        form_id TEXT,
        payload BLOB NOT NULL,
        seen BIGINT NOT NULL,
        first_seen_ms BIGINT NOT NULL,
        last_seen_ms BIGINT NOT NULL,
        released_at_ms BIGINT);
CREATE TABLE repairs (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        contact_id TEXT NOT NULL REFERENCES contacts (id),
        lead_id TEXT,
        actor_kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        changes TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        edited_before TEXT NOT NULL,
        repaired_at_ms BIGINT NOT NULL,
        undone_at_ms BIGINT);
CREATE TABLE rounds (
        name TEXT PRIMARY KEY,
        due_at_ms BIGINT NOT NULL);
INSERT INTO "rounds" VALUES('proof',1795395600000);
CREATE TABLE security_events (
        jti TEXT PRIMARY KEY,
        type TEXT NOT NULL,
        outcome TEXT NOT NULL,
        received_at_ms BIGINT NOT NULL);
CREATE TABLE sessions (
        hash TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        workspace_id TEXT REFERENCES workspaces (id),
        opened_by TEXT NOT NULL,
        label TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        seen_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL);
CREATE TABLE sign_in_failures (
        key TEXT PRIMARY KEY,
        failures BIGINT NOT NULL,
        last_failed_at_ms BIGINT NOT NULL,
        blocked_until_ms BIGINT NOT NULL);
CREATE TABLE sign_in_links (
        hash TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        workspace_id TEXT REFERENCES workspaces (id),
        return_to TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        used_at_ms BIGINT);
CREATE TABLE trials (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        page_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        lead_id TEXT,
        state TEXT NOT NULL,
        reason TEXT,
        contact TEXT,
        ping_event_id TEXT,
        asked_at_ms BIGINT NOT NULL,
        made_at_ms BIGINT,
        received_at_ms BIGINT,
        received_via TEXT,
        fetched_at_ms BIGINT,
        recognised_at_ms BIGINT,
        answered_at_ms BIGINT,
        removed_at_ms BIGINT,
        finished_at_ms BIGINT,
        due_at_ms BIGINT,
        claim_id TEXT,
        attempts BIGINT NOT NULL);
CREATE TABLE undoings (
        id TEXT PRIMARY KEY,
        connection_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        provider TEXT NOT NULL,
        kind TEXT NOT NULL,
        page_id TEXT,
        sealed_token TEXT,
        state TEXT NOT NULL,
        due_at_ms BIGINT,
        claim_id TEXT,
        attempts BIGINT NOT NULL,
        reason TEXT,
        created_at_ms BIGINT NOT NULL,
        settled_at_ms BIGINT);
CREATE TABLE watches (
        subject TEXT PRIMARY KEY,
        due_at_ms BIGINT NOT NULL,
        claim_id TEXT,
        failures BIGINT NOT NULL DEFAULT 0,
        reason TEXT,
        found_at_ms BIGINT,
        healed_at_ms BIGINT);
INSERT INTO "watches" VALUES('app',1795341660000,NULL,0,NULL,NULL,NULL);
CREATE TABLE workspaces (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        region TEXT,
        timezone TEXT NOT NULL,
        call_tracking BIGINT NOT NULL,
        last_sequence BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL);
INSERT INTO "workspaces" VALUES('main','Bakery',NULL,'UTC',1,11,1795341600000);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX connections_account ON connections (provider, account_id);
CREATE INDEX connections_probe ON connections (probe_due_at_ms) WHERE probe_due_at_ms IS NOT NULL;
CREATE INDEX connections_refresh ON connections (refresh_due_at_ms) WHERE refresh_due_at_ms IS NOT NULL;
CREATE INDEX pages_connection ON pages (connection_id);
CREATE INDEX page_grants_page ON page_grants (page_id, workspace_id);
CREATE INDEX undoings_queue ON undoings (due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX undoings_connection ON undoings (connection_id);
CREATE INDEX mails_queue ON mails (due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX forms_page ON forms (page_id);
CREATE UNIQUE INDEX leads_identity ON leads (lead_id, workspace_id);
CREATE INDEX leads_queue ON leads (stage, due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX leads_page_queue ON leads (page_id, workspace_id, due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX leads_held ON leads (page_id, workspace_id) WHERE stage = 'held';
CREATE INDEX leads_test ON leads (received_at_ms) WHERE stage = 'test';
CREATE INDEX leads_parked ON leads (received_at_ms) WHERE stage = 'parked';
CREATE INDEX merges_lead ON merges (lead_id, workspace_id);
CREATE INDEX deliveries_queue ON deliveries (is_replay, due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX deliveries_order ON deliveries (contact_id, revision) WHERE due_at_ms IS NOT NULL;
CREATE INDEX deliveries_lead ON deliveries (lead_id, workspace_id);
CREATE INDEX deliveries_parked ON deliveries (accepted_at_ms) WHERE state = 'parked';
CREATE INDEX deliveries_parked_contact ON deliveries (contact_id) WHERE state = 'parked';
CREATE INDEX attempts_event ON attempts (event_id);
CREATE INDEX quarantine_page ON quarantine (page_id) WHERE released_at_ms IS NULL;
CREATE UNIQUE INDEX alerts_open ON alerts (key) WHERE resolved_at_ms IS NULL;
CREATE INDEX repairs_contact ON repairs (contact_id);
CREATE INDEX test_runs_queue ON trials (due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX test_runs_workspace ON trials (workspace_id, asked_at_ms);
CREATE INDEX memberships_workspace ON memberships (workspace_id);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sign_in_links_person ON sign_in_links (person_id);
CREATE INDEX known_browsers_person ON known_browsers (person_id);
CREATE INDEX sign_in_failures_old ON sign_in_failures (last_failed_at_ms);
CREATE INDEX audit_workspace ON audit (workspace_id, id);
CREATE INDEX page_forms_page ON page_forms (page_id, workspace_id);
CREATE INDEX page_forms_queue ON page_forms (due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX backfills_queue ON backfills (due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX backfills_form ON backfills (form_id, workspace_id);
CREATE INDEX leads_backfill ON leads (stage)
        WHERE backfill_id IS NOT NULL AND due_at_ms IS NOT NULL;
CREATE INDEX leads_pulled ON leads (received_at_ms)
        WHERE received_via = 'reconcile' AND backfill_id IS NULL;
CREATE INDEX calls_started ON calls (workspace_id, started_at_ms, call_id);
CREATE INDEX calls_peer ON calls (workspace_id, peer_key, started_at_ms);
CREATE INDEX calls_changed ON calls (workspace_id, updated_at_ms, call_id);
CREATE INDEX call_keys_call ON call_keys (workspace_id, call_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('page_rounds',3);
INSERT INTO "sqlite_sequence" VALUES('leads',26);
INSERT INTO "sqlite_sequence" VALUES('page_forms',1);
INSERT INTO "sqlite_sequence" VALUES('attempts',11);
INSERT INTO "sqlite_sequence" VALUES('merges',2);
INSERT INTO "sqlite_sequence" VALUES('audit',2);
COMMIT;
