SELECT shared.wall('compliance.audit_entries');
-- A tenant's log also takes rows written by others' acts that concern it (an award, an operator's decision).
DROP POLICY IF EXISTS others_write ON compliance.audit_entries;
CREATE POLICY others_write ON compliance.audit_entries FOR INSERT TO hermes_app WITH CHECK (true);
REVOKE UPDATE, DELETE ON compliance.audit_entries FROM hermes_app, hermes_engine;

CREATE OR REPLACE FUNCTION compliance.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER IF EXISTS append_only ON compliance.audit_entries;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON compliance.audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION compliance.refuse_change();
