package github_test

import (
	"testing"

	"admit/internal/ticket/github"
	"admit/internal/ticket/github/githubtest"
	"admit/internal/ticket/tickettest"
)

// subject is the provider on a fresh server.
func subject(t *testing.T, held ...githubtest.Contract) (*githubtest.Server, tickettest.FaultSubject) {
	t.Helper()
	s := githubtest.Start(t, held...)
	return s, tickettest.Behind(t, github.Spec(), s.System(t))
}

// official loads what GitHub publishes, so that both sides are held to it; where
// that was not fetched, the tests run without.
func official(t *testing.T) []githubtest.Contract {
	t.Helper()
	var held []githubtest.Contract
	t.Run("official schema", func(t *testing.T) { held = append(held, githubtest.Official(t)) })
	return held
}

func TestConformance(t *testing.T) {
	t.Parallel()
	held := official(t)
	tickettest.Run(t, func(t *testing.T) tickettest.Subject {
		_, s := subject(t, held...)
		return s.Subject
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	held := official(t)
	tickettest.RunFaults(t, func(t *testing.T) tickettest.FaultSubject {
		_, s := subject(t, held...)
		return s
	})
}

func TestPage(t *testing.T) { tickettest.Page(t, "github", github.Spec()) }
