-- Requests per caller and minute, added up over the nodes. Unlogged: a crash forgets at most one minute of counting.
CREATE UNLOGGED TABLE IF NOT EXISTS shared.rate_counters (
    subject text NOT NULL,
    minute bigint NOT NULL,
    used bigint NOT NULL,
    PRIMARY KEY (subject, minute)
);
REVOKE ALL ON shared.rate_counters FROM hermes_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON shared.rate_counters TO hermes_engine;
