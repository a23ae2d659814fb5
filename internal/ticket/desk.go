package ticket

import (
	"context"
	"time"
)

// Desk is implemented by a provider whose tickets are worked on in Admit
// itself. Elsewhere people work in their own tool.
type Desk interface {
	// Take assigns an open ticket to a person and marks it as begun.
	Take(ctx context.Context, id string, by Account) error
	// Say adds a person's comment.
	Say(ctx context.Context, id string, by Account, text string) error
	// Finish ends an open ticket with Yes or No. No needs a reason. A ticket that
	// has ended is a Conflict.
	Finish(ctx context.Context, id string, by Account, outcome Outcome, reason string) error
	// Talk returns what was said on a ticket, oldest first.
	Talk(ctx context.Context, id string) ([]Remark, error)
}

// Remark is one comment on a ticket.
type Remark struct {
	Author Account // zero: Admit itself
	Text   string
	At     time.Time
}
