package zendesktest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket/tickettest"
)

func (s *Server) answer(t *Ticket) map[string]any {
	return map[string]any{"ticket": s.show(t, false)}
}

// shown is a ticket as Zendesk writes it.
type shown struct {
	ID           int64          `json:"id"`
	URL          string         `json:"url"`
	ExternalID   any            `json:"external_id"`
	CreatedAt    time.Time      `json:"created_at"`
	UpdatedAt    time.Time      `json:"updated_at"`
	Generated    int64          `json:"generated_timestamp"`
	Type         any            `json:"type"`
	Subject      string         `json:"subject"`
	RawSubject   string         `json:"raw_subject"`
	Description  string         `json:"description"`
	Priority     any            `json:"priority"`
	Status       string         `json:"status"`
	CustomStatus any            `json:"custom_status_id"`
	Recipient    any            `json:"recipient"`
	Requester    int64          `json:"requester_id"`
	Submitter    int64          `json:"submitter_id"`
	Assignee     any            `json:"assignee_id"`
	Organization any            `json:"organization_id"`
	Group        any            `json:"group_id"`
	Problem      any            `json:"problem_id"`
	HasIncidents bool           `json:"has_incidents"`
	IsPublic     bool           `json:"is_public"`
	DueAt        any            `json:"due_at"`
	Tags         []string       `json:"tags"`
	Values       []customShown  `json:"custom_fields"`
	Form         any            `json:"ticket_form_id"`
	Brand        int64          `json:"brand_id"`
	Via          map[string]any `json:"via"`
	Dates        map[string]any `json:"dates,omitempty"`

	Collaborators [0]int64 `json:"collaborator_ids"`
	Followers     [0]int64 `json:"follower_ids"`
	Followups     [0]int64 `json:"followup_ids"`
}

type customShown struct {
	ID    int64 `json:"id"`
	Value any   `json:"value"`
}

func (s *Server) show(t *Ticket, dates bool) *shown {
	w := &shown{
		ID: t.ID, URL: s.URL + "/api/v2/tickets/" + strconv.FormatInt(t.ID, 10) + ".json", ExternalID: tickettest.OrNull(t.ExternalID),
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, Generated: t.UpdatedAt.Unix(), Type: tickettest.OrNull(t.Type),
		Subject: t.Subject, RawSubject: t.Subject, Description: t.Comments[0].Body, Priority: tickettest.OrNull(t.Priority), Status: t.Status,
		CustomStatus: tickettest.OrNull(t.CustomStatus), Requester: t.Requester, Submitter: t.Requester, Assignee: tickettest.OrNull(t.Assignee),
		Group: tickettest.OrNull(t.Group), IsPublic: slices.ContainsFunc(t.Comments, func(c Comment) bool { return c.Public }), DueAt: tickettest.OrNull(t.DueAt),
		Tags: append([]string{}, t.Tags...), Values: []customShown{}, Form: tickettest.OrNull(t.Form), Brand: 1, Via: map[string]any{"channel": "api"},
	}
	for _, f := range s.fields {
		if f.ID >= System && f.Active {
			w.Values = append(w.Values, customShown{f.ID, t.Values[f.ID]})
		}
	}
	if dates {
		w.Dates = map[string]any{
			"assignee_updated_at": tickettest.OrNull(t.assigneeUpdatedAt), "status_updated_at": t.statusUpdatedAt,
			"initially_assigned_at": tickettest.OrNull(t.assignedAt),
		}
	}
	return w
}

func (s *Server) showMany(c *call) {
	ids := strings.Split(c.URL.Query().Get("ids"), ",")
	if len(ids) > maxPage {
		c.refuse(http.StatusUnprocessableEntity, "TooManyValues", "ids has more than 100 values")
		return
	}
	rows := []*Ticket{}
	for _, one := range ids {
		id, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			c.refuse(http.StatusBadRequest, "InvalidValue", fmt.Sprintf("ids has %q, which is no id", one))
			return
		}
		if t := s.tickets[id]; t != nil && !t.deleted && !t.hidden && !slices.Contains(rows, t) {
			rows = append(rows, t)
		}
	}
	s.pageOf(c, rows)
}

func (s *Server) listTickets(c *call) {
	query := c.URL.Query()
	rows := []*Ticket{}
	for _, id := range s.order {
		t := s.tickets[id]
		if t.deleted || t.hidden || s.stale && id > s.seen || query.Has("external_id") && t.ExternalID != query.Get("external_id") {
			continue
		}
		rows = append(rows, t)
	}
	switch query.Get("sort") {
	case "", "id":
	case "-updated_at":
		slices.Reverse(rows) // nearly in order already
		slices.SortFunc(rows, newestFirst)
	default:
		c.refuse(http.StatusBadRequest, "InvalidValue", "sort is not one of those this account has")
		return
	}
	s.pageOf(c, rows)
}

func newestFirst(a, b *Ticket) int {
	return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(b.ID, a.ID))
}

// pageOf answers with tickets. A cursor holds the last one's time and id, so that
// the next page begins behind them, whatever changed since.
func (s *Server) pageOf(c *call, rows []*Ticket) {
	include := strings.Split(c.URL.Query().Get("include"), ",")
	l := plain("tickets", rows)
	l.show = func(t *Ticket) any { return s.show(t, slices.Contains(include, "dates")) }
	l.mark = func(row int) string { return fmt.Sprintf("%d %d", rows[row].UpdatedAt.Unix(), rows[row].ID) }
	l.position = func(mark string) (int, bool) {
		var seconds, id int64
		if _, err := fmt.Sscanf(mark, "%d %d", &seconds, &id); err != nil {
			return 0, false
		}
		behind := &Ticket{ID: id, UpdatedAt: time.Unix(seconds, 0)}
		at := slices.IndexFunc(rows, func(t *Ticket) bool { return newestFirst(behind, t) < 0 })
		if at < 0 {
			at = len(rows)
		}
		return at, true
	}
	if slices.Contains(include, "users") {
		l.sideload = func(shown []*Ticket) map[string]any {
			return map[string]any{"users": s.usersWho(func(u *User) bool {
				return slices.ContainsFunc(shown, func(t *Ticket) bool { return t.Assignee == u.ID || t.Requester == u.ID })
			})}
		}
	}
	page(c, l)
}
