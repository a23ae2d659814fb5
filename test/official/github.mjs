// Uses Octokit, GitHub's own client, and its check of webhook signatures,
// against the server at argv[2] with the token argv[3], in the repository
// argv[4], "owner/name". It fails if the server does not answer as Octokit expects.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Octokit } from '@octokit/rest';
import { verify } from '@octokit/webhooks-methods';

const [baseUrl, auth, fullName] = process.argv.slice(2);
const [owner, repo] = fullName.split('/');
const log = { debug() {}, info() {}, warn() {}, error() {} };
const octokit = new Octokit({ auth, baseUrl, log });

const { data: me } = await octokit.rest.users.getAuthenticated();
const { data: types } = await octokit.request('GET /repos/{owner}/{repo}/issue-types', { owner, repo });
const ask = { owner, repo, title: 'Give access', body: 'Make **sure**.', labels: ['bug', 'new label'], assignees: ['alice'], milestone: 1, type: types[0].name };
const { data: made, status } = await octokit.rest.issues.create(ask);
assert.equal(status, 201);
assert.equal(made.state, 'open');
assert.equal(made.user.login, me.login);
assert.deepEqual(made.labels.map((l) => l.name), ask.labels);
assert.deepEqual(made.assignees.map((a) => a.login), ask.assignees);
assert.equal(made.milestone.number, 1);
assert.equal(made.type.name, types[0].name);
const { data: shown } = await octokit.rest.issues.get({ owner, repo, issue_number: made.number });
assert.equal(shown.node_id, made.node_id);

// GraphQL: what is there, and what is not.
const { node } = await octokit.graphql('query($id: ID!) { node(id: $id) { ... on Issue { id title url state } } }', { id: made.node_id });
assert.deepEqual(node, { id: made.node_id, title: ask.title, url: made.html_url, state: 'OPEN' });
await assert.rejects(octokit.graphql('query { node(id: "I_none") { id } }'), (e) => e.name === 'GraphqlResponseError' && e.errors[0].type === 'NOT_FOUND');

// Refusals.
const refused = (status, field) => (e) => e.status === status && (!field || e.response.data.errors[0].field === field);
await assert.rejects(octokit.rest.issues.create({ owner, repo, title: ' ' }), refused(422, 'title'));
await assert.rejects(octokit.rest.issues.create({ ...ask, assignees: ['bob'] }), refused(422, 'assignees'));
await assert.rejects(octokit.rest.issues.create({ ...ask, repo: 'none' }), refused(404));
await assert.rejects(octokit.rest.issues.get({ owner, repo, issue_number: 999999 }), refused(404));
await assert.rejects(octokit.rest.issues.deleteLabel({ owner, repo, name: 'none' }), refused(404));
await assert.rejects(new Octokit({ auth: 'wrong', baseUrl, log }).rest.users.getAuthenticated(), refused(401));

// Webhooks: each delivery is signed, and the secret is never shown.
const secret = 'It is a secret to everybody';
const calls = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  calls.push({ headers: request.headers, body });
  response.end();
  server.emit('call');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const config = { url: `http://127.0.0.1:${server.address().port}/`, content_type: 'json', insecure_ssl: '0', secret };
const hook = { owner, repo, config, events: ['issues', 'issue_comment'] };
const { data: hooked } = await octokit.rest.repos.createWebhook({ ...hook, name: 'web' });
assert.equal(hooked.config.secret, '********');
await assert.rejects(octokit.rest.repos.createWebhook(hook), refused(422));
const { data: next } = await octokit.rest.issues.create({ owner, repo, title: 'Next' });
while (!calls.some((c) => c.headers['x-github-event'] === 'issues')) await once(server, 'call');
for (const call of calls) {
  assert.ok(await verify(secret, call.body, call.headers['x-hub-signature-256']), 'the signature is right');
  assert.ok(!(await verify('another', call.body, call.headers['x-hub-signature-256'])), 'and of this secret only');
  assert.match(call.headers['x-github-delivery'], /^[0-9a-f-]{36}$/);
}
const told = JSON.parse(calls.find((c) => c.headers['x-github-event'] === 'issues').body);
assert.equal(told.action, 'opened');
assert.equal(told.issue.node_id, next.node_id);
assert.equal(told.repository.full_name, fullName);

const { data: listed } = await octokit.rest.repos.listWebhooks({ owner, repo });
assert.deepEqual(listed.map((h) => h.id), [hooked.id]);
const { data: off } = await octokit.rest.repos.updateWebhook({ owner, repo, hook_id: hooked.id, active: false, config });
assert.equal(off.active, false);
await octokit.rest.repos.deleteWebhook({ owner, repo, hook_id: hooked.id });
await assert.rejects(octokit.rest.repos.deleteWebhook({ owner, repo, hook_id: hooked.id }), refused(404));
server.close();
console.log('ok');
