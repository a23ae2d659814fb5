package zendesktest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Server) answer(t *Ticket) map[string]any {
	return map[string]any{"ticket": s.show(t, false)}
}

// show writes a ticket as Zendesk does.
func (s *Server) show(t *Ticket, dates bool) map[string]any {
	values := []map[string]any{}
	for _, f := range s.fields {
		if f.ID >= System && f.Active {
			values = append(values, map[string]any{"id": f.ID, "value": t.Values[f.ID]})
		}
	}
	shown := map[string]any{
		"id": t.ID, "url": s.URL + "/api/v2/tickets/" + strconv.FormatInt(t.ID, 10) + ".json", "external_id": orNull(t.ExternalID),
		"created_at": t.CreatedAt, "updated_at": t.UpdatedAt, "generated_timestamp": t.UpdatedAt.Unix(),
		"type": orNull(t.Type), "subject": t.Subject, "raw_subject": t.Subject, "description": t.Comments[0].Body,
		"priority": orNull(t.Priority), "status": t.Status, "custom_status_id": orNull(t.CustomStatus), "recipient": nil,
		"requester_id": t.Requester, "submitter_id": t.Requester, "assignee_id": orNull(t.Assignee), "organization_id": nil,
		"group_id": orNull(t.Group), "collaborator_ids": []int{}, "follower_ids": []int{}, "problem_id": nil, "has_incidents": false,
		"is_public": slices.ContainsFunc(t.Comments, func(c Comment) bool { return c.Public }), "due_at": orNull(t.DueAt),
		"tags": append([]string{}, t.Tags...), "custom_fields": values, "followup_ids": []int{},
		"ticket_form_id": orNull(t.Form), "brand_id": 1, "via": map[string]any{"channel": "api", "source": map[string]any{}},
	}
	if dates {
		shown["dates"] = map[string]any{"assignee_updated_at": orNull(t.assigneeUpdatedAt), "status_updated_at": t.UpdatedAt}
	}
	return shown
}

func orNull[T comparable](v T) any {
	if v == *new(T) {
		return nil
	}
	return v
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
