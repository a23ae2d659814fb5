package github

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

const (
	noRepository = "the repository does not exist, or the token may not see it"
	noAccount    = "the assignee is not an account on GitHub"
	goneAccount  = "GitHub: the assignee has no account any more"
)

// Create implements ticket.Filer. It is two calls: what the draft names by id is
// looked up, and the issue is made. What may be set without a right to push
// GitHub drops without a word, so the answer is held against the question. It is
// not read back: GraphQL may not know a new issue for a moment.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	if !ticket.IsKey(d.Key) || !isNodeID(d.Project) {
		return ticket.Snapshot{}, ticket.Refusal("the key or the repository of the ticket is not valid")
	}
	with, err := p.parts(ctx, d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	body := wireDraft{
		Title:     ticket.Title(d.Title, maxTitle),
		Body:      fit(d.Body),
		Labels:    with.labels,
		Milestone: with.milestone,
		Type:      d.Type,
	}
	if with.assignee != nil {
		body.Assignees = []string{with.assignee.Login}
	}
	filed, _, err := call[wireFiled](ctx, p, ticket.Call{
		Method: http.MethodPost, Path: with.repository.path() + "/issues", Body: body, Effect: ticket.Writes,
	})
	if err == nil && isOldForm(filed.NodeID) {
		filed.NodeID, err = p.renewed(ctx, filed.NodeID)
	}
	if err != nil {
		return ticket.Snapshot{}, err
	}
	return p.stored(filed, body, with, d.Key)
}

// isOldForm reports whether an id of an issue is written in the form that GitHub
// gives up: it lacks the "I_" of the new one.
func isOldForm(id string) bool { return isNodeID(id) && !strings.Contains(id, "_") }

// renewed returns an id that REST wrote in the old form as GraphQL has it. With
// two ids an issue would be taken for its own twin, so without this one Create
// gives none: the ticket is found by its key.
func (p *Provider) renewed(ctx context.Context, id string) (string, error) {
	got, _, _, err := p.byID(ctx, []string{id})
	if err == nil && got[0] == nil {
		err = errors.New("the new issue cannot be read yet")
	}
	if err != nil {
		return "", p.graph.Malformed(ticket.Writes, err)
	}
	return got[0].ID, nil
}

// parts is what a draft names by id, as REST wants it.
type parts struct {
	repository wireRepository
	assignee   *wireUser
	labels     []string
	milestone  int
}

// parts looks up what the draft names by id. Ids stay when things are renamed;
// and GitHub would make a label it does not know.
func (p *Provider) parts(ctx context.Context, d ticket.Draft) (parts, error) {
	labels, milestone, err := chosen(d.Fields)
	if err != nil {
		return parts{}, err
	}
	ids := append([]string{d.Project}, labels...)
	for _, id := range []string{milestone, d.Assignee.ID} {
		if id != "" {
			ids = append(ids, id)
		}
	}
	if d.Assignee.ID != "" && !isNodeID(d.Assignee.ID) {
		return parts{}, ticket.Refusal(noAccount, ticket.AssigneeField)
	}
	found, err := p.nodes(ctx, ids)
	if err != nil {
		return parts{}, err
	}
	repository := found[d.Project].wireRepository
	if !repository.isThere() {
		return parts{}, ticket.Refusal("GitHub: " + noRepository)
	}
	if problem := repository.problem(); problem != "" {
		return parts{}, ticket.Refusal("GitHub: " + problem)
	}
	with := parts{repository: repository}
	err = with.fill(found, labels, milestone, d.Assignee.ID)
	return with, err
}

// fill takes over what was found, and refuses what was not.
func (ps *parts) fill(found map[string]wirePart, labels []string, milestone, assignee string) error {
	for _, id := range labels {
		l := found[id]
		if l.Typename != "Label" || l.Repository.ID != ps.repository.ID {
			return ticket.Refusal("GitHub: a label that was chosen is not one of the repository any more", labelsField)
		}
		ps.labels = append(ps.labels, l.Name)
	}
	if m := found[milestone]; milestone != "" {
		if m.Typename != "Milestone" || m.Repository.ID != ps.repository.ID || m.Number <= 0 {
			return ticket.Refusal("GitHub: the milestone that was chosen is not one of the repository any more", milestoneField)
		}
		ps.milestone = m.Number
	}
	if a := found[assignee]; assignee != "" {
		if !a.isPerson() {
			return ticket.Refusal(goneAccount, ticket.AssigneeField)
		}
		user := a.user()
		ps.assignee = &user
	}
	return nil
}

// nodes looks things up by id. What is not there is missing in the answer.
func (p *Provider) nodes(ctx context.Context, ids []string) (map[string]wirePart, error) {
	type answer struct {
		Nodes []*wirePart `json:"nodes"`
	}
	got, hidden, a, err := query[answer](ctx, p, partsDocument, map[string]any{"ids": ids}, ticket.Reads)
	if err != nil {
		return nil, err
	}
	if len(got.Nodes) != len(ids) {
		return nil, p.graph.Malformed(ticket.Reads, errors.New("not as many nodes as were asked for"))
	}
	found := make(map[string]wirePart, len(ids))
	for i, id := range ids {
		if n := got.Nodes[i]; n != nil {
			found[id] = *n
		}
	}
	if got.Nodes[0] == nil {
		return found, p.forbidden(hidden, a)
	}
	return found, nil
}

// stored returns the issue as GitHub has it, and what of the draft it dropped.
func (p *Provider) stored(filed wireFiled, asked wireDraft, with parts, key string) (ticket.Snapshot, error) {
	if !isNodeID(filed.NodeID) || filed.Number <= 0 {
		return ticket.Snapshot{}, p.rest.Malformed(ticket.Writes, errors.New("the new issue has no id"))
	}
	s, err := p.snapshot(filed.issue(with), ticket.Writes)
	if err != nil {
		return ticket.Snapshot{
			ID: filed.NodeID, Identifier: identifier(with.repository.NameWithOwner, filed.Number), URL: line(filed.HTMLURL),
			Project: with.repository.ID, Key: key, Title: asked.Title, Outcome: ticket.Open,
		}, err
	}
	if !carries(filed.Body, key) {
		return s, &ticket.Failure{
			Certainty: ticket.Ambiguous, Trouble: ticket.Malformed, Msg: "GitHub filed the issue but did not keep its last line, the one with the key",
		}
	}
	s.Key = key
	s.Dropped = filed.dropped(asked)
	return s, nil
}

// issue is the new issue in the form in which issues are read.
func (f wireFiled) issue(with parts) wireIssue {
	w := wireIssue{
		Typename: "Issue", ID: f.NodeID, Number: f.Number, Title: f.Title, Body: f.Body, URL: f.HTMLURL,
		State: strings.ToUpper(f.State), StateReason: strings.ToUpper(f.StateReason),
		CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt, Repository: with.repository,
	}
	for _, l := range f.Labels {
		w.Labels.Nodes = append(w.Labels.Nodes, &l)
	}
	for _, a := range f.Assignees {
		user := &wireUser{Typename: "User", ID: a.NodeID, Login: a.Login}
		if with.assignee != nil && strings.EqualFold(a.Login, with.assignee.Login) {
			user = with.assignee
		}
		w.Assignees.Nodes = append(w.Assignees.Nodes, user)
	}
	return w
}

// dropped names what of the draft the issue does not have.
func (f wireFiled) dropped(asked wireDraft) []string {
	var names []string
	for _, login := range asked.Assignees {
		if !slices.ContainsFunc(f.Assignees, func(a wireLogin) bool { return strings.EqualFold(a.Login, login) }) {
			names = append(names, ticket.AssigneeField)
		}
	}
	kept := func(label string) bool {
		return slices.ContainsFunc(f.Labels, func(l named) bool { return strings.EqualFold(l.Name, label) })
	}
	if !all(asked.Labels, kept) {
		names = append(names, labelsName)
	}
	if asked.Milestone != 0 && (f.Milestone == nil || f.Milestone.Number != asked.Milestone) {
		names = append(names, milestoneName)
	}
	if asked.Type != "" && (f.Type == nil || !strings.EqualFold(f.Type.Name, asked.Type)) {
		names = append(names, "type")
	}
	return names
}

// window is how far back Find looks at the account's own issues one by one.
// What is older has long been seen by GitHub's search.
const window = 72 * time.Hour

// Find implements ticket.Filer. It goes through what the account wrote, newest
// first, for that list is not behind as the search is. The search is asked as
// well: for what is older than the window, and lest all depends on the list being
// whole, which Check can only see when there is something in it.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	if !ticket.IsKey(key) {
		return nil, ticket.Refusal("the key of the ticket is not valid")
	}
	var found []*wireIssue
	var hidden error
	err := p.pages(func(variables map[string]any) (pageInfo, error) {
		variables["order"] = order("CREATED_AT", "DESC")
		list, err := p.list(ctx, variables)
		if err != nil {
			return pageInfo{}, err
		}
		found, hidden = append(found, list.Nodes...), cmp.Or(hidden, list.hidden)
		if oldest := last(list.Nodes); oldest != nil && !list.at.IsZero() && list.at.Sub(oldest.CreatedAt) > window {
			return pageInfo{}, nil
		}
		return list.PageInfo, nil
	})
	if err != nil {
		return nil, err
	}
	more, unseen, err := p.search(ctx, key)
	if err != nil {
		return nil, err
	}
	tickets, err := p.withKey(append(found, more...), key)
	if err == nil && len(tickets) == 0 {
		err = cmp.Or(hidden, unseen) // what may not be seen may be the one
	}
	return tickets, err
}

// withKey maps the issues that carry key, oldest first.
func (p *Provider) withKey(found []*wireIssue, key string) ([]ticket.Snapshot, error) {
	found = slices.DeleteFunc(found, func(w *wireIssue) bool { return w == nil || !carries(w.Body, key) })
	slices.SortFunc(found, func(a, b *wireIssue) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Number, b.Number), strings.Compare(a.ID, b.ID))
	})
	found = slices.CompactFunc(found, func(a, b *wireIssue) bool { return a.ID == b.ID })
	tickets, err := p.snapshots(found)
	for i := range tickets {
		tickets[i].Key = key
	}
	return tickets, err
}

// listed is a page of what the account wrote.
type listed struct {
	nodeList[*wireIssue]
	at     time.Time // by GitHub's clock
	hidden error     // the failure that one of it may not be seen, or nil
}

// list reads a page of what the account wrote, and a smaller one if that is too
// much at once.
func (p *Provider) list(ctx context.Context, variables map[string]any) (listed, error) {
	type answer struct {
		Viewer struct {
			Issues *nodeList[*wireIssue] `json:"issues"`
		} `json:"viewer"`
	}
	got, hidden, a, err := query[answer](ctx, p, listDocument, variables, ticket.Reads)
	if first, ok := variables["first"].(int); ok && first > 1 && isTooMuch(err) {
		variables["first"] = first / 2
		return p.list(ctx, variables)
	}
	if err == nil && got.Viewer.Issues == nil {
		err = p.graph.Malformed(ticket.Reads, errors.New("no list of issues"))
	}
	if err != nil {
		return listed{}, err
	}
	return listed{*got.Viewer.Issues, a.Date(), p.forbidden(hidden, a)}, nil
}

// search finds what the account wrote with key in it. The search is behind by
// seconds, or by minutes on a bad day. With what it finds comes the failure that
// some of it may not be seen.
func (p *Provider) search(ctx context.Context, key string) (found []*wireIssue, unseen, err error) {
	type answer struct {
		Search *nodeList[*wireIssue] `json:"search"`
	}
	words := `"` + key + `" in:body is:issue author:@me`
	got, hidden, a, err := query[answer](ctx, p, searchDocument, map[string]any{"words": words, "first": batch}, ticket.Reads)
	if err == nil && got.Search == nil {
		err = p.graph.Malformed(ticket.Reads, errors.New("no result of a search"))
	}
	if err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(got.Search.Nodes, func(w *wireIssue) bool { return w == nil || !w.ViewerWrote }), p.forbidden(hidden, a), nil
}

func order(field, direction string) map[string]string {
	return map[string]string{"field": field, "direction": direction}
}
