package inventory

import (
	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
	"admit/internal/ticket"
)

// mostFields bounds a form.
const mostFields = 100

// checkForm checks what tickets are filled in with, as far as it can be seen
// without the provider: whether the project takes it is the preflight's to say.
func checkForm(wrong *access.Problems, f *access.TicketForm) {
	f.TypeID = wrong.Line("tickets.type_id", f.TypeID, false, access.MaxName)
	f.TypeName = wrong.Line("tickets.type_name", f.TypeName, false, access.MaxName)
	f.Title = wrong.Line("tickets.title", f.Title, false, access.MaxName)
	f.Body = wrong.Prose("tickets.body", f.Body, false, access.MaxText)
	for field, template := range map[string]string{"tickets.title": f.Title, "tickets.body": f.Body} {
		if problem := access.PlaceholderProblem(template); problem != "" {
			wrong.Add(field, "%s", problem)
		}
	}
	if len(f.Fields) > mostFields {
		wrong.Add("tickets.fields", "must be at most %d", mostFields)
		return
	}
	for i := range f.Fields {
		checkField(wrong, &f.Fields[i])
	}
}

func checkField(wrong *access.Problems, f *access.TicketField) {
	at := "tickets.fields." + ticket.Clip(ticket.OneLine(f.ID), access.MaxName)
	f.ID = wrong.Line(at, f.ID, true, access.MaxName)
	if f.Name = wrong.Line(at, f.Name, false, access.MaxName); f.Name == "" {
		f.Name = f.ID
	}
	f.Value = wrong.Prose(at, f.Value, true, access.MaxText)
	switch entry := ticket.Entry(f.Entry); entry {
	case ticket.Line, ticket.Paragraph, ticket.Tags:
		if problem := access.PlaceholderProblem(f.Value); problem != "" {
			wrong.Add(at, "%s", problem)
		}
	case ticket.Number, ticket.Date, ticket.Flag:
		if problem := (ticket.FormField{Entry: entry}).Problem(f.Value); problem != "" {
			wrong.Add(at, "%s", problem)
		}
	case ticket.Choice, ticket.Choices:
	default:
		wrong.Add(at, "must say how it is entered: line, paragraph, choice, choices, tags, number, date or flag")
	}
}

// hookChanged has the webhooks of the providers of a policy looked at, if it
// files elsewhere now.
func hookChanged(w *store.Write, was, is access.TicketPolicy) {
	moved := filesElsewhere(was, is) || was.TicketsEnabled != is.TicketsEnabled
	if moved && is.TicketProviderID != nil {
		w.Job(job.Hook{ProviderID: *is.TicketProviderID})
	}
}

// filesElsewhere reports whether two policies name different projects.
func filesElsewhere(a, b access.TicketPolicy) bool {
	return a.TicketProjectID != b.TicketProjectID || (a.TicketProviderID == nil) != (b.TicketProviderID == nil) ||
		a.TicketProviderID != nil && *a.TicketProviderID != *b.TicketProviderID
}
