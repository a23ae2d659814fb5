-- Ticket systems people really use: what a ticket is filled in with, what a
-- status means, one budget of calls for an account, webhooks.

ALTER TABLE apps ADD COLUMN ticket_form TEXT NOT NULL DEFAULT '{}';
ALTER TABLE resources ADD COLUMN ticket_form TEXT NOT NULL DEFAULT '{}';

-- The form a ticket was made with; how its end was read, and from what.
ALTER TABLE tickets ADD COLUMN type_id TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tickets ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN grounds TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tickets ADD COLUMN assignee_account TEXT NOT NULL DEFAULT '';
-- When to look once more for a second ticket with the same key.
ALTER TABLE tickets ADD COLUMN twins_at TIMESTAMP;
CREATE INDEX tickets_twins ON tickets (twins_at) WHERE twins_at IS NOT NULL;

-- What grounds mean, as an admin says; what the last preflight found; until
-- when the system wants no more calls; what is left of its budget of calls.
ALTER TABLE providers ADD COLUMN outcomes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE providers ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';
ALTER TABLE providers ADD COLUMN checked_at TIMESTAMP;
ALTER TABLE providers ADD COLUMN next_check_at TIMESTAMP;
-- Providers of before are due; the built-in queue needs no preflight.
UPDATE providers SET next_check_at = updated_at WHERE id <> '00000000-0000-7000-8000-000000000001';
ALTER TABLE providers ADD COLUMN paused_until TIMESTAMP;
ALTER TABLE providers ADD COLUMN budget_left DOUBLE PRECISION NOT NULL DEFAULT -1;
ALTER TABLE providers ADD COLUMN budget_at TIMESTAMP;

-- Whether an answer is awaited is asked with each delivery of a webhook.
CREATE INDEX tickets_sending ON tickets (provider_id) WHERE state = 'sending';

-- An account an admin chose is not looked up again.
ALTER TABLE provider_accounts ADD COLUMN chosen BOOLEAN NOT NULL DEFAULT FALSE;
-- Whose account it is is asked when a ticket has another assignee.
CREATE INDEX provider_accounts_account ON provider_accounts (provider_id, account);

-- Where a system calls when a ticket changes. The token is a part of the
-- address; the secret, encrypted, is what the system signs with.
CREATE TABLE webhooks (
  provider_id TEXT PRIMARY KEY REFERENCES providers (id) ON DELETE CASCADE,
  token TEXT NOT NULL,
  secret TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'working', 'silent', 'by_hand')),
  note TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  missed INTEGER NOT NULL,
  heard_at TIMESTAMP,
  unsigned_at TIMESTAMP,
  registered_at TIMESTAMP,
  expires_at TIMESTAMP,
  next_check_at TIMESTAMP NOT NULL,
  created_at TIMESTAMP NOT NULL
);

-- The deliveries that were taken in, so that each counts once.
CREATE TABLE deliveries (
  provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  received_at TIMESTAMP NOT NULL,
  PRIMARY KEY (provider_id, id)
);
CREATE INDEX deliveries_age ON deliveries (received_at);
