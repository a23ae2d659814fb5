package servicenow

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Provider is an account on one instance of ServiceNow.
type Provider struct {
	base         string            // where people go
	auth         string            // how to sign in
	keyVariable  string            // of catalog items; "" if none is ordered
	textVariable string            //
	cancel       map[string]string // the state Close sets, by table
	cancelCode   string            // the resolution code Close sets; "" for none
	doneCode     string            // the resolution code Complete sets; "" for one that is offered
	http         exchange
}

var (
	_ ticket.Provider  = (*Provider)(nil)
	_ ticket.Former    = (*Provider)(nil)
	_ ticket.Lister    = (*Provider)(nil)
	_ ticket.Listener  = (*Provider)(nil)
	_ ticket.Assigner  = (*Provider)(nil)
	_ ticket.Completer = (*Provider)(nil)
)

const (
	catalogPrefix = "catalog:"
	mostItems     = 500 // catalog items that Projects lists
)

// Projects implements ticket.Directory: the two tables, and the catalog items the
// service user may order. An item beyond the first 500 can be typed in.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	projects, err := p.tables(ctx)
	if err != nil {
		return nil, err
	}
	for offset := 0; p.keyVariable != "" && offset < mostItems; offset += batch {
		items, err := p.items(ctx, offset)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			if i.orderable() {
				projects = append(projects, ticket.Project{ID: catalogPrefix + i.ID, Name: "Order: " + line(i.Name)})
			}
		}
		if len(items) < batch {
			break
		}
	}
	slices.SortFunc(projects, ticket.ByName)
	return slices.CompactFunc(projects, func(a, b ticket.Project) bool { return a.ID == b.ID }), nil
}

// tables names the tables in the service user's language, if it may read that.
func (p *Provider) tables(ctx context.Context) ([]ticket.Project, error) {
	s := search{table: "sys_db_object", query: "nameIN" + incident + "," + catalogTask, fields: []string{"name", "label"}, most: batch, raw: true}
	page, err := p.http.search(ctx, s)
	if err = allowed(err); err != nil {
		return nil, err
	}
	names := map[string]string{incident: "Incident", catalogTask: "Catalog Task"}
	for _, r := range page.rows {
		if _, ours := names[r.get("name")]; ours && r.label("label") != "" {
			names[r.get("name")] = r.label("label")
		}
	}
	return []ticket.Project{{ID: incident, Name: names[incident]}, {ID: catalogTask, Name: names[catalogTask]}}, nil
}

// Account implements ticket.Directory. ServiceNow does not tell whom a ticket can
// be assigned to: Create then returns a ticket without assignee. Two people with
// one address are nobody.
func (p *Provider) Account(ctx context.Context, _, email string) (ticket.Account, bool, error) {
	if !isAddress(email) {
		return ticket.Account{}, false, nil
	}
	query := "email=" + email
	if low := strings.ToLower(email); low != email { // a database may tell the case apart
		query += "^ORemail=" + low
	}
	users, err := p.users(ctx, query+"^active=true")
	if err != nil {
		return ticket.Account{}, false, err
	}
	for _, u := range users {
		if !strings.EqualFold(u.Email, email) {
			return ticket.Account{}, false, &ticket.Failure{
				Certainty: ticket.NotSent, Trouble: ticket.Unauthorized, Msg: "ServiceNow: " + noPeople,
			}
		}
	}
	if len(users) != 1 {
		return ticket.Account{}, false, nil
	}
	return users[0], true, nil
}

const (
	noPeople   = "people cannot be searched by e-mail address: the service user must be allowed to read email, name and active of the table sys_user"
	mostPeople = 20 // how many a search returns
)

// People implements ticket.Directory.
func (p *Provider) People(ctx context.Context, _, query string) ([]ticket.Account, error) {
	query = strings.TrimSpace(query)
	if query == "" || !safe(query) {
		return nil, nil
	}
	return p.users(ctx, "active=true^nameLIKE"+query+"^ORemailLIKE"+query+"^ORuser_nameLIKE"+query+"^ORDERBYname")
}

// users finds active users, no more than mostPeople.
func (p *Provider) users(ctx context.Context, query string) ([]ticket.Account, error) {
	s := search{table: "sys_user", query: query, fields: []string{"sys_id", "name", "email", "user_name", "active"}, most: mostPeople, raw: true}
	page, err := p.http.search(ctx, s)
	if err != nil {
		return nil, err
	}
	var users []ticket.Account
	for _, r := range page.rows {
		id, name := r.get("sys_id"), r.label("name")
		if !isID(id) {
			return nil, p.http.Malformed(ticket.Reads, errors.New("a user without sys_id"))
		}
		if r.get("active") != "true" && r.get("active") != "1" {
			continue
		}
		if name == "" {
			name = r.label("user_name")
		}
		users = append(users, ticket.Account{ID: id, Name: name, Email: line(r.get("email"))})
	}
	return users, nil
}

// isAddress reports whether text can be an e-mail address and stand in a query.
func isAddress(text string) bool {
	name, host, ok := strings.Cut(text, "@")
	return ok && name != "" && host != "" && len(text) <= 254 && safe(text) && !strings.ContainsAny(text, " %*\"\\;,")
}

// me is the service user, or an empty row if it may not read itself.
// Source: the documentation of sysparm_query has caller_id=javascript:gs.getUserID().
func (p *Provider) me(ctx context.Context) (row, error) {
	s := search{
		table: "sys_user", query: "sys_id=javascript:gs.getUserID()", most: 2, raw: true,
		fields: []string{"sys_id", "email", "active"},
	}
	page, err := p.http.search(ctx, s)
	if err = allowed(err); err != nil || len(page.rows) != 1 || !isID(page.rows[0].get("sys_id")) {
		return row{}, err
	}
	return page.rows[0], nil
}

// byAge sorts the oldest first. Times are in whole seconds; numbers rise.
func byAge(a, b ticket.Snapshot) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), len(a.Identifier)-len(b.Identifier), strings.Compare(a.Identifier, b.Identifier))
}
