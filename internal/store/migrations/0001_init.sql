-- One text for both engines. TIMESTAMP becomes TIMESTAMPTZ on PostgreSQL.
-- Deleted users, apps and resources keep their rows: a removal must be carried
-- through, and what happened must stay readable.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  position TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'auditor', 'member')),
  password_hash TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;

CREATE TABLE sessions (
  token TEXT PRIMARY KEY,
  data TEXT NOT NULL,
  expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  preview TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  used_at TIMESTAMP,
  expires_at TIMESTAMP,
  revoked_at TIMESTAMP
);
CREATE INDEX api_tokens_user ON api_tokens (user_id, id);

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE groups (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE TABLE group_users (
  group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id),
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_users_user ON group_users (user_id);

CREATE TABLE owners (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  source_group_id TEXT REFERENCES groups (id),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX owners_name ON owners (name) WHERE deleted_at IS NULL;
CREATE TABLE owner_users (
  owner_id TEXT NOT NULL REFERENCES owners (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id),
  position INTEGER NOT NULL,
  PRIMARY KEY (owner_id, user_id)
);
CREATE INDEX owner_users_user ON owner_users (user_id);

CREATE TABLE providers (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  secrets TEXT NOT NULL,
  version INTEGER NOT NULL,
  health TEXT NOT NULL,
  trouble TEXT NOT NULL,
  health_at TIMESTAMP,
  cursor TEXT NOT NULL,
  next_poll_at TIMESTAMP NOT NULL,
  polled_at TIMESTAMP,
  full_read_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX providers_name ON providers (name) WHERE deleted_at IS NULL;

-- Whom a user is at a provider, as last looked up. account '' means: nobody.
CREATE TABLE provider_accounts (
  provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  looked_at TIMESTAMP NOT NULL,
  PRIMARY KEY (provider_id, project_id, user_id)
);

CREATE TABLE apps (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  admin_owner_id TEXT NOT NULL REFERENCES owners (id),
  tickets_enabled BOOLEAN NOT NULL,
  tickets_on_grant BOOLEAN NOT NULL,
  tickets_on_removal BOOLEAN NOT NULL,
  ticket_provider_id TEXT REFERENCES providers (id),
  ticket_project_id TEXT NOT NULL,
  ticket_project_name TEXT NOT NULL,
  ticket_instructions TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX apps_name ON apps (name) WHERE deleted_at IS NULL;

CREATE TABLE resources (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL REFERENCES apps (id),
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  admin_owner_id TEXT NOT NULL REFERENCES owners (id),
  requestable BOOLEAN NOT NULL,
  auto_approve BOOLEAN NOT NULL,
  max_minutes INTEGER,
  recommended_minutes INTEGER,
  overrides_tickets BOOLEAN NOT NULL,
  tickets_enabled BOOLEAN NOT NULL,
  tickets_on_grant BOOLEAN NOT NULL,
  tickets_on_removal BOOLEAN NOT NULL,
  ticket_provider_id TEXT REFERENCES providers (id),
  ticket_project_id TEXT NOT NULL,
  ticket_project_name TEXT NOT NULL,
  ticket_instructions TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX resources_name ON resources (app_id, name) WHERE deleted_at IS NULL;
CREATE INDEX resources_admin ON resources (admin_owner_id);

CREATE TABLE resource_levels (
  resource_id TEXT NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (resource_id, id)
);
CREATE TABLE resource_reviewers (
  resource_id TEXT NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  owner_id TEXT NOT NULL REFERENCES owners (id),
  position INTEGER NOT NULL,
  PRIMARY KEY (resource_id, owner_id)
);
CREATE INDEX resource_reviewers_owner ON resource_reviewers (owner_id);

CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  requester_id TEXT NOT NULL REFERENCES users (id),
  target_user_id TEXT NOT NULL REFERENCES users (id),
  reason TEXT NOT NULL,
  minutes INTEGER,
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'canceled')),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  decided_at TIMESTAMP,
  decided_by TEXT REFERENCES users (id)
);
CREATE INDEX requests_requester ON requests (requester_id, id);
CREATE INDEX requests_target ON requests (target_user_id, id);
CREATE INDEX requests_pending ON requests (id) WHERE state = 'pending';

CREATE TABLE request_items (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  resource_id TEXT NOT NULL REFERENCES resources (id),
  level TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'canceled'))
);
CREATE INDEX request_items_request ON request_items (request_id);
CREATE INDEX request_items_resource ON request_items (resource_id, request_id);
CREATE INDEX request_items_pending ON request_items (resource_id) WHERE state = 'pending';

CREATE TABLE request_reviews (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  item_id TEXT NOT NULL REFERENCES request_items (id),
  reviewer_id TEXT REFERENCES users (id),
  decision TEXT NOT NULL,
  override BOOLEAN NOT NULL,
  comment TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX request_reviews_request ON request_reviews (request_id);

CREATE TABLE request_comments (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  author_id TEXT NOT NULL REFERENCES users (id),
  text TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX request_comments_request ON request_comments (request_id);

CREATE TABLE slots (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  resource_id TEXT NOT NULL REFERENCES resources (id),
  level TEXT NOT NULL,
  wanted BOOLEAN NOT NULL,
  believed TEXT NOT NULL CHECK (believed IN ('absent', 'present', 'unknown')),
  proof TEXT NOT NULL,
  as_of TIMESTAMP,
  listed BOOLEAN NOT NULL,
  change_id TEXT,
  created_at TIMESTAMP NOT NULL,
  UNIQUE (user_id, resource_id, level)
);
CREATE INDEX slots_of_resource ON slots (resource_id, id) WHERE listed;
CREATE INDEX slots_of_user ON slots (user_id, id) WHERE listed;

CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  slot_id TEXT NOT NULL REFERENCES slots (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  resource_id TEXT NOT NULL REFERENCES resources (id),
  level TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('request', 'admin', 'rule')),
  request_id TEXT REFERENCES requests (id),
  granted_by TEXT REFERENCES users (id),
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('live', 'expired', 'revoked')),
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP,
  ended_at TIMESTAMP,
  ended_by TEXT REFERENCES users (id)
);
CREATE INDEX grants_live ON grants (slot_id) WHERE state = 'live';
CREATE INDEX grants_of_slot ON grants (slot_id, id);
CREATE INDEX grants_due ON grants (expires_at) WHERE state = 'live' AND expires_at IS NOT NULL;
CREATE INDEX grants_request ON grants (request_id) WHERE request_id IS NOT NULL;

CREATE TABLE changes (
  id TEXT PRIMARY KEY,
  slot_id TEXT NOT NULL REFERENCES slots (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  resource_id TEXT NOT NULL REFERENCES resources (id),
  app_id TEXT NOT NULL REFERENCES apps (id),
  level TEXT NOT NULL,
  direction TEXT NOT NULL CHECK (direction IN ('grant', 'removal')),
  state TEXT NOT NULL CHECK (state IN ('queued', 'filing', 'open', 'canceling', 'claimed', 'attention',
    'done', 'canceled', 'superseded', 'abandoned')),
  attention TEXT NOT NULL CHECK (attention IN ('', 'blocked', 'declined', 'unclear', 'disputed', 'lost')),
  detail TEXT NOT NULL,
  reversed BOOLEAN NOT NULL,
  cause TEXT NOT NULL,
  actor_id TEXT REFERENCES users (id),
  request_id TEXT REFERENCES requests (id),
  grant_id TEXT REFERENCES grants (id),
  via_ticket BOOLEAN NOT NULL,
  provider_id TEXT REFERENCES providers (id),
  project_id TEXT NOT NULL,
  user_email TEXT NOT NULL,
  user_name TEXT NOT NULL,
  resource_name TEXT NOT NULL,
  app_name TEXT NOT NULL,
  level_name TEXT NOT NULL,
  tries INTEGER NOT NULL,
  next_try_at TIMESTAMP,
  lease_until TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  state_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  CHECK ((state = 'attention') = (attention <> ''))
);
-- The first rule that never bends: one live change for a slot.
CREATE UNIQUE INDEX changes_live ON changes (slot_id)
  WHERE state IN ('queued', 'filing', 'open', 'canceling', 'claimed', 'attention');
CREATE INDEX changes_to_file ON changes (next_try_at) WHERE state IN ('queued', 'filing');
CREATE INDEX changes_of_request ON changes (request_id, id) WHERE request_id IS NOT NULL;
CREATE INDEX changes_of_resource ON changes (resource_id, id);
CREATE INDEX changes_work ON changes (id)
  WHERE state IN ('queued', 'filing', 'open', 'canceling', 'claimed', 'attention');

CREATE TABLE tickets (
  id TEXT PRIMARY KEY,
  change_id TEXT NOT NULL REFERENCES changes (id),
  provider_id TEXT NOT NULL REFERENCES providers (id),
  project_id TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('planned', 'sending', 'open', 'ended', 'refused', 'suspect', 'lost')),
  remote_id TEXT NOT NULL,
  identifier TEXT NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL,
  work_seen BOOLEAN NOT NULL,
  assignee_id TEXT REFERENCES users (id),
  assignee_name TEXT NOT NULL,
  assignee_email TEXT NOT NULL,
  unassigned TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  note TEXT NOT NULL,
  looks INTEGER NOT NULL,
  suspect_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  sent_at TIMESTAMP,
  filed_at TIMESTAMP,
  synced_at TIMESTAMP,
  remote_at TIMESTAMP,
  ended_at TIMESTAMP
);
-- One surviving ticket for a change.
CREATE UNIQUE INDEX tickets_live ON tickets (change_id) WHERE state IN ('planned', 'sending', 'open', 'suspect');
CREATE UNIQUE INDEX tickets_remote ON tickets (provider_id, remote_id) WHERE remote_id <> '';
CREATE INDEX tickets_change ON tickets (change_id, id);
CREATE INDEX tickets_open ON tickets (provider_id, id) WHERE state IN ('open', 'suspect');
CREATE INDEX tickets_assignee ON tickets (assignee_id, id) WHERE assignee_id IS NOT NULL;

CREATE TABLE syncs (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  total INTEGER NOT NULL,
  checked INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  detail TEXT NOT NULL,
  started_by TEXT REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX syncs_scope ON syncs (scope_id, id);

-- The built-in queue is a ticket system of its own that lives in our database.
CREATE TABLE queue_numbers (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
);
INSERT INTO queue_numbers (name, value) VALUES ('ticket', 0);
CREATE TABLE queue_tickets (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE,
  key TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'in_progress', 'done', 'declined', 'canceled')),
  assignee_id TEXT REFERENCES users (id),
  closed_by TEXT REFERENCES users (id),
  reason TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX queue_tickets_updated ON queue_tickets (updated_at, id);
CREATE TABLE queue_comments (
  id TEXT PRIMARY KEY,
  queue_ticket_id TEXT NOT NULL REFERENCES queue_tickets (id) ON DELETE CASCADE,
  author_id TEXT REFERENCES users (id),
  text TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX queue_comments_ticket ON queue_comments (queue_ticket_id, id);

CREATE TABLE events (
  id TEXT PRIMARY KEY,
  at TIMESTAMP NOT NULL,
  type TEXT NOT NULL,
  actor_id TEXT,
  actor_name TEXT NOT NULL,
  via TEXT NOT NULL,
  token_name TEXT NOT NULL,
  cause TEXT NOT NULL,
  summary TEXT NOT NULL,
  app_id TEXT,
  resource_id TEXT,
  user_id TEXT,
  owner_id TEXT,
  group_id TEXT,
  request_id TEXT,
  grant_id TEXT,
  change_id TEXT,
  ticket_id TEXT,
  provider_id TEXT,
  data TEXT NOT NULL
);
CREATE INDEX events_at ON events (at, id);
CREATE INDEX events_actor ON events (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX events_resource ON events (resource_id, id) WHERE resource_id IS NOT NULL;
CREATE INDEX events_user ON events (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX events_request ON events (request_id, id) WHERE request_id IS NOT NULL;
CREATE INDEX events_change ON events (change_id, id) WHERE change_id IS NOT NULL;
