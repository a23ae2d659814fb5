package propagation

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

// Facts is what a ticket's text tells.
type Facts struct {
	Change       access.AccessChange
	AskedBy      string // who asked or acted, "" for nobody
	Reason       string
	ApprovedBy   string
	ApprovedAt   *time.Time
	Expires      *time.Time
	Instructions string // how a change is made in this app, in Markdown
	Replaces     string // the identifier of a ticket that was lost or declined
	Link         string
	Form         access.TicketForm
	Lines        []access.AccessChange // what else is to be so, in the same ticket
}

const maxTitle = 200

// Text words a ticket as the state to reach, never as a step, so that doing it
// twice or late is harmless: in the app's own words, or in Admit's. The body is
// Markdown, and what people entered reads in it as they entered it. Its last
// line carries the key.
func Text(f Facts, key string) (title, body string) {
	if len(f.Lines) > 0 {
		return clip(flat(f.titleOfLines()), maxTitle), f.bodyOfLines() + "\n\nAdmit key: " + key
	}
	plain := f.values(flat)
	title = cmp.Or(access.Fill(f.Form.Title, plain), access.Fill(ownTitle, plain)+level(plain)+access.Fill(ownTitleEnd, plain))
	if body = f.ownBody(); f.Form.Body != "" {
		words := f.values(markdown.Escape)
		words["link"] = "<" + f.Link + ">"
		body = strings.TrimSpace(access.Fill(f.Form.Body, words))
	}
	return clip(flat(title), maxTitle), body + "\n\nAdmit key: " + key
}

// Admit's own title, with the access level in its middle if there is one.
const (
	ownTitle    = "Make sure {{user_email}} {{state}} {{resource}}"
	ownTitleEnd = " in {{app}}"
)

func level(values map[string]string) string {
	if values["level"] == "" {
		return ""
	}
	return " (" + values["level"] + ")"
}

// ownBody is Admit's own text. Lines without a value are left out.
func (f Facts) ownBody() string {
	v := f.values(markdown.Escape)
	var b strings.Builder
	b.WriteString(access.Fill("Make sure **{{user_email}} {{state}}** {{resource}}", v) + level(v) + access.Fill(" in {{app}}.\n\n", v))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	line("Person", markdown.Escape(person(f.Change)))
	line("Why", v["why"])
	line("Reason given", v["reason"])
	if f.ApprovedAt != nil {
		line("Approved", v["approved_by"]+", "+v["approved_at"])
	}
	if f.Change.Direction == access.ToGrant {
		line("Until", v["until"])
	}
	line("Replaces", v["replaces"])
	if f.Instructions != "" {
		fmt.Fprintf(&b, "\nHow:\n\n%s\n", f.Instructions)
	}
	b.WriteString("\nWhen it is so, mark this ticket as done. If it is so already, mark it as done too.\n" +
		"If it cannot be done, close this ticket as won't do and say why.\n\n<" + f.Link + ">")
	return b.String()
}

// values are what the placeholders of a template stand for. What people entered
// goes through safe.
func (f Facts) values(safe func(string) string) map[string]string {
	c := f.Change
	state := "HAS"
	if c.Direction == access.ToRemove {
		state = "does NOT have"
	}
	v := map[string]string{
		"user_email": safe(c.UserEmail), "user_name": safe(c.UserName), "state": state, "resource": safe(c.ResourceName),
		"level": safe(c.LevelName), "app": safe(c.AppName), "why": safe(f.because()), "reason": safe(f.Reason), "asked_by": safe(f.AskedBy),
		"approved_by": safe(f.ApprovedBy), "until": untilText(f.Expires), "instructions": f.Instructions, "replaces": safe(f.Replaces), "link": f.Link,
	}
	if f.ApprovedAt != nil {
		v["approved_at"] = stamp(f.ApprovedAt)
	}
	if c.Direction == access.ToRemove {
		v["until"] = ""
	}
	return v
}

// fieldValues is what a ticket's fields are filled in with at a moment.
func fieldValues(f Facts, now time.Time) map[string]string {
	values := make(map[string]string, len(f.Form.Fields))
	for _, field := range f.Form.Fields {
		switch v := field.Value; ticket.Entry(field.Entry) {
		case ticket.Date:
			if days, err := strconv.Atoi(v); err == nil {
				values[field.ID] = now.AddDate(0, 0, days).Format(time.DateOnly)
			}
		case ticket.Paragraph:
			values[field.ID] = access.Fill(v, f.values(markdown.Escape))
		case ticket.Line, ticket.Tags:
			values[field.ID] = access.Fill(v, f.values(flat))
		case ticket.Choice, ticket.Choices, ticket.Number, ticket.Flag:
			values[field.ID] = v
		}
		if values[field.ID] == "" {
			delete(values, field.ID)
		}
	}
	return values
}

func (f Facts) because() string {
	switch f.Change.Cause {
	case access.ByRequest:
		return f.AskedBy + " asked for it"
	case access.ByAdmin:
		return f.AskedBy + " decided it by hand"
	case access.ByExpiry:
		return "the time it was given for is over"
	case access.BySelf:
		return "the person gave it back"
	case access.BySystem:
		return "the person, resource or app was removed from Admit"
	}
	return ""
}

func person(c access.AccessChange) string {
	if c.UserName == "" || c.UserName == c.UserEmail {
		return flat(c.UserEmail)
	}
	return flat(c.UserName) + ", " + flat(c.UserEmail)
}

func untilText(t *time.Time) string {
	if t == nil {
		return "without end"
	}
	return stamp(t) + ". Admit files a ticket for the removal then."
}

func stamp(t *time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }

// flat makes a text of people's making harmless inside a line.
func flat(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}

func clip(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit-1]) + "…"
}

// facts loads what the ticket of a change tells.
func (s *Service) facts(ctx context.Context, w *store.Write, c access.AccessChange) (Facts, error) {
	f, err := store.FactsOf(ctx, &w.Reader, c.ID)
	if err != nil {
		return Facts{}, err
	}
	out := Facts{
		Change: c, AskedBy: nameOf(f.ActorFirst, f.ActorLast, f.ActorEmail), Reason: f.GrantReason, Expires: f.Expires,
		Instructions: f.TicketInstructions, Replaces: f.Replaces, Link: s.URL + "/resources/" + c.ResourceID + "/users",
	}
	// The form is of one project: a change that was started for another goes without.
	if f.TicketProviderID != nil && c.ProviderID != nil && *f.TicketProviderID == *c.ProviderID && f.TicketProjectID == c.ProjectID {
		out.Form = f.TicketForm
	}
	if c.Cause == access.ByRequest {
		out.AskedBy, out.Reason, out.ApprovedAt = nameOf(f.AskerFirst, f.AskerLast, f.AskerEmail), f.AskedReason, f.DecidedAt
		if out.ApprovedBy = nameOf(f.DeciderFirst, f.DeciderLast, f.DeciderEmail); out.ApprovedBy == "" {
			out.ApprovedBy = "by policy"
		}
	}
	return out, nil
}

func nameOf(first, last, email string) string {
	return flat(access.User{FirstName: first, LastName: last, Email: email}.Name())
}
