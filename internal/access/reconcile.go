package access

// Step is what Reconcile does next for one slot.
type Step string

// The steps.
const (
	Rest     Step = "rest"     // nothing to do
	Start    Step = "start"    // start a change in the wanted direction
	Drop     Step = "drop"     // end the live change: nothing was sent, or nothing came of it
	Cancel   Step = "cancel"   // ask the fulfiller to stop: no work was seen
	Park     Step = "park"     // work was seen: say "stop or undo", wait for the ticket's end
	Resume   Step = "resume"   // withdraw the cancel: the wish turned round again
	FileNow  Step = "file"     // the live change waits to be filed
	StartNew Step = "replace"  // end the live change and start one in the other direction
	Accept   Step = "accept"   // the claim meets the policy: done
	AckFirst Step = "ack_wait" // a create is under way: decide once its answer is known
)

// SlotState is all that Next looks at.
type SlotState struct {
	Wanted   bool
	Believed Belief
	Change   *AccessChange // live, or nil
	Ticket   *Ticket       // of Change, the newest, or nil
	Shared   bool          // Ticket is also for other changes that are wanted
	Waived   bool          // a removal was given up, and its time is not over
}

// Next decides what to do for a slot. It is level-triggered: the same state
// always gives the same step, whatever woke us up.
func Next(s SlotState) Step {
	if s.Change == nil || !s.Change.State.Live() {
		if s.Believed.Agrees(s.Wanted) || s.Waived && !s.Wanted {
			return Rest
		}
		return Start
	}
	if s.Change.Direction.Leads(s.Wanted) {
		return nextAhead(s)
	}
	return nextReversed(s)
}

// nextAhead is for a live change that leads where we want to go.
func nextAhead(s SlotState) Step {
	switch s.Change.State {
	case Queued, Filing:
		return FileNow
	case Canceling:
		if s.Change.Rerouted {
			return Rest // its next ticket is filed when this one is closed
		}
		return Resume
	case ClaimedDone:
		return Accept
	case Open:
		if s.Change.Reversed {
			return Resume
		}
		return Rest
	case NeedsAttention, Done, ChangeCanceled, Superseded, Abandoned:
		return Rest
	}
	return Rest
}

// nextReversed is for a live change that leads away from what is wanted now.
func nextReversed(s SlotState) Step {
	switch s.Change.State {
	case Queued:
		return Drop
	case Filing:
		if s.Ticket != nil && s.Ticket.State == TicketPlanned && !s.Shared {
			return Drop // the provider was down: nothing was sent
		}
		return AckFirst
	case Open:
		switch {
		case s.Change.Reversed:
			return Rest
		case s.Shared, s.Ticket != nil && s.Ticket.WorkSeen:
			return Park
		}
		return Cancel
	case ClaimedDone:
		return Accept // it happened; the next change undoes it
	case NeedsAttention:
		if s.Change.Attention == Declined || s.Change.Attention == Blocked {
			return Drop
		}
		return StartNew
	case Canceling:
		return Rest
	case Done, ChangeCanceled, Superseded, Abandoned:
		return Rest
	}
	return Rest
}
