package propagation

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"admit/internal/access"
	"admit/internal/store"
)

// Facts is what a ticket's text tells.
type Facts struct {
	Change       access.AccessChange
	AskedBy      string // who asked or acted, "" for nobody
	Reason       string
	ApprovedBy   string
	ApprovedAt   *time.Time
	Expires      *time.Time
	Instructions string // how a change is made in this app
	Replaces     string // the identifier of a ticket that was lost or declined
	Link         string
}

const maxTitle = 200

// Text words a ticket as the state to reach, never as a step, so that doing it
// twice or late is harmless. The last line carries the key.
func Text(f Facts, key string) (title, body string) {
	c := f.Change
	what := flat(c.ResourceName)
	if c.LevelName != "" {
		what += " (" + flat(c.LevelName) + ")"
	}
	verb := "HAS"
	if c.Direction == access.ToRemove {
		verb = "does NOT have"
	}
	title = clip(fmt.Sprintf("Make sure %s %s %s in %s", flat(c.UserEmail), verb, what, flat(c.AppName)), maxTitle)

	var b strings.Builder
	fmt.Fprintf(&b, "Make sure **%s %s** %s in %s.\n\n", flat(c.UserEmail), verb, what, flat(c.AppName))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	line("Person", person(c))
	line("Why", f.because())
	line("Reason given", flat(f.Reason))
	if f.ApprovedAt != nil {
		line("Approved", f.ApprovedBy+", "+stamp(f.ApprovedAt))
	}
	if c.Direction == access.ToGrant {
		line("Until", untilText(f.Expires))
	}
	line("Replaces", f.Replaces)
	if f.Instructions != "" {
		fmt.Fprintf(&b, "\nHow:\n%s\n", f.Instructions)
	}
	fmt.Fprintf(&b, "\nWhen it is so, mark this ticket as done. If it is so already, mark it as done too.\n"+
		"If it cannot be done, close this ticket as won't do and say why.\n\n%s\n\nAdmit key: %s", f.Link, key)
	return title, b.String()
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
		Instructions: f.Instructions, Replaces: f.Replaces, Link: s.URL + "/resources/" + c.ResourceID + "/users",
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
