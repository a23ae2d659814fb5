-- Whatever goes wrong: who gets a ticket, giving up, clocks, storms, and which
-- of several servers is at it.

-- How tickets are given to people, and whether several changes share one.
ALTER TABLE apps ADD COLUMN fulfilment TEXT NOT NULL DEFAULT '{}';
ALTER TABLE resources ADD COLUMN fulfilment TEXT NOT NULL DEFAULT '{}';
ALTER TABLE resources ADD COLUMN risk TEXT NOT NULL DEFAULT 'normal' CHECK (risk IN ('low', 'normal', 'high'));

-- A row for each server that works jobs. One that was not seen for a while is
-- gone, and what it leased is free.
CREATE TABLE servers (
  id TEXT PRIMARY KEY,
  seen_at TIMESTAMP NOT NULL
);
ALTER TABLE changes ADD COLUMN lease_by TEXT NOT NULL DEFAULT '';

-- Many changes of one cause that wait for an admin, who is told the number.
CREATE TABLE storms (
  id TEXT PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES providers (id),
  cause TEXT NOT NULL,
  actor_id TEXT REFERENCES users (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'released')),
  grouping TEXT NOT NULL,
  decided_by TEXT REFERENCES users (id),
  decided_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX storms_waiting ON storms (provider_id) WHERE state = 'waiting';

-- rerouted: its ticket is closed because another is filed elsewhere.
-- shared_ticket_id: the ticket of another change in which this one is a line.
-- assignee_id: whom a person named for its ticket; else the policy chooses.
-- losses: how many of its tickets vanished. attested_by: who said it is so.
-- clock_at: when the next reminder is due. late_at: since when it is late.
ALTER TABLE changes ADD COLUMN rerouted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE changes ADD COLUMN shared_ticket_id TEXT REFERENCES tickets (id);
ALTER TABLE changes ADD COLUMN storm_id TEXT REFERENCES storms (id);
ALTER TABLE changes ADD COLUMN assignee_id TEXT REFERENCES users (id);
ALTER TABLE changes ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN attested_by TEXT REFERENCES users (id);
ALTER TABLE changes ADD COLUMN clock_at TIMESTAMP;
ALTER TABLE changes ADD COLUMN reminded_at TIMESTAMP;
ALTER TABLE changes ADD COLUMN late_at TIMESTAMP;
CREATE INDEX changes_clock ON changes (clock_at) WHERE clock_at IS NOT NULL;
CREATE INDEX changes_of_ticket ON changes (shared_ticket_id) WHERE shared_ticket_id IS NOT NULL;
CREATE INDEX changes_of_storm ON changes (storm_id) WHERE storm_id IS NOT NULL;
CREATE INDEX changes_ended ON changes (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX changes_unsent ON changes (provider_id, created_at) WHERE state = 'queued';
CREATE INDEX tickets_sent ON tickets (provider_id, sent_at) WHERE sent_at IS NOT NULL;

-- A removal that is not carried out for now: one person asks with a reason,
-- another agrees, and at its end the removal comes back.
CREATE TABLE waivers (
  id TEXT PRIMARY KEY,
  change_id TEXT NOT NULL REFERENCES changes (id),
  slot_id TEXT NOT NULL REFERENCES slots (id),
  reason TEXT NOT NULL,
  until_at TIMESTAMP NOT NULL,
  asked_by TEXT NOT NULL REFERENCES users (id),
  asked_at TIMESTAMP NOT NULL,
  agreed_by TEXT REFERENCES users (id),
  agreed_at TIMESTAMP,
  ended_at TIMESTAMP
);
CREATE UNIQUE INDEX waivers_asked ON waivers (change_id) WHERE agreed_at IS NULL AND ended_at IS NULL;
CREATE INDEX waivers_slot ON waivers (slot_id, id);
ALTER TABLE slots ADD COLUMN waived_until TIMESTAMP;
CREATE INDEX slots_waived ON slots (waived_until) WHERE waived_until IS NOT NULL;

-- When a provider did not work: that time is not its fulfillers'.
CREATE TABLE outages (
  id TEXT PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES providers (id),
  from_at TIMESTAMP NOT NULL,
  to_at TIMESTAMP
);
CREATE UNIQUE INDEX outages_open ON outages (provider_id) WHERE to_at IS NULL;
CREATE INDEX outages_of ON outages (provider_id, from_at);

-- Links by which a person without an account says once how a ticket ended.
CREATE TABLE done_links (
  id TEXT PRIMARY KEY,
  ticket_id TEXT NOT NULL REFERENCES tickets (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  used_at TIMESTAMP
);
CREATE INDEX done_links_ticket ON done_links (ticket_id);
