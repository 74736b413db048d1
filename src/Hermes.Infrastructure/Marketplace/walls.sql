-- Vectors of texts belong to no tenant and are read by engines only.
ALTER TABLE marketplace.embeddings ENABLE ROW LEVEL SECURITY;
ALTER TABLE marketplace.embeddings FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS engine ON marketplace.embeddings;
CREATE POLICY engine ON marketplace.embeddings TO hermes_engine USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS owner ON marketplace.embeddings;
    EXECUTE format('CREATE POLICY owner ON marketplace.embeddings TO %I USING (true) WITH CHECK (true)', current_user);
END $$;
REVOKE ALL ON marketplace.embeddings FROM hermes_app;
GRANT USAGE ON SCHEMA marketplace TO hermes_engine;
GRANT SELECT, INSERT, DELETE ON marketplace.embeddings TO hermes_engine;
