package access

import (
	"slices"
	"time"
)

// An AccessChange is the work of making the end system agree with what is
// wanted for one slot. A slot has at most one live change.
type AccessChange struct { //nolint:revive // Change alone would read like a verb in store
	ID         string
	SlotID     string
	UserID     string
	ResourceID string
	AppID      string
	Level      string
	Direction  Direction
	State      ChangeState
	Attention  Attention // why a person is needed; only in NeedsAttention
	Detail     string    // what happened, for people: a provider's words, a reason
	Reversed   bool      // the wish turned round while the ticket was open
	Cause      Cause
	ActorID    *string // the person whose act caused it; nil: Admit itself
	RequestID  *string
	GrantID    *string
	ViaTicket  bool // false: bookkeeping only
	ProviderID *string
	ProjectID  string
	AssigneeID *string // whom a person named for its ticket; nil: the policy chooses
	Rerouted   bool    // its ticket is closed because another is filed elsewhere
	Losses     int     // how many of its tickets vanished
	AttestedBy *string // who said that the end system is so; nil: its ticket did

	SharedTicketID *string // the ticket of another change in which this one is a line
	StormID        *string // it came with many others: see Storm

	// Names as they were when the change was made: a removal must stay readable
	// when its user, resource or app is gone.
	UserEmail    string
	UserName     string
	ResourceName string
	AppName      string
	LevelName    string

	Tries      int        // of filing
	NextTryAt  *time.Time // when filing goes on: end of the window, or of a back-off
	LeaseUntil *time.Time // somebody is filing until then
	LeaseBy    string     // the server that does
	CreatedAt  time.Time
	StateAt    time.Time  // since when it is in State
	EndedAt    *time.Time // when it came to an end state

	ClockAt    *time.Time // when the next reminder is due; nil: no clock runs
	RemindedAt *time.Time // when those who have it were last reminded
	LateAt     *time.Time // since when it is late
}

// Direction is where a change leads.
type Direction string

// The directions.
const (
	ToGrant  Direction = "grant"
	ToRemove Direction = "removal"
)

// DirectionTo returns the direction that leads to wanted.
func DirectionTo(wanted bool) Direction {
	if wanted {
		return ToGrant
	}
	return ToRemove
}

// Leads reports whether the change, done, makes the end system as wanted.
func (d Direction) Leads(wanted bool) bool { return d == DirectionTo(wanted) }

// Result is what is believed once a change in this direction is done.
func (d Direction) Result() Belief {
	if d == ToGrant {
		return Present
	}
	return Absent
}

// Cause is what made a change necessary.
type Cause string

// The causes. By ByAdmin the acting admin is the assignee; by the others a
// random user of the resource's admin owner is.
const (
	ByRequest Cause = "request"
	ByAdmin   Cause = "admin"
	ByExpiry  Cause = "expiry"
	BySelf    Cause = "self"   // the user gave it back
	BySystem  Cause = "system" // a user, resource or app was deleted; a lost wake-up was made good
)

// ChangeState is where an access change is in its life.
type ChangeState string

// The states of an access change.
const (
	Queued         ChangeState = "queued"     // not sent yet
	Filing         ChangeState = "filing"     // the create call may have been sent
	Open           ChangeState = "open"       // the ticket is open
	Canceling      ChangeState = "canceling"  // the wish was reversed; the ticket is asked to close
	ClaimedDone    ChangeState = "claimed"    // the ticket ended with yes; policy decides
	NeedsAttention ChangeState = "attention"  // a person must decide; see Attention
	Done           ChangeState = "done"       // wanted equals believed
	ChangeCanceled ChangeState = "canceled"   // ended without effect
	Superseded     ChangeState = "superseded" // another change takes over
	Abandoned      ChangeState = "abandoned"  // given up by a named person
)

// Attention is why a change needs a person.
type Attention string

// The reasons.
const (
	Blocked  Attention = "blocked"  // the provider refuses the ticket
	Declined Attention = "declined" // the ticket was closed as won't do
	Murky    Attention = "unclear"  // the ticket's end cannot be read as yes or no
	Disputed Attention = "disputed" // done, but somebody says that it is not so
	Lost     Attention = "lost"     // its tickets vanish again and again
)

// changeMoves is every legal move. It is the documentation, the guard and the
// test. Done can be left only by a ticket reopened in its watch window, or by
// somebody who says that it is not so.
var changeMoves = map[ChangeState][]ChangeState{
	Queued:         {Filing, Done, ChangeCanceled, Superseded, NeedsAttention},
	Filing:         {Open, Queued, Canceling, ClaimedDone, NeedsAttention, ChangeCanceled, Superseded},
	Open:           {Canceling, ClaimedDone, NeedsAttention, ChangeCanceled, Superseded, Queued},
	Canceling:      {Open, Queued, ChangeCanceled, ClaimedDone, NeedsAttention, Superseded},
	ClaimedDone:    {Done, Open, NeedsAttention},
	NeedsAttention: {Queued, Open, ClaimedDone, Canceling, ChangeCanceled, Superseded, Abandoned},
	Done:           {Open, NeedsAttention},
}

// ChangeStates lists every state in the order of a change's life.
var ChangeStates = []ChangeState{
	Queued, Filing, Open, Canceling, ClaimedDone, NeedsAttention, Done, ChangeCanceled, Superseded, Abandoned,
}

// Live reports whether a change in this state still holds its slot.
func (s ChangeState) Live() bool {
	switch s {
	case Queued, Filing, Open, Canceling, ClaimedDone, NeedsAttention:
		return true
	case Done, ChangeCanceled, Superseded, Abandoned:
		return false
	}
	return false
}

// Move changes the state, or returns a Conflict if that move does not exist.
func (c *AccessChange) Move(to ChangeState, now time.Time) error {
	if !slices.Contains(changeMoves[c.State], to) {
		return Errorf(Conflict, "an access change that is %s cannot become %s", c.State, to)
	}
	c.State, c.StateAt = to, now
	c.EndedAt = nil
	if !to.Live() {
		c.EndedAt = &now
	}
	if to != NeedsAttention {
		c.Attention = ""
	}
	return nil
}

// Ask moves to NeedsAttention with a reason and what happened, in words.
func (c *AccessChange) Ask(why Attention, detail string, now time.Time) error {
	if c.State != NeedsAttention {
		if err := c.Move(NeedsAttention, now); err != nil {
			return err
		}
	}
	c.Attention, c.Detail = why, detail
	return nil
}
