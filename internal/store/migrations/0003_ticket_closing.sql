-- Since when we ask the provider to close a ticket: committed before the call,
-- so that its end is known to be our own doing, whatever happens to the answer.
ALTER TABLE tickets ADD COLUMN closing_at TIMESTAMP;
