SELECT shared.wall('identity.members');
SELECT shared.wall('identity.invitations');
SELECT shared.wall('identity.personal_access_tokens');

-- Accounts belong to no tenant. The app role sees names and addresses of the current tenant's people and nothing else of
-- them: password hashes, stamps and lockout are the engine's.
ALTER TABLE identity.people ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.people FORCE ROW LEVEL SECURITY;
REVOKE ALL ON identity.people, identity.person_claims, identity.person_logins, identity.person_tokens FROM hermes_app;
GRANT SELECT (id, email, display_name) ON identity.people TO hermes_app;
DROP POLICY IF EXISTS colleagues ON identity.people;
CREATE POLICY colleagues ON identity.people FOR SELECT TO hermes_app
    USING (EXISTS (SELECT FROM identity.members m WHERE m.person_id = people.id
                   AND m.tenant_id = nullif(current_setting('app.tenant', true), '')::uuid));
DROP POLICY IF EXISTS engine ON identity.people;
CREATE POLICY engine ON identity.people TO hermes_engine USING (true) WITH CHECK (true);

-- Keys that protect sessions, links and stored answers: the engine's alone.
REVOKE ALL ON identity.protection_keys FROM hermes_app;
REVOKE UPDATE, DELETE ON identity.protection_keys FROM hermes_engine;

-- References to people and, over the capability's border, to tenants: a member without either cannot be.
-- Checked at the commit: the context does not know them and saves in any order.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'fk_members_people') THEN
        ALTER TABLE identity.members ADD CONSTRAINT fk_members_people FOREIGN KEY (person_id) REFERENCES identity.people (id) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE identity.personal_access_tokens ADD CONSTRAINT fk_personal_access_tokens_people FOREIGN KEY (person_id) REFERENCES identity.people (id) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE identity.members ADD CONSTRAINT fk_members_tenants FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE identity.invitations ADD CONSTRAINT fk_invitations_tenants FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE identity.personal_access_tokens ADD CONSTRAINT fk_personal_access_tokens_tenants FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id) DEFERRABLE INITIALLY DEFERRED;
    END IF;
END $$;

-- A tenant has somebody who rules it until it is being deleted. The lock makes two admins who demote each other at the same time wait
-- for one another; the second is told to run again and is then refused by the rule itself.
CREATE OR REPLACE FUNCTION identity.keep_an_admin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('identity.members'), hashtext(OLD.tenant_id::text));
    IF NOT EXISTS (SELECT FROM identity.members WHERE tenant_id = OLD.tenant_id AND role IN ('admin', 'operator'))
       AND NOT EXISTS (SELECT FROM tenancy.tenants WHERE id = OLD.tenant_id AND status = 'deleting')
    THEN
        RAISE EXCEPTION 'The tenant would be left without an admin.' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS keep_an_admin ON identity.members;
CREATE TRIGGER keep_an_admin AFTER UPDATE OF role OR DELETE ON identity.members
    FOR EACH ROW WHEN (OLD.role IN ('admin', 'operator')) EXECUTE FUNCTION identity.keep_an_admin();
