// Package tickettest holds every provider to the contract of package ticket.
//
// A case that a system has no counterpart for does not apply to it. What became
// of each case is kept in docs/providers/conformance, and read from there.
package tickettest

import (
	"testing"

	"admit/internal/ticket"
)

// Subject is a provider under test, with a system behind it that a test may
// fill with tickets.
type Subject struct {
	System
	Provider ticket.Provider
	Spec     ticket.Spec
	// Calls returns how often the provider called its system so far; nil if it
	// has no system outside this process.
	Calls func() int
}

// Run runs every case on a fresh subject each, and keeps the record of it.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	run(t, chapters(), open)
}

// RunFaults runs every fault on a fresh subject each, and keeps the record of it.
func RunFaults(t *testing.T, open func(t *testing.T) FaultSubject) {
	run(t, faultChapters(), open)
}

// trial is one case of the suite.
type trial[S any] struct {
	name string // in plain words: it stands in docs/providers/conformance.md
	// needs returns why the case does not apply, "" if it does; nil: it always does.
	needs func(t *testing.T, s S) string
	test  func(t *testing.T, s S)
}

// chapter is some cases about one thing.
type chapter[S any] struct {
	title  string
	trials []trial[S]
}

func run[S interface{ subject() Subject }](t *testing.T, chapters []chapter[S], open func(t *testing.T) S) {
	t.Helper()
	var r record
	for _, c := range chapters {
		for _, one := range c.trials {
			t.Run(one.name, func(t *testing.T) {
				s := open(t)
				r.about(s.subject())
				if one.needs != nil {
					if why := one.needs(t, s); why != "" {
						t.Log("does not apply: " + why)
						r.note(t, one.name, notApplicable+why)
						return
					}
				}
				one.test(t, s)
				r.note(t, one.name, passed)
			})
		}
	}
	r.keep(t, namesOf(chapters))
}

func (s Subject) subject() Subject { return s }

func namesOf[S any](chapters []chapter[S]) []string {
	var names []string
	for _, c := range chapters {
		for _, one := range c.trials {
			names = append(names, one.name)
		}
	}
	return names
}
