package requesttracker

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

const maxTitle = 200

const (
	noTicket = "the id of the ticket is not valid"
	noOwner  = "the assignee of the ticket is not valid"
)

// Provider is an account on one Request Tracker.
type Provider struct {
	base     string // where people go
	service  string // id of the service user, "" if the token does not tell
	keyField string
	means    meanings
	done     string // the status Complete sets
	declined string // the status Close sets
	http     exchange
}

var (
	_ ticket.Provider  = (*Provider)(nil)
	_ ticket.Former    = (*Provider)(nil)
	_ ticket.Lister    = (*Provider)(nil)
	_ ticket.Listener  = (*Provider)(nil)
	_ ticket.Assigner  = (*Provider)(nil)
	_ ticket.Completer = (*Provider)(nil)
)

// Projects implements ticket.Directory: the queues the service user may file in.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	const most = 50 // pages: 5000 queues
	var projects []ticket.Project
	empty := 0
	for n := 1; n <= most && empty < 2; n++ {
		query := url.Values{"fields": {"Name,_hyperlinks"}, "per_page": {strconv.Itoa(batch)}, "page": {strconv.Itoa(n)}}
		found, _, err := list[wireQueue](ctx, p.http, ticket.Call{Path: "/queues/all", Query: query})
		if err != nil {
			return nil, err
		}
		for _, q := range found.Items {
			if q.ID != "" && q.mayCreate() {
				projects = append(projects, ticket.Project{ID: string(q.ID), Name: line(q.Name)})
			}
		}
		// A queue that may not be seen leaves a gap in its page, and often no
		// total is given: only emptiness, seen twice, is the end.
		if found.Total != nil && n*batch >= *found.Total {
			break
		}
		if len(found.Items) == 0 {
			empty++
		}
	}
	slices.SortFunc(projects, ticket.ByName)
	return slices.CompactFunc(projects, func(a, b ticket.Project) bool { return a.ID == b.ID }), nil
}

// Account implements ticket.Directory. REST 2.0 does not tell who has the right
// OwnTicket, so an account may be found that tickets cannot be assigned to:
// Create then returns a ticket without assignee.
func (p *Provider) Account(ctx context.Context, _, email string) (ticket.Account, bool, error) {
	if email == "" || email != ticket.OneLine(email) {
		return ticket.Account{}, false, nil
	}
	users, err := p.http.users(ctx, email)
	if err != nil {
		return ticket.Account{}, false, err
	}
	for _, u := range users {
		if !strings.EqualFold(u.EmailAddress, email) {
			// It ignores a condition on a field that may not be searched by.
			return ticket.Account{}, false, &ticket.Failure{
				Certainty: ticket.NotSent, Trouble: ticket.Unauthorized, Msg: "Request Tracker: " + noSearch,
			}
		}
	}
	for _, u := range users {
		if u.ID == "" || !isPerson(u) {
			continue
		}
		whole, _, err := do[wireUser](ctx, p.http, ticket.Call{Path: "/user/" + string(u.ID)})
		if err != nil {
			return ticket.Account{}, false, err
		}
		if whole.Privileged {
			return account(u), true, nil
		}
	}
	return ticket.Account{}, false, nil
}

// mostPeople is how many People returns.
const mostPeople = 20

// People implements ticket.Directory. It searches one field after the other,
// and looks at what it gets: Request Tracker ignores a condition on a field that
// may not be searched by.
func (p *Provider) People(ctx context.Context, _, query string) ([]ticket.Account, error) {
	query = ticket.OneLine(ticket.Printable(query))
	var found []ticket.Account
	for _, field := range []string{"EmailAddress", "RealName", "Name"} {
		users, err := p.http.people(ctx, condition{Field: field, Operator: "LIKE", Value: query})
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			if a := account(u); a.ID != "" && isPerson(u) && u.has(query) && !slices.Contains(found, a) {
				found = append(found, a)
			}
		}
	}
	return found[:min(len(found), mostPeople)], nil
}

// has reports whether text is a part of what the user is called.
func (u wireUser) has(text string) bool {
	in := func(name string) bool { return strings.Contains(strings.ToLower(name), strings.ToLower(text)) }
	return in(u.EmailAddress) || in(u.RealName) || in(u.Name)
}

// Create implements ticket.Filer. It is three calls, four with fields to fill
// in: the queue is looked at first, because Request Tracker drops a custom field
// it does not know without a word, and the ticket is read back, because it files
// to nobody what it cannot file to the owner asked for.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	if !ticket.IsKey(d.Key) || !isID(d.Project) {
		return ticket.Snapshot{}, ticket.Refusal("the key or the queue of the ticket is not valid")
	}
	if d.Assignee.ID != "" && !isID(d.Assignee.ID) {
		return ticket.Snapshot{}, ticket.Refusal(noOwner, ticket.AssigneeField)
	}
	if err := p.mayFile(ctx, d.Project); err != nil {
		return ticket.Snapshot{}, err
	}
	fillings, err := p.fillings(ctx, d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	filed, err := p.file(ctx, d, fillings)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	made := ticket.Snapshot{
		ID: filed, Identifier: "#" + filed, URL: p.url(filed), Project: d.Project,
		Key: d.Key, Title: ticket.Title(d.Title, maxTitle), Outcome: ticket.Open,
	}
	stored, err := p.readBack(ctx, filed, fillings...)
	if err != nil {
		return made, ambiguous(err)
	}
	if stored.Key != d.Key {
		return stored, &ticket.Failure{
			Certainty: ticket.Ambiguous, Trouble: ticket.Unauthorized,
			Msg: "Request Tracker filed the ticket but dropped its key: " + p.keyRights(),
		}
	}
	return stored, nil
}

// mayFile returns why no ticket can be filed in a queue, or nil.
func (p *Provider) mayFile(ctx context.Context, queue string) error {
	q, err := p.queue(ctx, queue)
	if err != nil {
		return err
	}
	if problems := p.queueProblems(q); len(problems) > 0 {
		return ticket.Refusal("Request Tracker: " + problems[0].Problem)
	}
	return nil
}

func (p *Provider) queue(ctx context.Context, id string) (wireQueue, error) {
	q, _, err := do[wireQueue](ctx, p.http, ticket.Call{Path: "/queue/" + url.PathEscape(id)})
	if err != nil && ticket.FailureOf(err).Trouble == ticket.Input {
		err = ticket.Refusal("Request Tracker: " + noQueue)
	}
	return q, err
}

// file creates the ticket and returns its id.
func (p *Provider) file(ctx context.Context, d ticket.Draft, fillings []filling) (string, error) {
	body := wireDraft{
		Queue:        d.Project,
		Subject:      ticket.Title(d.Title, maxTitle),
		Content:      ticket.Printable(markdown.Text(d.Body)),
		ContentType:  "text/plain",
		Owner:        d.Assignee.ID,
		CustomFields: map[string]any{p.keyField: d.Key},
	}
	for _, f := range fillings {
		f.put(&body)
	}
	made, _, err := do[wireTicket](ctx, p.http, ticket.Call{Path: "/ticket", Body: body, Effect: ticket.Writes})
	if err != nil {
		return "", err
	}
	if made.ID == "" {
		return "", p.http.Malformed(ticket.Writes, errors.New("the new ticket has no id"))
	}
	return string(made.ID), nil
}

// readBack reads a ticket, and names what was asked for and not kept.
func (p *Provider) readBack(ctx context.Context, id string, asked ...filling) (ticket.Snapshot, error) {
	w, err := p.http.one(ctx, id)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	s, err := p.snapshot(w)
	if err == nil && s.ID != id {
		err = ticket.Refusal("Request Tracker: the ticket was merged into " + s.Identifier)
	}
	for _, f := range asked {
		if !f.kept(w) {
			s.Dropped = append(s.Dropped, f.name)
		}
	}
	return s, err
}

// Find implements ticket.Filer. Request Tracker searches its database, so the
// answer is never behind.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	if !ticket.IsKey(key) {
		return nil, ticket.Refusal("the key of the ticket is not valid")
	}
	found, _, err := p.http.tickets(ctx, search{sql: p.keyColumn() + " = " + quote(key), order: []string{"id"}, most: batch})
	if err != nil {
		return nil, err
	}
	tickets, err := p.snapshots(found.Items)
	if err != nil {
		return nil, err
	}
	tickets = slices.DeleteFunc(tickets, func(s ticket.Snapshot) bool { return s.Key != key })
	if len(tickets) == 0 {
		return nil, p.keyFieldSeen(ctx)
	}
	slices.SortFunc(tickets, byID)
	return tickets, nil
}

// keyFieldSeen makes sure that "no ticket" means it: a search on a custom field
// that is gone or hidden finds nothing, without a word.
func (p *Provider) keyFieldSeen(ctx context.Context) error {
	fields, err := p.http.customFields(ctx, p.keyField)
	if err == nil && len(fields) == 0 {
		err = &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Unauthorized, Msg: "Request Tracker: " + p.noKeyField()}
	}
	return err
}

// Read implements ticket.Reader. Deleted and merged tickets are not found by a
// search, so they are absent.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	var wanted []string
	for _, one := range ids {
		if isID(one) {
			wanted = append(wanted, "id = "+one)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	if len(wanted) > batch {
		return nil, ticket.Refusal("more than " + strconv.Itoa(batch) + " tickets in one read")
	}
	found, _, err := p.http.tickets(ctx, search{sql: strings.Join(wanted, " OR "), order: []string{"id"}, most: batch})
	if err != nil {
		return nil, err
	}
	tickets, err := p.snapshots(found.Items)
	return slices.DeleteFunc(tickets, func(s ticket.Snapshot) bool { return !slices.Contains(ids, s.ID) }), err
}

// Comment implements ticket.Closer.
func (p *Provider) Comment(ctx context.Context, id, message string) error {
	_, err := p.comment(ctx, id, message, "")
	return err
}

// comment adds a comment and, if status is not empty, asks for that status in
// the same call. It returns what Request Tracker says about each step: it
// answers 201 also when it refuses the status.
func (p *Provider) comment(ctx context.Context, id, message, status string) (said []string, err error) {
	if !isID(id) {
		return nil, ticket.Refusal(noTicket)
	}
	body := wireComment{Content: ticket.Printable(markdown.Text(message)), ContentType: "text/plain", Status: status}
	said, _, err = do[[]string](ctx, p.http, ticket.Call{Path: "/ticket/" + id + "/comment", Body: body, Effect: ticket.Writes})
	return said, err
}

// Close implements ticket.Closer.
func (p *Provider) Close(ctx context.Context, id, message string) error {
	return p.end(ctx, id, message, p.declined)
}

// keyColumn is the custom field in TicketSQL.
func (p *Provider) keyColumn() string { return quote("CF.{" + p.keyField + "}") }

func byID(a, b ticket.Snapshot) int {
	return cmp.Compare(id(a.ID).number(), id(b.ID).number())
}

// ambiguous is err for the case that something was changed before it.
func ambiguous(err error) error {
	f := *ticket.FailureOf(err)
	f.Certainty = ticket.Ambiguous
	return &f
}
