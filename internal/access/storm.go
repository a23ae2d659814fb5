package access

import "time"

// A Storm is many changes of one cause that would open many tickets at once. It
// waits until an admin, who is told the number, lets them go.
type Storm struct {
	ID         string
	ProviderID string
	Cause      Cause
	ActorID    *string // whose acts they follow from; nil: nobody's
	State      StormState
	Grouping   Grouping // how its changes share tickets; chosen when it is released
	DecidedBy  *string
	DecidedAt  *time.Time
	CreatedAt  time.Time
}

// Held reports whether a change waits in a storm that nobody let go yet.
func (c AccessChange) Held() bool {
	return c.State == Queued && c.StormID != nil && c.Detail == HeldBack
}

// StormState is where a storm is in its life.
type StormState string

// The states of a storm.
const (
	StormWaiting  StormState = "waiting"
	StormReleased StormState = "released"
)
