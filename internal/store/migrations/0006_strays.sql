-- Tickets of ours at a provider that this database does not know: it was put back
-- to a copy that was made before they were filed.
CREATE TABLE strays (
  id TEXT PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES providers (id),
  remote_id TEXT NOT NULL,
  key TEXT NOT NULL,
  identifier TEXT NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  status TEXT NOT NULL,
  outcome TEXT NOT NULL,
  slot_id TEXT REFERENCES slots (id),
  change_id TEXT REFERENCES changes (id),
  found_at TIMESTAMP NOT NULL,
  settled_at TIMESTAMP,
  UNIQUE (provider_id, remote_id)
);
CREATE INDEX strays_unsettled ON strays (provider_id, id) WHERE settled_at IS NULL;
