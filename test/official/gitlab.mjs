// Speaks to a GitLab as the client @gitbeaker/rest does, which is made from
// GitLab's documentation.
//
//   node gitlab.mjs URL TOKEN PROJECT OTHER
import assert from 'node:assert/strict'
import { Gitlab } from '@gitbeaker/rest'

const [host, token, project, other] = process.argv.slice(2)
const api = new Gitlab({ host, token })
const id = Number(project)

// Who am I, and where may I file?
const me = await api.Users.showCurrentUser()
assert.ok(me.id > 0 && me.username)
const self = await api.PersonalAccessTokens.show()
assert.deepEqual(self.scopes, ['api'])
const projects = await api.Projects.all({
  membership: true, minAccessLevel: 20, withIssuesEnabled: true, simple: true, archived: false,
  orderBy: 'id', sort: 'asc', pagination: 'keyset', perPage: 1,
})
assert.ok(projects.some((p) => p.id === id && p.name_with_namespace), 'every page of the projects is read')
assert.equal((await api.Projects.show(id)).issues_enabled, true)

// People, labels, milestones.
const members = await api.ProjectMembers.all(id, { includeInherited: true, query: 'alice@example.com' })
const alice = members.find((m) => m.username === 'alice')
assert.ok(alice.access_level >= 10 && alice.state === 'active')
assert.equal((await api.ProjectMembers.show(id, alice.id, { includeInherited: true })).id, alice.id)
assert.ok((await api.ProjectLabels.all(id)).some((l) => l.name === 'wontfix'))
assert.ok((await api.ProjectMilestones.all(id, { state: 'active' })).length > 0)

// A webhook.
const hook = await api.ProjectHooks.add(id, 'http://127.0.0.1:9/', {
  issuesEvents: true, confidentialIssuesEvents: true, noteEvents: true, confidentialNoteEvents: true, pushEvents: false, token: 'x',
})
assert.equal(hook.alert_status, 'executable')
assert.equal(hook.token, undefined, 'a secret is never told')
assert.equal((await api.ProjectHooks.all(id)).length, 1)
await api.ProjectHooks.remove(id, hook.id)

// The life of an issue.
const key = '0123456789abcdef0123456789abcdef'
const issue = await api.Issues.create(id, 'Give access', {
  description: `Make sure of it.\n\n${key}`, labels: 'admit,new label', assigneeIds: [alice.id], dueDate: '2027-01-02', confidential: true,
  issueType: 'incident',
})
assert.deepEqual(issue.labels, ['admit', 'new label'])
assert.equal(issue.assignees[0].id, alice.id)
assert.equal(issue.due_date, '2027-01-02')
assert.equal(issue.confidential, true)
assert.equal(issue.issue_type, 'incident')
assert.equal(issue.state, 'opened')
assert.ok(issue.web_url && issue.references.full.endsWith(`#${issue.iid}`) && issue.time_stats && issue._links.self)

const mine = { scope: 'created_by_me', state: 'all', orderBy: 'updated_at', sort: 'asc' }
const found = await api.Issues.all({ ...mine, search: key, in: 'description' })
assert.deepEqual(found.map((i) => i.id), [issue.id])
assert.equal((await api.Issues.all({ ...mine, updatedAfter: '2099-01-01T00:00:00.000Z' })).length, 0)
assert.deepEqual((await api.Issues.all({ projectId: id, iids: [issue.iid] })).map((i) => i.id), [issue.id])

const note = await api.IssueNotes.create(id, issue.iid, 'On it.')
assert.equal(note.author.id, me.id)
assert.ok((await api.IssueNotes.all(id, issue.iid)).some((n) => n.id === note.id && n.system === false))

const moved = await api.Issues.move(id, issue.iid, Number(other))
assert.equal(moved.project_id, Number(other))
const old = await api.Issues.show(issue.iid, { projectId: id })
assert.equal(old.state, 'closed')
assert.equal(old.moved_to_id, moved.id)

const closed = await api.Issues.edit(Number(other), moved.iid, { stateEvent: 'close', addLabels: 'wontfix' })
assert.equal(closed.state, 'closed')
assert.ok(closed.labels.includes('wontfix'))
assert.equal(closed.closed_by.id, me.id)

// What is refused.
await assert.rejects(api.Issues.show(999999, { projectId: id }), /404 Issue Not Found/)
await assert.rejects(api.Issues.create(id, ''), /can't be blank|title/)
await assert.rejects(new Gitlab({ host, token: 'wrong' }).Users.showCurrentUser(), /401 Unauthorized/)
