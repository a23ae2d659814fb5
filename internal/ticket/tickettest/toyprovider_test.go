package tickettest

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// toyProvider files in a toy. bug names something it does wrong.
type toyProvider struct {
	x   ticket.Exchange
	bug string
}

func toySpec(bug string) ticket.Spec {
	return ticket.Spec{
		Name: "Toy", Batch: 100, MaxBody: toyMaxBody, LookupLag: time.Minute,
		Fields: []ticket.Field{{Name: "base_url", Type: ticket.URL, Required: true}},
		Open: func(settings map[string]string, client *http.Client) (ticket.Provider, error) {
			return &toyProvider{ticket.Exchange{Name: "Toy", Base: settings["base_url"], Client: client}, bug}, nil
		},
	}
}

type toyList[T any] struct {
	List *[]T
	More bool
	Now  time.Time
}

// list reads a list, which must be there.
func list[T any](ctx context.Context, p *toyProvider, path string, q url.Values) (toyList[T], ticket.Answer, error) {
	got, a, err := ticket.Do[toyList[T]](ctx, p.x, ticket.Call{Path: path, Query: q})
	if err == nil && got.List == nil {
		if p.bug == "an empty answer is nothing" {
			return toyList[T]{List: new([]T)}, a, nil
		}
		err = p.x.Malformed(ticket.Reads, errors.New("no list"))
	}
	return got, a, err
}

func (p *toyProvider) name(text string) string {
	if p.bug == "names are handed on" {
		return text
	}
	return ticket.Title(text, 200)
}

func (p *toyProvider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	projects, err := p.Projects(ctx)
	if err != nil || project == "" || slices.ContainsFunc(projects, func(one ticket.Project) bool { return one.ID == project }) {
		return nil, err
	}
	return []ticket.Finding{{Problem: "the project is not there"}}, nil
}

func (p *toyProvider) Projects(ctx context.Context) ([]ticket.Project, error) {
	got, _, err := list[toyPerson](ctx, p, "/projects", nil)
	if err != nil {
		return nil, err
	}
	var all []ticket.Project
	for _, one := range *got.List {
		all = append(all, ticket.Project{ID: one.ID, Name: p.name(one.Name)})
	}
	slices.SortFunc(all, func(a, b ticket.Project) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (p *toyProvider) people(ctx context.Context, fits func(toyPerson) bool) ([]ticket.Account, error) {
	got, _, err := list[toyPerson](ctx, p, "/people", nil)
	if err != nil {
		return nil, err
	}
	var all []ticket.Account
	for _, one := range *got.List {
		if fits(one) {
			all = append(all, ticket.Account{ID: one.ID, Name: p.name(one.Name), Email: one.Email})
		}
	}
	return all, nil
}

func (p *toyProvider) Account(ctx context.Context, _, email string) (ticket.Account, bool, error) {
	found, err := p.people(ctx, func(one toyPerson) bool {
		return strings.EqualFold(one.Email, email) || p.bug == "a part of an address is enough" && email != "" && strings.Contains(one.Email, email)
	})
	if err != nil || len(found) != 1 {
		return ticket.Account{}, false, err
	}
	return found[0], true, nil
}

func (p *toyProvider) People(ctx context.Context, _, query string) ([]ticket.Account, error) {
	return p.people(ctx, func(one toyPerson) bool { return strings.Contains(one.Name+one.Email, query) })
}

func (p *toyProvider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	for id := range d.Fields {
		if id != "color" && p.bug != "unknown fields are ignored" {
			return ticket.Snapshot{}, refusal("there is no field "+strconv.Quote(id), id)
		}
	}
	body := ticket.Fit(ticket.Printable(d.Body), toyMaxBody)
	if p.bug == "the key is cut off" {
		body = ticket.Clip(ticket.Printable(d.Body), toyMaxBody)
	}
	sent := toyTicket{
		Key: d.Key, Project: d.Project, Type: d.Type, Title: ticket.Title(d.Title, 200), Body: body, Assignee: d.Assignee.ID, Color: d.Fields["color"],
	}
	effect := ticket.Writes
	if p.bug == "a lost answer may be repeated" {
		effect = ticket.Reads
	}
	made, a, err := ticket.Do[toyTicket](ctx, p.x, ticket.Call{Path: "/tickets", Body: sent, Effect: effect})
	if err != nil {
		return ticket.Snapshot{}, withFields(err, a)
	}
	if made.ID == "" {
		return ticket.Snapshot{}, p.x.Malformed(ticket.Writes, errors.New("no id"))
	}
	// A second call, so that there is a step that can fail.
	all, err := p.Read(ctx, []string{made.ID})
	if err != nil || len(all) != 1 {
		f := *ticket.FailureOf(err)
		if f.Certainty = ticket.Ambiguous; p.bug == "a later failure hides the ticket" {
			return ticket.Snapshot{}, &f
		}
		return p.snapshot(made), &f
	}
	return all[0], nil
}

func refusal(msg string, fields ...string) error {
	return &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: ticket.Title(msg, 200), Fields: fields}
}

func withFields(err error, a ticket.Answer) error {
	var said struct{ Field string }
	if err == nil || json.Unmarshal(a.Body, &said) != nil || said.Field == "" {
		return err
	}
	f := *ticket.FailureOf(err)
	f.Fields = []string{said.Field}
	return &f
}

func (p *toyProvider) snapshot(one toyTicket) ticket.Snapshot {
	means := map[string]ticket.Outcome{"open": ticket.Open, "begun": ticket.Open, "done": ticket.Yes, "refused": ticket.No}
	if p.bug == "what is unknown is done" {
		means["mystery"] = ticket.Yes
	}
	outcome, known := means[one.Status]
	if !known {
		outcome = ticket.Unclear
	}
	s := ticket.Snapshot{
		ID: one.ID, Identifier: one.Project + "-" + strconv.Itoa(one.Number), URL: p.x.Base + "/" + one.ID, Project: one.Project, Key: one.Key,
		Title: one.Title, Status: p.name(one.Status), WorkSeen: one.Status == "begun", CreatedAt: one.Created, UpdatedAt: one.Updated,
		Grounds: []ticket.Ground{{Key: "status:" + p.name(one.Status), Name: p.name(one.Status), Outcome: outcome}},
	}
	if p.bug == "our comment is work" && len(one.Comments) > 0 {
		s.WorkSeen = true
	}
	s.Outcome = ticket.Outcomes(nil).Judge(s.Grounds)
	if one.Assignee != "" {
		s.Assignee = ticket.Account{ID: "u1", Name: "Alice Ardent", Email: "alice@example.com"}
	}
	return s
}

func (p *toyProvider) snapshots(found []toyTicket) []ticket.Snapshot {
	var all []ticket.Snapshot
	for _, one := range found {
		all = append(all, p.snapshot(one))
	}
	return all
}

func (p *toyProvider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	got, _, err := list[toyTicket](ctx, p, "/tickets", url.Values{"key": {key}})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(*got.List, byNumber)
	if p.bug == "the newest twin comes first" {
		slices.Reverse(*got.List)
	}
	return p.snapshots(*got.List), nil
}

func (p *toyProvider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	got, _, err := list[toyTicket](ctx, p, "/tickets", url.Values{"ids": {strings.Join(ids, ",")}})
	if err != nil {
		return nil, err
	}
	if p.bug == "one call for one ticket" {
		for range ids[1:] {
			_, _, _ = list[toyTicket](ctx, p, "/tickets", url.Values{"ids": {ids[0]}})
		}
	}
	return p.snapshots(*got.List), nil
}

func (p *toyProvider) Changed(ctx context.Context, at string) (ticket.Page, error) {
	if at == "" {
		got, a, err := list[toyTicket](ctx, p, "/tickets", url.Values{"ids": {""}})
		return ticket.Page{Cursor: ticket.Cursor{Floor: got.Now.Add(-time.Nanosecond)}.Advance(a.Date(), nil, "").String()}, err
	}
	c, err := ticket.ParseCursor("Toy", at)
	if err != nil {
		return ticket.Page{}, err
	}
	since, offset := c.Since(time.Minute).Format(time.RFC3339Nano), 0
	if c.Inside() {
		since = c.Page
	}
	if p.bug == "paging by number" && c.Inside() {
		since = c.Since(time.Minute).Format(time.RFC3339Nano)
		offset, _ = strconv.Atoi(c.Page)
	}
	if p.bug == "no overlap" {
		since = c.Since(0).Format(time.RFC3339Nano)
	}
	got, a, err := list[toyTicket](ctx, p, "/tickets", url.Values{"since": {since}, "offset": {strconv.Itoa(offset)}})
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, next := p.snapshots(*got.List), ""
	if got.More {
		next = tickets[len(tickets)-1].UpdatedAt.Format(time.RFC3339Nano)
		if p.bug == "paging by number" {
			next = strconv.Itoa(offset + len(tickets))
		}
	}
	return ticket.Page{Tickets: tickets, Cursor: c.Advance(a.Date(), tickets, next).String(), More: got.More}, nil
}

func (p *toyProvider) say(ctx context.Context, id, what, text string) error {
	if !ticket.IsKey(id) {
		return refusal("the id is not valid")
	}
	one, a, err := ticket.Do[toyTicket](ctx, p.x, ticket.Call{Path: "/tickets/" + id + "/" + what, Body: text, Effect: ticket.Writes})
	if err == nil && one.ID == "" {
		err = p.x.Malformed(ticket.Writes, errors.New("no id"))
	}
	return withFields(err, a)
}

func (p *toyProvider) Assign(ctx context.Context, id string, to ticket.Account) error {
	if p.bug == "a ticket is never taken away" && to.ID == "" {
		return nil
	}
	err := p.say(ctx, id, "assignee", to.ID)
	switch {
	case p.bug == "giving a ticket away is told" && err == nil:
		return p.Comment(ctx, id, "It is for "+to.Name+" now.")
	case p.bug == "a refused assignee is not noticed" && ticket.IsRefusal(err) && len(ticket.FailureOf(err).Fields) > 0:
		return nil
	case p.bug == "a refused assignee is not named" && ticket.IsRefusal(err):
		return refusal("it cannot be given to " + to.Name)
	}
	return err
}

// Complete is two calls, so that it can be cut short between them.
func (p *toyProvider) Complete(ctx context.Context, id, text string) error {
	if !ticket.IsKey(id) {
		return refusal("the id is not valid")
	}
	got, _, err := list[toyTicket](ctx, p, "/tickets", url.Values{"ids": {id}})
	if err != nil {
		return err
	}
	if len(*got.List) == 0 {
		return refusal("there is no such ticket")
	}
	one := (*got.List)[0]
	if p.snapshot(one).Outcome.Ended() && p.bug != "what has ended is done" {
		return nil
	}
	if p.bug == "completing is closing" {
		return p.say(ctx, id, "close", text)
	}
	if !slices.Contains(one.Comments, text) || p.bug == "what was said before is not looked at" {
		if err := p.Comment(ctx, id, text); err != nil {
			return err
		}
	}
	return p.say(ctx, id, "done", "")
}

func (p *toyProvider) Comment(ctx context.Context, id, text string) error {
	return p.say(ctx, id, "comment", text)
}

func (p *toyProvider) Close(ctx context.Context, id, text string) error {
	if !ticket.IsKey(id) {
		return refusal("the id is not valid")
	}
	got, err := p.Read(ctx, []string{id})
	if err != nil || len(got) == 1 && got[0].Outcome.Ended() && p.bug != "closing twice tells twice" {
		return err
	}
	return p.say(ctx, id, "close", text)
}

func (p *toyProvider) Types(ctx context.Context, _ string) ([]ticket.Type, error) {
	got, _, err := list[toyPerson](ctx, p, "/types", nil)
	if err != nil {
		return nil, err
	}
	var all []ticket.Type
	for _, one := range *got.List {
		all = append(all, ticket.Type{ID: one.ID, Name: one.Name})
	}
	return all, nil
}

func (p *toyProvider) Form(context.Context, string, string) ([]ticket.FormField, error) {
	return []ticket.FormField{{ID: "color", Name: "Color", Entry: ticket.Choice, Options: []ticket.Option{{ID: "red", Name: "Red"}}}}, nil
}

func (p *toyProvider) Statuses(ctx context.Context, _ string) ([]ticket.Ground, error) {
	got, _, err := list[toyPerson](ctx, p, "/statuses", nil)
	if err != nil {
		return nil, err
	}
	var all []ticket.Ground
	for _, one := range *got.List {
		all = append(all, ticket.Ground{Key: "status:" + one.ID, Name: one.Name, Outcome: p.snapshot(toyTicket{Status: one.ID}).Outcome})
	}
	if p.bug == "a status is not offered" {
		all = all[:1]
	}
	return all, nil
}

func (p *toyProvider) Hear(d ticket.Delivery) (ticket.News, error) {
	stamp := d.Header.Get("Toy-Time")
	seconds, _ := strconv.ParseInt(stamp, 10, 64)
	if d.Secret == "" && p.bug != "an empty secret signs" {
		return ticket.News{}, nil
	}
	signed := hmac.Equal([]byte(d.Header.Get("Toy-Signature")), []byte(toySign(d.Secret, stamp, string(d.Body))))
	fresh := d.At.Sub(time.Unix(seconds, 0)).Abs() < 5*time.Minute
	if !signed && p.bug != "signatures are not looked at" || !fresh {
		return ticket.News{}, ticket.ErrForged
	}
	var said struct{ Ticket string }
	news := ticket.News{Signed: true}
	if json.Unmarshal(d.Body, &said) == nil && said.Ticket != "" {
		news.ID, news.Tickets = d.Header.Get("Toy-Delivery"), []string{said.Ticket}
	}
	return news, nil
}

func (p *toyProvider) Register(ctx context.Context, hook ticket.Hook) (ticket.Hook, error) {
	got, _, err := list[toyHook](ctx, p, "/hooks", nil)
	if err != nil {
		return hook, err
	}
	for _, h := range *got.List {
		if h.URL == hook.URL && !h.Off && p.bug != "a webhook for each call" {
			hook.ID = h.ID
			return hook, nil
		}
		if h.URL == hook.URL && h.Off {
			if err := p.Unregister(ctx, ticket.Hook{ID: h.ID}); err != nil {
				return hook, err
			}
		}
	}
	made, _, err := ticket.Do[toyHook](ctx, p.x, ticket.Call{Path: "/hooks", Body: toyHook{URL: hook.URL, Secret: hook.Secret}, Effect: ticket.Writes})
	if err == nil && made.ID == "" {
		err = p.x.Malformed(ticket.Writes, errors.New("no id"))
	}
	hook.ID = made.ID
	return hook, err
}

func (p *toyProvider) Unregister(ctx context.Context, hook ticket.Hook) error {
	gone, _, err := ticket.Do[struct{ Gone bool }](ctx, p.x, ticket.Call{Method: http.MethodDelete, Path: "/hooks/" + hook.ID, Effect: ticket.Writes})
	if err == nil && !gone.Gone {
		err = p.x.Malformed(ticket.Writes, errors.New("it is not gone"))
	}
	return err
}

// toyBug is what the toy's provider does wrong, in a process of TestSuiteCatches.
func toyBug() string { return os.Getenv("ADMIT_TOY_BUG") }
