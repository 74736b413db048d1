-- What was learnt of bids, model by model; nobody's row, and the engine's alone. Everything here can be run again.
CREATE TABLE IF NOT EXISTS mesh.bid_models (
    id uuid PRIMARY KEY,
    fitted_at timestamptz NOT NULL,
    model jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_bid_models_fitted_at ON mesh.bid_models (fitted_at DESC);
REVOKE ALL ON mesh.bid_models FROM hermes_app, hermes_engine;
GRANT SELECT, INSERT ON mesh.bid_models TO hermes_engine;
