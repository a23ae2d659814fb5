package access

import "time"

// A Ticket is the record of a change at a provider. Its row, with its key, is
// committed before the call that creates it there. A change may need more than
// one over its life; at most one of them is live.
type Ticket struct {
	ID              string
	ChangeID        string
	ProviderID      string
	ProjectID       string
	Key             string // 32 hex digits, in the ticket's text and searchable there
	State           TicketState
	RemoteID        string // never changes; "" until the provider has answered
	Identifier      string // for people
	URL             string
	Title           string
	Body            string
	TypeID          string            // the type it is filed with, "" for none
	Fields          map[string]string // what else it is filled in with, by id of the field
	Status          string            // the provider's own word
	Outcome         string            // how Status was read: open, yes, no, unclear, deleted
	Grounds         []TicketGround    // what Outcome was read from, the most decisive first
	WorkSeen        bool
	AssigneeID      *string // the user we asked to be assigned
	AssigneeAccount string  // their account there, as the provider has it now
	AssigneeName    string
	AssigneeEmail   string
	Unassigned      string // why nobody is assigned, in words; "" if somebody is
	ClosedBy        string // as the provider says
	Note            string // the last trouble with this ticket, in words
	Looks           int    // looks by key that found nothing since the create call
	CreatedAt       time.Time
	SentAt          *time.Time // when the create call began
	FiledAt         *time.Time // when the provider's answer was stored
	SyncedAt        *time.Time // when it was last read
	RemoteAt        *time.Time // its update time by the provider's clock
	SuspectAt       *time.Time // since when reads do not find it
	ClosingAt       *time.Time // since when we ask the provider to close it
	TwinsAt         *time.Time // when to look once more for a second ticket with its key
	EndedAt         *time.Time
}

// TicketGround is one thing about a ticket that its outcome is read from.
type TicketGround struct {
	Key     string `json:"key"`  // stable: "resolution:10001"
	Name    string `json:"name"` // the system's word
	Outcome string `json:"outcome,omitempty"`
}

// TicketState is what we know of a ticket at its provider.
type TicketState string

// The states of a ticket.
const (
	TicketPlanned TicketState = "planned" // committed here, nothing sent
	TicketSending TicketState = "sending" // the call may be under way: look before sending again
	TicketOpen    TicketState = "open"
	TicketEnded   TicketState = "ended"   // closed, whatever the outcome
	TicketRefused TicketState = "refused" // nothing was made: the provider said no, or it was never sent
	TicketSuspect TicketState = "suspect" // not found when read; may be gone or hidden
	TicketLost    TicketState = "lost"    // confirmed gone
)

// Live reports whether the ticket may still end with an outcome.
func (s TicketState) Live() bool {
	return s == TicketPlanned || s == TicketSending || s == TicketOpen || s == TicketSuspect
}

// A TicketProvider is a configured account of a ticket system.
type TicketProvider struct {
	ID          string
	Kind        string // a ticket.Spec's Kind
	Name        string
	Settings    map[string]string // without secrets
	Secrets     string            // encrypted
	Version     int               // grows with every change of settings
	Health      Health
	Trouble     string // what is wrong, in words; "" when healthy
	HealthAt    *time.Time
	Outcomes    map[string]string // what an admin says a TicketGround means, by its key
	Findings    []Finding         // what the last preflight found missing
	CheckedAt   *time.Time        // when that was
	NextCheckAt *time.Time
	PausedUntil *time.Time // the system wants no calls before
	Cursor      string     // of the incremental poll
	NextPollAt  time.Time
	PolledAt    *time.Time
	FullReadAt  *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   *time.Time
}

// Finding is one thing that a provider lacks to work.
type Finding struct {
	Field   string `json:"field,omitempty"` // the setting it belongs to, "" for the whole account
	Problem string `json:"problem"`         // in words, with what to do about it
}

// Health is whether a provider works.
type Health string

// The healths.
const (
	Untried      Health = "untried"
	Healthy      Health = "ok"
	Down         Health = "down"
	Unauthorized Health = "unauthorized"
	RateLimit    Health = "rate_limited"
	Malformed    Health = "malformed"
)

// BuiltInProviderID is the provider every installation has: the built-in queue.
const BuiltInProviderID = "00000000-0000-7000-8000-000000000001"
