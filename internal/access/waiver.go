package access

import "time"

// A Waiver is a removal that is not carried out for now: a risk that two people
// accept. One asks, with a reason and an end; another agrees. At its end the
// removal comes back.
type Waiver struct {
	ID       string
	ChangeID string
	SlotID   string
	Reason   string
	UntilAt  time.Time
	AskedBy  string
	AskedAt  time.Time
	AgreedBy *string
	AgreedAt *time.Time
	EndedAt  *time.Time // when it was withdrawn, or its time was over
}

// MaxWaiver is how long a removal can be given up at most.
const MaxWaiver = 366 * 24 * time.Hour

// WaiverProblem says why an actor cannot agree to a waiver about somebody's
// access, or "".
func WaiverProblem(actor Actor, w Waiver, userID string) string {
	switch {
	case actor.UserID == w.AskedBy:
		return "somebody else than the one who asked must agree"
	case actor.UserID == userID:
		return "this is your own access: somebody else must agree"
	case w.AgreedAt != nil || w.EndedAt != nil:
		return "it is decided already"
	}
	return ""
}
