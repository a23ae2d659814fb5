// Package tickets is the page and the dialog of one ticket: what it asks for,
// how it stands, what was said and done, and, for tickets worked on in Admit
// itself, the buttons to work on it.
package tickets

import (
	"net/http"
	"net/url"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the pages to a site.
func Register(s *site.Site) {
	s.Handle("GET /tickets/{id}", show)
	s.Handle("GET /tickets/{id}/decline", askReason)
	s.Handle("POST /tickets/{id}/sync", act(sync))
	s.Handle("POST /tickets/{id}/take", act(take))
	s.Handle("POST /tickets/{id}/close", act(end))
	s.Handle("POST /tickets/{id}/comments", act(comment))
	s.Handle("POST /tickets/{id}/retry", act(retry))
	s.Handle("POST /tickets/{id}/map", act(mapStatus))
	s.Handle("GET /work/queue/{id}", deepLink)
}

func show(v *site.Visit) error { return page(v, http.StatusOK, model{}) }

// page shows the ticket with what its forms hold.
func page(v *site.Visit, status int, m model) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	t, err := v.Propagation.Ticket(v.R.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	m = modelOf(m, t, v.Actor, v.Now)
	if err := m.addWays(v, t); err != nil {
		return err
	}
	return v.ShowStatus(status, ui.Shell{
		Title: m.card.Key + " " + t.Title, Active: ui.NavWork, Crumbs: []ui.Link{{Label: "Work", URL: "/work"}},
	}, view(m))
}

// addWays adds the ways out of where the changes of a ticket stand.
func (m *model) addWays(v *site.Visit, t propagation.TicketView) (err error) {
	ids := []string{t.Change.ID}
	for _, c := range t.Lines {
		if c.ID != t.Change.ID {
			ids = append(ids, c.ID)
		}
	}
	list, err := v.Propagation.Work(v.R.Context(), v.Actor, store.ChangeFilter{IDs: ids, Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	if len(t.Lines) > 0 {
		m.lines = linesOf(list.Items, v.Actor, m.url)
		return nil
	}
	for _, w := range list.Items { // one, or none for those who may not see it any more
		m.ways, m.ownWord = part.Ways(w, v.Actor, m.url), part.OwnNote(w, v.Actor)
		if m.asked, err = part.WaiverOf(v, w, m.url); err != nil {
			return err
		}
	}
	return nil
}

// askReason is the dialog of Won't do.
func askReason(v *site.Visit) error { return declinePage(v, http.StatusOK, "", "") }

func declinePage(v *site.Visit, status int, reason, problem string) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	t, err := v.Propagation.Ticket(v.R.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	if err := v.Actor.May(access.WorkTicket, t.Relation); err != nil {
		return err
	}
	m := modelOf(model{reason: reason, reasonProblem: problem}, t, v.Actor, v.Now)
	return v.ShowStatus(status, ui.Shell{
		Title: "Won’t do " + m.card.Key, Active: ui.NavWork,
		Crumbs: []ui.Link{{Label: "Work", URL: "/work"}, {Label: m.card.Key, URL: m.url}},
	}, decline(m))
}

// deed does what one form of a ticket asks, and says what came of it.
type deed func(v *site.Visit, id string, form url.Values) (said string, err error)

// act answers a form. In a dialog the ticket is shown again, as it is now; on a
// page of its own, or from a list, the visitor is led on.
func act(do deed) site.Page {
	return func(v *site.Visit) error {
		id, form, err := v.Posted()
		if err != nil {
			return err
		}
		next := site.Local(v.Query("next"), "/tickets/"+id)
		inPlace := v.R.Header.Get("HX-Request") == "true"
		said, err := do(v, id, form)
		if err != nil {
			return mistake(v, form, next, inPlace, err)
		}
		if inPlace {
			return page(v, http.StatusOK, model{said: said})
		}
		return v.Done(next, site.Said(said))
	}
}

// mistake shows what went wrong, with what was typed.
func mistake(v *site.Visit, form url.Values, next string, inPlace bool, err error) error {
	fields, sentence, ok := site.Problems(err)
	if !ok || access.CodeOf(err) == access.Unauthenticated {
		return err
	}
	switch {
	case fields["reason"] != "":
		return declinePage(v, http.StatusUnprocessableEntity, form.Get("reason"), fields["reason"])
	case fields["comment"] != "":
		return page(v, http.StatusUnprocessableEntity, model{comment: form.Get("comment"), commentProblem: fields["comment"]})
	case len(fields) > 0 || access.CodeOf(err) == access.Forbidden && !inPlace:
		return err
	case inPlace:
		return page(v, http.StatusUnprocessableEntity, model{problem: site.Sentence(sentence), comment: form.Get("comment")})
	}
	return v.Done(next, ui.Flash{Kind: ui.Wrong, Text: site.Sentence(sentence) + " Nothing was lost."})
}

func sync(v *site.Visit, id string, _ url.Values) (string, error) {
	before, err := v.Propagation.Ticket(v.R.Context(), v.Actor, id)
	if err != nil {
		return "", err
	}
	after, err := v.Propagation.SyncTicket(v.R.Context(), v.Actor, id)
	if err != nil {
		return "", err
	}
	return synced(before, after), nil
}

func take(v *site.Visit, id string, _ url.Values) (string, error) {
	return "You have the ticket now.", v.Propagation.TakeTicket(v.R.Context(), v.Actor, id)
}

func end(v *site.Visit, id string, form url.Values) (string, error) {
	outcome := ticket.Outcome(form.Get("outcome"))
	said := "Closed as won’t do. The change waits for a decision."
	if outcome == ticket.Yes {
		said = "Done. The change is recorded as complete."
	}
	return said, v.Propagation.CloseTicket(v.R.Context(), v.Actor, id, outcome, form.Get("reason"))
}

func comment(v *site.Visit, id string, form url.Values) (string, error) {
	return "Your comment is on the ticket.", v.Propagation.CommentTicket(v.R.Context(), v.Actor, id, form.Get("comment"))
}

func retry(v *site.Visit, id string, _ url.Values) (string, error) {
	t, err := v.Propagation.Ticket(v.R.Context(), v.Actor, id)
	if err != nil {
		return "", err
	}
	return "It is tried again, with the settings as they are now.", v.Propagation.RetryChange(v.R.Context(), v.Actor, t.Change.ID)
}

// mapStatus says what the end of a ticket means, for it and all like it. The form
// names the word it asked about: the ticket may have another by now.
func mapStatus(v *site.Visit, id string, form url.Values) (string, error) {
	ctx := v.R.Context()
	t, err := v.Propagation.Ticket(ctx, v.Actor, id)
	if err != nil {
		return "", err
	}
	if len(t.Grounds) == 0 {
		return "", access.Errorf(access.Conflict, "this ticket ended with nothing that could be given a meaning")
	}
	ground := t.Grounds[0]
	if form.Get("key") != ground.Key {
		return "", access.Errorf(access.Conflict, "the ticket says “%s” by now; nothing was given a meaning", ground.Name)
	}
	if _, err := v.Propagation.SetOutcomes(ctx, v.Actor, t.ProviderID, map[string]string{ground.Key: form.Get("outcome")}); err != nil {
		return "", err
	}
	// The answer is stored by now, and a job reads the tickets that waited for it: this one, if it can be, at once.
	if _, err := v.Propagation.SyncTicket(ctx, v.Actor, id); err != nil && access.CodeOf(err) != access.Unavailable {
		return "", err
	}
	return "Noted. From now on “" + ground.Name + "” is read so for every ticket of " + t.Provider.Name + ".", nil
}

// deepLink is where links of the built-in queue lead.
func deepLink(v *site.Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	ours, err := v.Propagation.DeskTicket(v.R.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	return v.Done("/tickets/" + ours)
}
