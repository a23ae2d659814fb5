package access

import (
	"slices"
	"strings"
	"time"
)

// An App is a system people get access to. Every app is custom for now: people
// make the changes, by ticket or by hand.
type App struct {
	ID           string
	Name         string
	Description  string
	AdminOwnerID string
	TicketPolicy
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time
}

// A Resource is one thing in an app one can have: a role, a group, a database.
type Resource struct {
	ID           string
	AppID        string
	Name         string
	Description  string
	AdminOwnerID string // its users fulfil changes and manage the resource
	Risk         Risk
	RequestPolicy
	OverridesTickets bool // use this TicketPolicy instead of the app's
	TicketPolicy
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time
}

// A Level is one access level of a resource. A resource without levels has the
// one level whose ID is "".
type Level struct {
	ResourceID string
	ID         string // Opal's access_level_remote_id
	Name       string
}

// RequestPolicy says who may ask for a resource, and for how long.
type RequestPolicy struct {
	Requestable        bool
	AutoApprove        bool // nobody reviews
	MaxMinutes         *int // longest duration; nil: no end needed
	RecommendedMinutes *int // what the form starts with; nil: no end, or the maximum
}

// MaxDuration is the longest duration a policy may allow, in minutes: a year.
const MaxDuration = 525_960

// DurationProblem says what is wrong with asking for minutes (nil: without
// end), or "".
func (p RequestPolicy) DurationProblem(minutes *int) string {
	switch {
	case minutes == nil && p.MaxMinutes != nil:
		return "must have an end: this access is given for a limited time only"
	case minutes == nil:
		return ""
	case *minutes < 1:
		return "must be at least one minute"
	case *minutes > MaxDuration:
		return "must be at most a year"
	case p.MaxMinutes != nil && *minutes > *p.MaxMinutes:
		return "is longer than this access may be given for"
	}
	return ""
}

// TicketPolicy says whether access changes are carried out by ticket, and
// where. With tickets off a change is recorded as complete at once.
type TicketPolicy struct {
	TicketsEnabled     bool // "Create ticket to propagate access"
	TicketsOnGrant     bool
	TicketsOnRemoval   bool
	TicketProviderID   *string
	TicketProjectID    string
	TicketProjectName  string
	TicketInstructions string // added to the ticket's text: how a change is made in this app
	TicketForm         TicketForm
	Fulfilment         Fulfilment
}

// TicketForm is what tickets are filled in with, beyond what Admit writes by
// itself. Its names are those of the project at the provider. The texts are
// templates: see Placeholders.
type TicketForm struct {
	TypeID   string        `json:"type_id,omitempty"`
	TypeName string        `json:"type_name,omitempty"`
	Title    string        `json:"title,omitempty"` // "": Admit's own
	Body     string        `json:"body,omitempty"`  // Markdown; "": Admit's own
	Fields   []TicketField `json:"fields,omitempty"`
}

// TicketField is one thing that tickets are filled in with, as its provider
// described it when it was chosen.
type TicketField struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Entry string `json:"entry"` // a ticket.Entry: how Value is written
	Value string `json:"value"` // of a date: in how many days after filing; of a text: a template
}

// Placeholders are the names that may stand between {{ and }} in the texts of a
// TicketForm, in the order they are offered.
var Placeholders = []string{
	"user_email", "user_name", "state", "resource", "level", "app", "why", "reason", "asked_by", "approved_by", "approved_at",
	"until", "instructions", "replaces", "link",
}

// PlaceholderProblem says which placeholder of a template is not known, or "".
func PlaceholderProblem(template string) string {
	for rest := template; ; {
		_, after, found := strings.Cut(rest, "{{")
		if !found {
			return ""
		}
		name, next, closed := strings.Cut(after, "}}")
		if !closed {
			return "has {{ without }}"
		}
		if name = strings.TrimSpace(name); !slices.Contains(Placeholders, name) {
			return "has {{" + name + "}}, which is not one of " + strings.Join(Placeholders, ", ")
		}
		rest = next
	}
}

// Fill puts values into the placeholders of a template. Those without a value
// become nothing.
func Fill(template string, values map[string]string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(template, "{{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, rest, closed := strings.Cut(after, "}}")
		if !closed {
			return b.String() + "{{" + after
		}
		b.WriteString(values[strings.TrimSpace(name)])
		template = rest
	}
}

// Files reports whether a change in direction d is carried out by ticket.
func (p TicketPolicy) Files(d Direction) bool {
	return p.TicketsEnabled && (d == ToGrant && p.TicketsOnGrant || d == ToRemove && p.TicketsOnRemoval)
}

// TicketPolicyFor returns the policy that holds for a resource.
func TicketPolicyFor(app App, r Resource) TicketPolicy {
	if r.OverridesTickets {
		return r.TicketPolicy
	}
	return app.TicketPolicy
}
