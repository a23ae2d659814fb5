package access

// A Holding is one row of a resource's users, or of a user's access: a slot with
// all one needs to show it.
type Holding struct {
	Slot
	User      User
	Resource  Resource
	App       App
	LevelName string
	Grants    []Grant         // live, oldest first
	Change    *AccessChange   // the newest, live or ended; nil if there never was one
	Ticket    *Ticket         // of Change, the newest; nil if there is none
	Provider  *TicketProvider // of Ticket or Change
	Waiver    *Waiver         // that waits for somebody to agree; nil if none does
}

// Ends returns the grant that keeps the slot longest: the one without end, or
// the one that ends last. nil if none is live.
func (h Holding) Ends() *Grant {
	var last *Grant
	for i := range h.Grants {
		g := &h.Grants[i]
		if g.ExpiresAt == nil {
			return g
		}
		if last == nil || g.ExpiresAt.After(*last.ExpiresAt) {
			last = g
		}
	}
	return last
}

// WaitingFor says what the holding waits for, nothing if it does not wait.
func (h Holding) WaitingFor() Waiting {
	if h.Change == nil {
		return Waiting{}
	}
	return WaitingFor(*h.Change, h.Ticket, h.Provider, h.Waiver)
}

// Mark is how a slot is shown: one of few signs.
type Mark string

// The marks.
const (
	MarkInPlace    Mark = "in_place"  // the fulfiller said it is done
	MarkRecorded   Mark = "recorded"  // written down here, nobody was asked to act
	MarkTicketOpen Mark = "ticket"    // a ticket is open
	MarkWaiting    Mark = "waiting"   // Admit is at it
	MarkAttention  Mark = "attention" // a person must decide
	MarkRemoved    Mark = "removed"   // not there any more
	MarkWaived     Mark = "waived"    // there, and its removal was given up for a time
)

// MarkOf returns the mark of a slot with its newest change.
func MarkOf(s Slot, c *AccessChange) Mark {
	if c != nil {
		switch c.State {
		case Open, Canceling:
			return MarkTicketOpen
		case Queued, Filing, ClaimedDone:
			return MarkWaiting
		case NeedsAttention:
			return MarkAttention
		case Done, ChangeCanceled, Superseded, Abandoned:
		}
	}
	switch {
	case s.WaivedUntil != nil && !s.Wanted && s.Believed != Absent:
		return MarkWaived
	case !s.Believed.Agrees(s.Wanted):
		return MarkWaiting
	case s.Believed == Absent:
		return MarkRemoved
	case s.Proof == Recorded || s.Proof == NoProof:
		return MarkRecorded
	}
	return MarkInPlace
}
