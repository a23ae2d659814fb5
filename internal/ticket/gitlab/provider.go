package gitlab

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"admit/internal/ticket"
)

// label marks the issues of Admit for people. They are found without it.
const label = "admit"

// fresh is how far back Find reads the list of issues. It is the longest time
// after which an issue might still be missing in GitLab's search.
const fresh = 24 * time.Hour

// Provider is an account on one GitLab.
type Provider struct {
	declined []string // labels; the first is set by Close
	started  []string // labels
	http     exchange
}

var (
	_ ticket.Provider  = (*Provider)(nil)
	_ ticket.Former    = (*Provider)(nil)
	_ ticket.Lister    = (*Provider)(nil)
	_ ticket.Listener  = (*Provider)(nil)
	_ ticket.Registrar = (*Provider)(nil)
	_ ticket.Assigner  = (*Provider)(nil)
	_ ticket.Completer = (*Provider)(nil)
)

// Projects implements ticket.Directory: the projects with issues that the account
// is a member of, at least as a reporter.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	found, err := every[wireProject](ctx, p.http, "/projects", url.Values{
		"membership": {"true"}, "min_access_level": {"20"}, "with_issues_enabled": {"true"}, "archived": {"false"},
		"simple": {"true"}, "order_by": {"id"}, "sort": {"asc"}, "pagination": {"keyset"},
	})
	if err != nil {
		return nil, err
	}
	var projects []ticket.Project
	for _, w := range found {
		if w.ID > 0 {
			projects = append(projects, ticket.Project{ID: decimal(w.ID), Name: cmp.Or(line(w.Name), decimal(w.ID))})
		}
	}
	slices.SortFunc(projects, ticket.ByName)
	return projects, nil
}

// Create implements ticket.Filer. It is one call: GitLab answers with the issue
// as it stored it.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	project := ticket.ParseID(d.Project)
	if !ticket.IsTicketKey(d.Key) || project == 0 {
		return ticket.Snapshot{}, ticket.Refusal("the key or the project of the ticket is not valid")
	}
	draft, err := draftOf(d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	w, _, err := do[wireIssue](ctx, p.http, ticket.Call{Path: projectPath(project) + "/issues", Body: draft, Effect: ticket.Writes})
	if err != nil {
		return ticket.Snapshot{}, err
	}
	stored, err := p.snapshot(w, ticket.Writes)
	if err != nil {
		return stored, err
	}
	stored.Dropped = dropped(draft, w)
	if stored.Key != d.Key {
		return stored, p.http.Malformed(ticket.Writes, errors.New("the issue was made without its key"))
	}
	return stored, nil
}

// Find implements ticket.Filer. GitLab's search reads the database, but what it
// searches is written a moment after the issue, and is not promised to be
// complete. So when it finds nothing, the issues of the last day are read one by
// one: only then nothing means that there is none.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	if !ticket.IsTicketKey(key) {
		return nil, ticket.Refusal("the key of the ticket is not valid")
	}
	found, now, err := p.http.search(ctx, key)
	if err != nil {
		return nil, err
	}
	carries := func(w wireIssue) bool { return w.key() == key }
	if !slices.ContainsFunc(found, carries) {
		var from time.Time
		if ticket.Plausible(now) {
			from = now.Add(-fresh)
		}
		if found, err = p.http.since(ctx, from); err != nil {
			return nil, err
		}
	}
	found = slices.DeleteFunc(found, func(w wireIssue) bool { return !carries(w) })
	tickets, _, err := p.settle(ctx, found)
	slices.SortStableFunc(tickets, func(a, b ticket.Snapshot) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(idOf(a.ID), idOf(b.ID)))
	})
	return tickets, err
}

// Read implements ticket.Reader: one call for each project the tickets are in,
// and one more for a ticket that was moved.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	if len(ids) > batch {
		return nil, ticket.Refusal("more than 100 tickets in one read")
	}
	wanted := map[int64][]string{} // the iids by project
	var projects []int64
	for _, id := range ids {
		r, ok := parseRef(id)
		if !ok {
			continue
		}
		if wanted[r.Project] == nil {
			projects = append(projects, r.Project)
		}
		wanted[r.Project] = append(wanted[r.Project], decimal(r.IID))
	}
	var found []wireIssue
	for _, project := range projects {
		part, err := p.http.numbered(ctx, project, wanted[project])
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
	}
	found = slices.DeleteFunc(found, func(w wireIssue) bool { return !slices.Contains(ids, w.ref().String()) })
	tickets, _, err := p.settle(ctx, found)
	return tickets, err
}

// numbered reads issues of a project by their numbers. A project that is gone or
// hidden has none.
func (x exchange) numbered(ctx context.Context, project int64, iids []string) ([]wireIssue, error) {
	query := url.Values{"iids[]": iids, "scope": {"all"}, "state": {"all"}}
	first, answer, err := list[wireIssue](ctx, x, projectPath(project)+"/issues", query)
	if absent(answer, err) {
		return nil, nil
	}
	return x.rest(ctx, projectPath(project)+"/issues", first, err)
}

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, message string) error {
	w, err := p.at(ctx, id)
	if err != nil {
		return err
	}
	return p.note(ctx, w, message)
}

// Close implements ticket.Closer. The label that says that the change was not
// made is on the issue before it is closed, so that at no time it can be taken for
// done. What was done before is not done again.
func (p *Provider) Close(ctx context.Context, id, message string) error {
	w, err := p.at(ctx, id)
	if err != nil || w.State != stateOpened {
		return err
	}
	if err := p.sayOnce(ctx, w, message); err != nil {
		return err
	}
	if p.declinedBy(w) == "" {
		if w, err = p.change(ctx, w, wireChange{AddLabels: p.declined[0]}); err != nil {
			return err
		}
		if p.declinedBy(w) == "" {
			return &ticket.Failure{
				Certainty: ticket.Refused, Trouble: ticket.Unauthorized,
				Msg: "GitLab did not add the label " + p.declined[0] + " to the issue: " + needsReporter,
			}
		}
	}
	// The label goes along again: somebody may take it away meanwhile.
	return p.end(ctx, w, wireChange{StateEvent: "close", AddLabels: p.declinedBy(w)})
}

// end closes an issue.
func (p *Provider) end(ctx context.Context, w wireIssue, c wireChange) error {
	after, err := p.change(ctx, w, c)
	if err == nil && after.State == stateOpened {
		err = ticket.Refusal("GitLab did not close the issue")
	}
	return err
}

// at reads a ticket where it is now.
func (p *Provider) at(ctx context.Context, id string) (wireIssue, error) {
	r, ok := parseRef(id)
	if !ok {
		return wireIssue{}, ticket.Refusal("the id of the ticket is not valid")
	}
	w, err := p.http.one(ctx, r)
	if err != nil || w.MovedTo == 0 {
		return w, err
	}
	seen := moves{w.ID: w}
	if err := seen.follow(ctx, p.http, w); err != nil {
		return w, err
	}
	return seen.end(w), nil
}

// sayOnce comments, unless the account has said that already: a call before may
// have got that far and no further.
func (p *Provider) sayOnce(ctx context.Context, w wireIssue, message string) error {
	if said, err := p.said(ctx, w, message); err != nil || said {
		return err
	}
	return p.note(ctx, w, message)
}

// said reports whether the account has made a comment already.
func (p *Provider) said(ctx context.Context, w wireIssue, message string) (bool, error) {
	notes, err := every[wireNote](ctx, p.http, w.ref().path()+"/notes", url.Values{"sort": {"desc"}, "order_by": {"created_at"}})
	same := func(n wireNote) bool {
		return !n.System && n.Author.ID == w.Author.ID && ticket.OneLine(n.Body) == ticket.OneLine(text(message))
	}
	return slices.ContainsFunc(notes, same), err
}

func (p *Provider) note(ctx context.Context, w wireIssue, message string) error {
	type body struct {
		Body string `json:"body"`
	}
	made, _, err := do[wireNote](ctx, p.http, ticket.Call{Path: w.ref().path() + "/notes", Body: body{text(message)}, Effect: ticket.Writes})
	if err == nil && made.ID == 0 {
		err = p.http.Malformed(ticket.Writes, errors.New("the comment has no id"))
	}
	return err
}

func (p *Provider) change(ctx context.Context, w wireIssue, c wireChange) (wireIssue, error) {
	call := ticket.Call{Method: http.MethodPut, Path: w.ref().path(), Body: c, Effect: ticket.Writes}
	changed, _, err := do[wireIssue](ctx, p.http, call)
	if err == nil && (!changed.whole() || changed.ref() != w.ref()) {
		err = p.http.Malformed(ticket.Writes, errors.New("another issue than the one that was changed"))
	}
	return changed, err
}
