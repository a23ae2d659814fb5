package shortcut

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// exchange speaks both versions of the interface, which are signed in to with
// the same token in different ways.
type exchange struct {
	ticket.Exchange

	token string
}

// v3 makes a call of version 3.
func v3[T any](ctx context.Context, x exchange, c ticket.Call) (T, ticket.Answer, error) {
	c.Path = "/api/v3" + c.Path
	c.Header = http.Header{"Shortcut-Token": {x.token}}
	v, answer, err := ticket.Do[T](ctx, x.Exchange, c)
	return v, answer, x.narrowed(err, answer, c.Effect)
}

// v4 makes a call of version 4, which only reads here.
func v4[T any](ctx context.Context, x exchange, path string, query url.Values) (T, ticket.Answer, error) {
	return ticket.Do[T](ctx, x.Exchange, ticket.Call{
		Path: "/api/v4" + path, Query: query, Header: http.Header{"Authorization": {"Bearer " + x.token}},
	})
}

// narrowed names what a refusal is about. Of a change that met another one it is
// not said what became of it.
func (x exchange) narrowed(err error, answer ticket.Answer, effect ticket.Effect) error {
	if !ticket.IsRefusal(err) {
		return err
	}
	named := *ticket.FailureOf(err)
	if answer.Status == http.StatusConflict {
		named.Trouble, named.Certainty = ticket.Down, effect.Unknown()
		return &named
	}
	named.Fields = readRefusal(answer.Body).fields()
	return &named
}

// refusal is what Shortcut says when it refuses a call. Errors tells by
// parameter what is wrong: a word, or the shape of the parameter with words in it.
type refusal struct {
	Message string                     `json:"message"`
	Errors  map[string]json.RawMessage `json:"errors"`
}

func readRefusal(body []byte) refusal {
	var r refusal
	if json.Unmarshal(body, &r) == nil {
		return r
	}
	var short struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &short) // best effort: there is nothing else to say
	return refusal{Message: short.Message}
}

// parameters are the parameters of a new story that a Draft fills in.
var parameters = map[string]string{
	"owner_ids": ticket.AssigneeField, "labels": labelsField, "deadline": deadlineField,
	"estimate": estimateField, "workflow_state_id": stateField, "custom_fields": customFields,
}

// fields returns what of a draft a refusal is about.
func (r refusal) fields() []string {
	var found []string
	for _, parameter := range slices.Sorted(maps.Keys(r.Errors)) {
		if field, ok := parameters[parameter]; ok {
			found = append(found, field)
		}
	}
	return found
}

// words finds what Shortcut says in a refusal.
func words(body []byte) string {
	r := readRefusal(body)
	said := []string{r.Message}
	for _, parameter := range slices.Sorted(maps.Keys(r.Errors)) {
		said = append(said, "("+parameter+": "+string(r.Errors[parameter])+")")
	}
	return strings.TrimSpace(strings.Join(said, " "))
}

// group returns a team that stories can be filed for.
func (x exchange) group(ctx context.Context, id string) (wireGroup, error) {
	if !ticket.IsUUID(id) {
		return wireGroup{}, ticket.Refusal("the team is not valid: choose one of the list")
	}
	g, answer, err := v3[wireGroup](ctx, x, ticket.Call{Path: "/groups/" + id})
	switch {
	case err != nil && answer.Status == http.StatusNotFound && ticket.IsRefusal(err):
		return wireGroup{}, ticket.Refusal("the team does not exist any more, or the account cannot see it: choose another")
	case err != nil:
		return wireGroup{}, err
	case g.ID != id || g.Archived == nil:
		return wireGroup{}, x.Malformed(ticket.Reads, errors.New("a team without id"))
	case *g.Archived:
		return wireGroup{}, ticket.Refusal("the team " + name(g.Name, g.ID) + " is archived: choose another")
	}
	return g, nil
}

// workflows returns all workflows with their states.
func (x exchange) workflows(ctx context.Context) (workflows, error) {
	found, _, err := v3[workflows](ctx, x, ticket.Call{Path: "/workflows"})
	if err != nil {
		return nil, err
	}
	for _, w := range found {
		if w.ID == 0 || len(w.States) == 0 {
			return nil, x.Malformed(ticket.Reads, errors.New("a workflow without id or states"))
		}
		slices.SortStableFunc(w.States, func(a, b wireState) int { return a.Position - b.Position })
	}
	return found, nil
}

// members returns everybody in the workspace.
func (x exchange) members(ctx context.Context) ([]wireMember, error) {
	found, _, err := v3[[]wireMember](ctx, x, ticket.Call{Path: "/members"})
	return found, err
}

// story returns a story with its comments.
func (x exchange) story(ctx context.Context, id string) (wireStory, error) {
	if ticket.ParseID(id) == 0 {
		return wireStory{}, ticket.Refusal("the id of the ticket is not valid")
	}
	got, _, err := v3[wireStory](ctx, x, ticket.Call{Path: "/stories/" + id})
	if err == nil {
		err = got.sane(id)
		if err != nil {
			err = x.Malformed(ticket.Reads, err)
		}
	}
	return got, err
}

// storyFields are what is asked of each story in a list.
const storyFields = "id,app_url,archived,completed,started,created_at,updated_at,name,external_id,labels,owners,team,workflow_state,sub_task_stories"

// list reads one page of a list of stories, those in the archive too. A page
// that goes on is asked for by its cursor and the fields alone.
func (p *Provider) list(ctx context.Context, query url.Values, cursor, fields string) (wireList, ticket.Answer, error) {
	if cursor != "" {
		query = url.Values{"cursor": {cursor}}
	} else {
		query.Set("filter", "include_archived")
	}
	query.Set("fields", fields)
	found, answer, err := v4[wireList](ctx, p.http, "/"+p.workspace+"/stories", query)
	if err == nil && (found.Entities == nil || found.Total == nil) {
		err = p.http.Malformed(ticket.Reads, errors.New("no list of stories"))
	}
	return found, answer, err
}

// next returns the cursor of the page behind this one, "" at the end.
func (l wireList) next() (string, error) {
	if l.Next == "" {
		return "", nil
	}
	u, err := url.Parse(l.Next)
	if err != nil {
		return "", err
	}
	cursor := u.Query().Get("cursor")
	if cursor == "" || len(cursor) > maxCursor {
		return "", errors.New("the address of the next page has no cursor")
	}
	return cursor, nil
}

const maxCursor = 4096
