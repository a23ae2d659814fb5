package linear

// The documents sent to Linear. Each costs less than the 10,000 points Linear
// allows for one: a connection costs its first times what is in it, and 50 times
// without a first.

// person is what is needed of a user.
const person = `fragment Person on User { id name email }
`

// issue is what a Snapshot is made of. What others wrote, and what they added
// below the issue, shows that somebody has begun.
const issue = person + `fragment Ticket on Issue {
  id identifier url title description createdAt updatedAt startedAt trashed
  team { id }
  state { id name type }
  assignee { ...Person }
  comments(first: 1, filter: {user: {isMe: {eq: false}}}) { nodes { body user { id } } }
  children(first: 1) { nodes { id } }
  history(first: 3) { nodes { createdAt toStateId actor { ...Person } } }
}
`

// details is what a Draft may have asked for.
const details = issue + `fragment Details on Issue {
  ...Ticket
  priority labelIds dueDate estimate
  project { id }
}
`

const (
	queryIssues = details + `query Issues($ids: [ID!]!, $first: Int!) {
  issues(first: $first, includeArchived: true, filter: {id: {in: $ids}}) { nodes { ...Details } }
}`
	queryRead = issue + `query Read($ids: [ID!]!, $first: Int!) {
  issues(first: $first, includeArchived: true, filter: {id: {in: $ids}}) { nodes { ...Ticket } }
}`
	queryChanged = issue + `query Changed($filter: IssueFilter!, $first: Int!, $after: String) {
  issues(first: $first, after: $after, includeArchived: true, orderBy: updatedAt, filter: $filter) {
    nodes { ...Ticket }
    pageInfo { hasNextPage endCursor }
  }
}`
	queryEnding = issue + `query Ending($ids: [ID!]!, $comment: ID!, $type: String!) {
  issues(first: 1, includeArchived: true, filter: {id: {in: $ids}}) {
    nodes { ...Ticket team { states(first: 50, filter: {type: {eq: $type}}) { nodes { id name position } } } }
  }
  comments(first: 1, includeArchived: true, filter: {id: {eq: $comment}}) { nodes { id } }
}`

	mutationCreate = details + `mutation Create($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { ...Details } }
}`
	mutationComment = `mutation Comment($input: CommentCreateInput!) {
  commentCreate(input: $input) { success }
}`
	mutationAssign = `mutation Assign($id: String!, $assignee: String) {
  issueUpdate(id: $id, input: {assigneeId: $assignee}) { success issue { id assignee { id } } }
}`
	mutationEnd = `mutation End($id: String!, $state: String!, $comment: CommentCreateInput!, $say: Boolean!) {
  commentCreate(input: $comment) @include(if: $say) { success }
  issueUpdate(id: $id, input: {stateId: $state}) { success issue { state { id } } }
}`
	mutationNothing = `mutation Nothing($id: String!) {
  issueUpdate(id: $id, input: {}) { success issue { state { id } } }
}`
)

const (
	queryViewer = `query Viewer { viewer { id name } }`
	queryTeams  = `query Teams($after: String) {
  teams(first: 250, after: $after) {
    nodes { id name key retiredAt archivedAt }
    pageInfo { hasNextPage endCursor }
  }
}`
	queryTeam = `query Team($ids: [ID!]!) {
  teams(first: 1, includeArchived: true, filter: {id: {in: $ids}}) {
    nodes { id name key retiredAt archivedAt issueEstimationType }
  }
}`
	queryAccount = person + `query Account($email: String!, $teams: [ID!]!) {
  users(first: 10, filter: {email: {eqIgnoreCase: $email}}) { nodes { ...Person active guest app isAssignable } }
  teams(first: 1, filter: {id: {in: $teams}}) {
    nodes { id visibility members(first: 10, filter: {email: {eqIgnoreCase: $email}}) { nodes { id } } }
  }
}`
	queryPeople = person + `query People($filter: UserFilter!) {
  users(first: 50, filter: $filter) { nodes { ...Person active guest app isAssignable } }
}`
	queryStates = `query States($filter: WorkflowStateFilter, $after: String) {
  workflowStates(first: 250, after: $after, filter: $filter) {
    nodes { id name type team { key } }
    pageInfo { hasNextPage endCursor }
  }
}`
	queryLabels = `query Labels($team: ID!, $after: String) {
  issueLabels(first: 250, after: $after, filter: {
    isGroup: {eq: false}, or: [{team: {null: true}}, {team: {id: {eq: $team}}}]
  }) {
    nodes { id name retiredAt parent { name } }
    pageInfo { hasNextPage endCursor }
  }
}`
	queryProjects = `query Projects($team: ID!, $after: String) {
  projects(first: 250, after: $after, filter: {accessibleTeams: {some: {id: {eq: $team}}}}) {
    nodes { id name status { type } }
    pageInfo { hasNextPage endCursor }
  }
}`
)

const (
	queryHooks = `query Hooks($teams: [ID!]!, $after: String) {
  webhooks(first: 100, after: $after) {
    nodes { id url enabled secret resourceTypes allPublicTeams teamIds team { id } }
    pageInfo { hasNextPage endCursor }
  }
  teams(first: 250, filter: {id: {in: $teams}}) { nodes { id visibility } }
}`
	mutationHookCreate = `mutation HookCreate($input: WebhookCreateInput!) {
  webhookCreate(input: $input) { success webhook { id } }
}`
	mutationHookUpdate = `mutation HookUpdate($id: String!, $input: WebhookUpdateInput!) {
  webhookUpdate(id: $id, input: $input) { success webhook { id } }
}`
	mutationHookDelete = `mutation HookDelete($id: String!) {
  webhookDelete(id: $id) { success }
}`
)
