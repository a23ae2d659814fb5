package github

// The documents sent to GraphQL. The tests hold them to GitHub's own schema.

// issueFields is what a wireIssue holds. Of the comments only who wrote them is
// asked for: twenty are enough to find one that is not ours.
const issueFields = `
fragment issue on Issue {
  __typename id number title body url state viewerDidAuthor
  stateReason(enableDuplicate: true)
  createdAt updatedAt closedAt
  repository { id nameWithOwner }
  assignees(first: 10) { nodes { __typename id login name email } }
  labels(first: 100) { nodes { name } }
  comments(first: 20) { nodes { viewerDidAuthor author { __typename } } }
  last: comments(last: 1) { nodes { body author { login } createdAt } }
  subIssuesSummary { total }
  timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) {
    nodes { __typename ... on ClosedEvent { actor { __typename login ... on User { id name email } ... on Bot { id } } } }
  }
}`

// readDocument reads issues by their ids.
const readDocument = `query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Issue { ...issue } } }` + issueFields

// listDocument lists the issues the account has written, wherever they are.
const listDocument = `query($first: Int!, $after: String, $order: IssueOrder!, $filter: IssueFilters) {
  viewer {
    issues(first: $first, after: $after, orderBy: $order, filterBy: $filter) {
      nodes { ...issue }
      pageInfo { hasNextPage endCursor }
    }
  }
}` + issueFields

// searchDocument finds issues by words.
const searchDocument = `query($words: String!, $first: Int!) {
  search(query: $words, type: ISSUE, first: $first) { issueCount nodes { __typename ... on Issue { ...issue } } }
}` + issueFields

// repositoriesDocument lists the repositories the account has a part in.
const repositoriesDocument = `query($first: Int!, $after: String) {
  viewer {
    repositories(first: $first, after: $after, ownerAffiliations: [OWNER, COLLABORATOR, ORGANIZATION_MEMBER]) {
      nodes { __typename id nameWithOwner hasIssuesEnabled isArchived isDisabled viewerPermission }
      pageInfo { hasNextPage endCursor }
    }
  }
}`

// partsDocument looks up what a draft, or a change of an issue, names by id.
const partsDocument = `query($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    ... on Repository { id name owner { login } nameWithOwner hasIssuesEnabled isArchived isDisabled viewerPermission }
    ... on User { id login fullName: name email } # a user's name may be null, and a label's not
    ... on Label { id name repository { id } }
    ... on Milestone { id title number repository { id } }
    ... on Issue { id number repository { id name owner { login } } }
  }
}`

// labelsDocument lists the labels of a repository, milestonesDocument its open
// milestones.
const labelsDocument = `query($id: ID!, $first: Int!, $after: String) {
  node(id: $id) {
    __typename
    ... on Repository {
      page: labels(first: $first, after: $after, orderBy: {field: NAME, direction: ASC}) {
        nodes { id name description }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`

const milestonesDocument = `query($id: ID!, $first: Int!, $after: String) {
  node(id: $id) {
    __typename
    ... on Repository {
      page: milestones(first: $first, after: $after, states: [OPEN], orderBy: {field: DUE_DATE, direction: ASC}) {
        nodes { id title }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`

// emailDocument finds people by the address their profile shows.
const emailDocument = `query($words: String!, $first: Int!) {
  search(query: $words, type: USER, first: $first) { nodes { __typename ... on User { id login name email } } }
}`

// peopleDocument finds people an issue of a repository can be assigned to, by a
// part of their login or name.
const peopleDocument = `query($id: ID!, $query: String!, $first: Int!, $after: String) {
  node(id: $id) {
    __typename
    ... on Repository {
      assignableUsers(first: $first, after: $after, query: $query) {
        nodes { __typename id login name email }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`

// aboutDocument is what Check asks of a repository.
const aboutDocument = `query($id: ID!, $login: String!) {
  node(id: $id) {
    __typename
    ... on Repository {
      id name owner { login } nameWithOwner hasIssuesEnabled isArchived isDisabled viewerPermission
      assignableUsers(first: 1) { totalCount }
      issues(first: 1, filterBy: {createdBy: $login}, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { id createdAt } }
    }
  }
}`

// endDocument reads what must be known before an issue is closed.
const endDocument = `query($id: ID!) {
  node(id: $id) {
    __typename
    ... on Issue { state labels(first: 100) { nodes { name } } comments(last: 20) { nodes { body viewerDidAuthor } } }
  }
}`

const commentDocument = `mutation($id: ID!, $body: String!) {
  addComment(input: {subjectId: $id, body: $body}) { subject { id } }
}`

const closeDocument = `mutation($id: ID!, $reason: IssueClosedStateReason!) {
  closeIssue(input: {issueId: $id, stateReason: $reason}) { issue { state stateReason } }
}`

// endWithDocument comments and closes, in this order.
const endWithDocument = `mutation($id: ID!, $body: String!, $reason: IssueClosedStateReason!) {
  addComment(input: {subjectId: $id, body: $body}) { subject { id } }
  closeIssue(input: {issueId: $id, stateReason: $reason}) { issue { state stateReason } }
}`
