// Linear's own client against the fake: node linear.mjs URL KEY TEAM STATE.
// STATE is a completed state of the team; the fake refuses 'rateLimitStatus'
// for too many calls.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import {
  AuthenticationLinearError, InvalidInputLinearError, LinearClient, RatelimitedLinearError,
} from '@linear/sdk';
import { LinearWebhookClient } from '@linear/sdk/webhooks';

const [url, apiKey, teamId, stateId] = process.argv.slice(2);
const apiUrl = `${url}/graphql`;
const linear = new LinearClient({ apiKey, apiUrl });

const viewer = await linear.viewer;
assert.equal(viewer.email, 'admit@example.com');
await assert.rejects(() => new LinearClient({ apiKey: 'other', apiUrl }).viewer, AuthenticationLinearError);
await assert.rejects(() => linear.rateLimitStatus, (error) => {
  assert.ok(error instanceof RatelimitedLinearError);
  assert.equal(error.requestsRemaining, 0);
  assert.ok(error.requestsResetAt > Date.now());
  return true;
});

// An id of our own, and once more.
const id = randomUUID();
const made = await linear.createIssue({ id, teamId, title: 'Give access', description: 'Make **sure** of it.', priority: 2 });
assert.ok(made.success);
assert.equal(made.issueId, id);
await assert.rejects(() => linear.createIssue({ id, teamId, title: 'Again' }), (error) => {
  assert.ok(error instanceof InvalidInputLinearError, `${error}`);
  assert.match(error.message, /conflict on insert of Issue/i);
  assert.match(error.errors[0].message, /already exists/);
  return true;
});
await assert.rejects(() => linear.createIssue({ teamId: 'ACC', title: 'No team' }), InvalidInputLinearError);
await assert.rejects(() => linear.issue(randomUUID()), InvalidInputLinearError);

// In bulk, and one by one.
const other = await linear.createIssue({ id: randomUUID(), teamId, title: 'Another' });
const bulk = await linear.issues({ first: 250, includeArchived: true, filter: { id: { in: [id, other.issueId, randomUUID()] } } });
assert.deepEqual(bulk.nodes.map((issue) => issue.id).sort(), [id, other.issueId].sort());
const issue = await linear.issue(id);
assert.equal(issue.priority, 2);
assert.equal(issue.teamId, teamId);
await assert.rejects(() => linear.issues({ first: 500 }), InvalidInputLinearError);

// A page at a time.
const first = await linear.issues({ first: 1 });
assert.ok(first.pageInfo.hasNextPage);
assert.equal((await first.fetchNext()).nodes.length, 2);

// A webhook, heard and verified by the official handler.
const secret = '0123456789abcdef0123456789abcdef';
const handler = new LinearWebhookClient(secret).createHandler();
const heard = new Promise((resolve) => {
  handler.on('Issue', (payload) => payload.action === 'update' && resolve(payload));
});
const comments = new Promise((resolve) => handler.on('Comment', resolve));
const statuses = [];
const server = createServer((request, response) => {
  response.on('finish', () => statuses.push(response.statusCode));
  handler(request, response);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const hook = await linear.createWebhook({
  url: `http://127.0.0.1:${server.address().port}/hook`, secret, teamId, resourceTypes: ['Issue', 'Comment'],
});
assert.ok(hook.success);
assert.equal((await linear.webhooks()).nodes[0].secret, secret);

const updated = await linear.updateIssue(id, { stateId });
assert.ok(updated.success);
const payload = await heard;
assert.equal(payload.data.id, id);
assert.equal(payload.data.state.type, 'completed');
const done = await linear.issue(id);
assert.equal((await done.state).type, 'completed');
assert.ok(done.completedAt instanceof Date);

// Given to somebody and taken away.
assert.equal((await (await linear.updateIssue(id, { assigneeId: viewer.id })).issue).assigneeId, viewer.id);
assert.equal((await (await linear.updateIssue(id, { assigneeId: null })).issue).assigneeId, undefined);
await assert.rejects(() => linear.updateIssue(id, { assigneeId: randomUUID() }), InvalidInputLinearError);

const comment = randomUUID();
assert.ok((await linear.createComment({ id: comment, issueId: id, body: 'Done.' })).success);
assert.equal((await comments).data.issueId, id);
await assert.rejects(() => linear.createComment({ id: comment, issueId: id, body: 'Done.' }), InvalidInputLinearError);
assert.ok(statuses.every((status) => status === 200), `${statuses}`);

assert.ok((await linear.deleteWebhook(hook.webhookId ?? (await hook.webhook).id)).success);
server.close();
server.closeAllConnections();

// The trash.
assert.ok((await linear.deleteIssue(id)).success);
assert.equal((await linear.issues({ filter: { id: { in: [id] } } })).nodes.length, 0);
assert.ok((await linear.issues({ includeArchived: true, filter: { id: { in: [id] } } })).nodes[0].trashed);
