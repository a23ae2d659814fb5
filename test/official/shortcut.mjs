// Uses @shortcut/client, the official client of Shortcut's interface, against
// the server at argv[2] with the token argv[3], in the workspace argv[4] and for
// the team argv[5]. It fails if the server does not answer as that client
// expects.
import assert from 'node:assert/strict';
import { ShortcutClient } from '@shortcut/client';
import { ShortcutV4Client } from '@shortcut/client/v4';
import { signShortcutWebhookBody, verifyShortcutWebhookSignature } from '@shortcut/client/webhooks';

const [url, token, workspace, team] = process.argv.slice(2);
const client = new ShortcutClient(token, { baseURL: url });
const external_id = '0123456789abcdef0123456789abcdef';

const { data: me } = await client.getCurrentMemberInfo();
assert.equal(me.workspace2.url_slug, workspace);
const { data: members } = await client.listMembers();
const alice = members.find((m) => m.profile.email_address === 'alice@example.com');
assert.ok(alice && !alice.disabled, 'Alice is a member');
const { data: groups } = await client.listGroups({ archived: false });
const group = groups.find((g) => g.id === team);
assert.ok(group, 'the team is listed');
const { data: workflows } = await client.listWorkflows();
const workflow = workflows.find((w) => w.id === group.default_workflow_id);
const done = workflow.states.find((s) => s.type === 'done');
const { data: fields } = await client.listCustomFields();

const ask = {
  name: 'Give access', description: 'Make **sure**.', story_type: 'chore', group_id: team, external_id,
  workflow_state_id: workflow.default_state_id, owner_ids: [alice.id], labels: [{ name: 'admit' }],
  deadline: '2030-01-02T12:00:00Z', estimate: 2, custom_fields: [{ field_id: fields[0].id, value_id: fields[0].values[0].id }],
};
const { data: made, status } = await client.createStory(ask);
assert.equal(status, 201);
assert.equal(made.external_id, external_id);
assert.deepEqual(made.owner_ids, [alice.id]);
assert.equal(made.completed, false);
assert.equal(made.custom_fields[0].field_id, fields[0].id);

await assert.rejects(client.createStory({ name: 'No state' }), (e) => e.response.status === 400);
await assert.rejects(client.getStory(999999), (e) => e.response.status === 404);
await assert.rejects(new ShortcutClient('wrong', { baseURL: url }).getCurrentMemberInfo(), (e) => e.response.status === 401);

const { data: found } = await client.queryStories({ external_id, archived: false });
assert.deepEqual(found.map((s) => s.id), [made.id]);
assert.deepEqual((await client.queryStories({ external_id, archived: true })).data, []);

const { data: comment } = await client.createStoryComment(made.id, { text: 'A comment' });
assert.equal(comment.text, 'A comment');
const { data: whole } = await client.getStory(made.id);
assert.deepEqual(whole.comments.map((c) => c.text), ['A comment']);

const { data: given } = await client.updateStory(made.id, { owner_ids: [me.id] });
assert.deepEqual(given.owner_ids, [me.id]);
assert.deepEqual((await client.updateStory(made.id, { owner_ids: [] })).data.owner_ids, []);
await assert.rejects(client.updateStory(made.id, { owner_ids: ['00000000-0000-4000-8000-999999999999'] }), (e) => e.response.status === 400);
await client.updateStory(made.id, { owner_ids: [alice.id] });

const { data: changed } = await client.updateMultipleStories({ story_ids: [made.id], workflow_state_id: done.id, labels_add: [{ name: 'x' }] });
assert.equal(changed[0].completed, true);
assert.deepEqual(changed[0].labels.map((l) => l.name), ['admit', 'x']);
const { data: unlabeled } = await client.updateMultipleStories({ story_ids: [made.id], labels_remove: [{ name: 'x' }] });
assert.deepEqual(unlabeled[0].labels.map((l) => l.name), ['admit']);

const v4 = new ShortcutV4Client({ token, baseUrl: url }).workspace(workspace);
const page = await v4.listStories({ ids: `${made.id},999999`, filter: 'include_archived', limit: 100 });
assert.deepEqual(page.entities.map((s) => s.id), [made.id]);
assert.equal(page.total_items, 1);
const [story] = page.entities;
assert.equal(story.workflow_state.name, done.name);
assert.deepEqual(story.owners.entities.map((o) => o.id), [alice.id]);
assert.equal(story.team.id, team);
for (let i = 0; i < 3; i++) await client.createStory({ ...ask, external_id: `${i}` });
let names = 0;
const paged = new ShortcutV4Client({ token, baseUrl: url });
for await (const s of paged.paginate(paged.workspace(workspace).listStories({ fields: 'id', limit: 2, order_by: 'updated_at', order_dir: 'desc' }))) {
  assert.deepEqual(Object.keys(s), ['id']);
  names++;
}
assert.equal(names, 4);
await assert.rejects(paged.workspace('elsewhere').listStories({}), (e) => e.status === 404);

const { data: hook } = await client.createGenericIntegration({ webhook_url: 'https://admit.example.com/hook', secret: 's' });
assert.equal((await client.getGenericIntegration(hook.id)).data.has_secret, true);
await client.deleteGenericIntegration(hook.id);
await assert.rejects(client.getGenericIntegration(hook.id), (e) => e.response.status === 404);
assert.ok(await verifyShortcutWebhookSignature('s', '{}', await signShortcutWebhookBody('s', '{}')));

await client.deleteStory(made.id);
await assert.rejects(client.getStory(made.id), (e) => e.response.status === 404);
console.log('ok');
