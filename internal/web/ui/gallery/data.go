package gallery

import (
	"time"

	"admit/internal/web/ui"
)

// row is one line of the Users tab.
type row struct {
	id     string
	person ui.Person
	level  string
	why    string
	whyURL string
	ends   time.Time
	mark   ui.MarkView
	ticket ui.TicketRef
}

func person(name, email string) ui.Person {
	return ui.Person{Name: name, Email: email, URL: "/users/x"}
}

// joshMark is the mark that turns green when the ticket is finished.
func (s *Server) joshMark(id string) ui.MarkView {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return ui.MarkView{ID: id, Of: "Josh Reed", State: ui.MarkInPlace, Waiting: "In place since just now: Ada Moss marked RT-1042 Done."}
	}
	return ui.MarkView{
		ID: id, Of: "Josh Reed", State: ui.MarkTicket, Detail: "assigned to Ada Moss",
		Waiting: "Waiting for Ada Moss to make the change and mark RT-1042 Done. Open for 2 h.",
	}
}

// rows has one person in every state of the mark.
func (s *Server) rows() []row {
	day := 24 * time.Hour
	ticket := func(key string, removal bool) ui.TicketRef {
		return ui.TicketRef{ID: "ticket-" + key, Identifier: key, URL: "/tickets/1042", Removal: removal}
	}
	return []row{
		{id: "slot-1", person: person("Josh Reed", "josh@example.com"), level: "Editor", why: "Request", whyURL: "/requests/118", ends: s.Now.Add(7 * day), mark: s.joshMark("mark-1"), ticket: ticket("RT-1042", false)},
		{id: "slot-2", person: person("Priya Raman", "priya@example.com"), level: "Viewer", why: "Added by Mara Lindqvist", mark: ui.MarkView{ID: "mark-2", Of: "Priya Raman", State: ui.MarkInPlace, Waiting: "In place since 3 Nov: Tom Ferreira marked RT-988 Done."}, ticket: ticket("RT-988", false)},
		{id: "slot-3", person: person("Wilhelmina Oyelaran-Featherstone", "wilhelmina.oyelaran@subsidiary.example.com"), level: "Editor", why: "Rule: everyone in Finance", ends: s.Now.Add(80 * day), mark: ui.MarkView{ID: "mark-3", Of: "Wilhelmina", State: ui.MarkWaiting, Waiting: "Request Tracker has not answered for 4 min. Admit tries again by itself."}},
		{id: "slot-4", person: person("Kenji Abe", "kenji@example.com"), level: "Viewer", why: "Request", whyURL: "/requests/101", ends: s.Now.Add(3 * time.Hour), mark: ui.MarkView{ID: "mark-4", Of: "Kenji Abe", State: ui.MarkAttention, Detail: "declined", Waiting: "RT-1031 was closed as rejected. An admin of My Role must file it again or give it up."}, ticket: ticket("RT-1031", false)},
		{id: "slot-5", person: person("Lena Fischer", "lena@example.com"), level: "Editor", why: "Request ended 1 h ago", whyURL: "/requests/77", mark: ui.MarkView{ID: "mark-5", Of: "Lena Fischer", State: ui.MarkRemovalTicket, Detail: "unassigned", Waiting: "Lena still has access until RT-1044 is Done. Nobody of My Role Admins has an account at Request Tracker."}, ticket: ticket("RT-1044", true)},
		{id: "slot-6", person: person("Omar Haddad", "omar@example.com"), level: "Viewer", why: "Removed by Mara Lindqvist", mark: ui.MarkView{ID: "mark-6", Of: "Omar Haddad", State: ui.MarkRemovalWaiting, Waiting: "The removal is filed in a few seconds, unless it is taken back."}},
		{id: "slot-8", person: person("Ines Prado", "ines@example.com"), level: "Editor", why: "Removed by Mara Lindqvist", mark: ui.MarkView{ID: "mark-8", Of: "Ines Prado", State: ui.MarkWaived, Words: "Kept until 3 Dec: risk accepted", Waiting: "The removal was given up until 3 December 2026 23:59 UTC. It comes back then.", URL: "/tickets/1042"}},
		{id: "slot-7", person: person("Sofia Marino", "sofia@example.com"), level: "Viewer", why: "Added by Mara Lindqvist", mark: ui.MarkView{ID: "mark-7", Of: "Sofia Marino", State: ui.MarkRecorded, Waiting: "Recorded on 12 Oct, when tickets were off for Payroll. Nobody was asked to make the change."}},
	}
}

func history(now time.Time) []ui.TimelineItem {
	return []ui.TimelineItem{
		{Icon: "message-square", Title: "Ada Moss commented", Text: "Doing this after the payroll run at four.", Quote: true, At: now.Add(-40 * time.Minute)},
		{Icon: "user-check", Tone: ui.Accent, Title: "Assigned to Ada Moss", Text: "Chosen at random from My Role Admins.", At: now.Add(-2 * time.Hour)},
		{Icon: "ticket", Tone: ui.Warn, Title: "Ticket filed in Access Requests", At: now.Add(-2 * time.Hour)},
		{Icon: "check", Tone: ui.Good, Title: "Request approved by Mara Lindqvist", Link: ui.Link{Label: "#118", URL: "/requests/118"}, At: now.Add(-125 * time.Minute)},
	}
}

func chart(now time.Time) ui.DayChart {
	c := ui.DayChart{Label: "Done a day", Rest: "in time", Part: "late", Now: now}
	for i, n := range []int{3, 0, 7, 12, 9, 0, 0, 4, 8, 15, 11, 6, 0, 2} {
		c.Days = append(c.Days, ui.DayBar{Day: now.AddDate(0, 0, i-13), All: n, Part: n / 4})
	}
	return c
}
