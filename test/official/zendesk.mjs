// Uses node-zendesk, the most used client of Zendesk's API for Node,
// against the server at argv[2], as argv[3] with the API token argv[4], in the
// group argv[5]. It fails if the server does not answer as that client expects.
import assert from 'node:assert/strict';
import zendesk from 'node-zendesk';

const [url, username, token, group] = process.argv.slice(2);
const client = zendesk.createClient({ username, token, endpointUri: `${url}/api/v2`, throttle: false });
const external_id = '0123456789abcdef0123456789abcdef';

const { result: me } = await client.users.me();
assert.equal(me.email, username);

const groups = await client.groups.list();
assert.ok(groups.some((g) => String(g.id) === group), 'the group is listed');

const ask = { subject: 'Give access', comment: { html_body: '<p>Make <b>sure</b>.</p>', public: false }, group_id: Number(group), external_id, tags: ['admit'] };
const { result: made } = await client.tickets.create({ ticket: ask });
assert.equal(made.external_id, external_id);
assert.equal(made.status, 'new');

const { result: shown } = await client.tickets.show(made.id);
assert.equal(shown.subject, ask.subject);
const { result: many } = await client.tickets.showMany([made.id, 999999]);
assert.deepEqual((many.tickets ?? many).map((t) => t.id), [made.id]);
assert.ok((await client.tickets.list()).some((t) => t.id === made.id), 'the ticket is listed');

const { result: changed } = await client.tickets.update(made.id, { ticket: { comment: { body: 'A note', public: false }, priority: 'high' } });
assert.equal(changed.priority, 'high');
const comments = (await client.tickets.getComments(made.id)).flatMap((c) => c.comments ?? c);
assert.deepEqual(comments.map((c) => [c.body, c.public]), [['Make sure.', false], ['A note', false]]);

const { result: given } = await client.tickets.update(made.id, { ticket: { assignee_id: me.id } });
assert.deepEqual([given.assignee_id, given.status], [me.id, 'open']);
const { result: taken } = await client.tickets.update(made.id, { ticket: { assignee_id: null } });
assert.deepEqual([taken.assignee_id, taken.status], [null, 'open'], 'never new again');
await assert.rejects(client.tickets.update(made.id, { ticket: { status: 'solved' } }), /422|Unprocessable|RecordInvalid/, 'nobody solves what nobody has');
await assert.rejects(client.tickets.show(999999), /404|Not Found|RecordNotFound/i);

const fields = (await client.ticketfields.list()).flatMap((f) => f.ticket_fields ?? f);
assert.ok(fields.some((f) => f.type === 'tagger' && f.custom_field_options.length > 0), 'a choice with options');
assert.ok((await client.ticketforms.list()).some((f) => f.name === 'Access request'), 'a ticket form');

const hook = { name: 'Test', endpoint: 'https://admit.example.com/hook', http_method: 'POST', request_format: 'json', status: 'active', subscriptions: ['zen:event-type:ticket.status_changed'] };
const { result: hooked } = await client.webhooks.create({ webhook: hook });
const id = (hooked.webhook ?? hooked).id;
const { result: secret } = await client.webhooks.getSigningSecret(id);
assert.equal((secret.signing_secret ?? secret).algorithm, 'SHA256');
await client.webhooks.update(id, { webhook: { ...hook, status: 'inactive' } });
await client.webhooks.delete(id);

await client.tickets.delete(made.id);
await assert.rejects(client.tickets.show(made.id), /404|Not Found|RecordNotFound/i);
console.log('ok');
