// Package oncall finds out who is on call.
package oncall

import "context"

// Source knows who is on call. Every error is a *ticket.Failure. Implementations
// are safe for concurrent use, remember nothing, and never retry.
type Source interface {
	// OnCall returns who is on call now by a schedule, a Choice.ID: who is called
	// first comes first, and everybody once. Nobody is no error.
	OnCall(ctx context.Context, schedule string) ([]Person, error)
	// Schedules lists what can be asked for.
	Schedules(ctx context.Context) ([]Choice, error)
}

// Person is somebody on call.
type Person struct {
	Name  string // "" for none
	Email string // as access.NormalEmail writes it
}

// Choice is a schedule, or what else says who is on call.
type Choice struct{ ID, Name string }
