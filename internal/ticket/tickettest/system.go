package tickettest

import (
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"admit/internal/egress"
	"admit/internal/ticket"
)

// System is a ticket system that tests may fill with tickets: a fake server, or
// a real one. The suite, the stories and the benchmarks use it alike. A nil func
// is something the system does not have.
type System struct {
	// Edition tells systems of one kind apart in the record of the suite: "Data
	// Center". "" where there is one.
	Edition  string
	URL      string            // where it listens, "http://host:port"
	Settings map[string]string // what the provider needs to reach it, secrets included
	Project  string            // id of a project that tickets can be filed in
	Type     string            // id of the type to file with; "" where there are none
	// Assignable is the e-mail of somebody who tickets of Project can be assigned to.
	Assignable string
	// Unassignable is the e-mail of somebody who has an account, but whom tickets
	// of Project cannot be assigned to; "" if the system knows no such people.
	Unassignable string
	Fulfiller    Fulfiller
	// Text returns all that people can read in a ticket: its body and comments.
	Text func(t *testing.T, id string) string
	// Rendered returns how Markdown reads in Text; nil if it stays as it is.
	Rendered func(markdown string) string
	// Creates reports whether a call is the one that makes a ticket.
	Creates func(r *http.Request, body []byte) bool
	// Field and its Value are something optional of Form that a ticket can be
	// given, and Bad a value of it that the system refuses or drops. "" if there
	// is none.
	Field, Value, Bad string
	// FieldOf returns the value of Field that the system stored for a ticket.
	FieldOf func(t *testing.T, id string) string

	NoLag bool                               // searches see a new ticket at once, whatever Spec.LookupLag allows for
	Lag   func(t *testing.T, on bool)        // while on, searches do not see tickets made since
	Fill  func(t *testing.T, n int) []string // makes n open tickets of Admit's, each with a key of its own; returns their ids
	Hide  func(t *testing.T, id string)      // takes Admit's right to see a ticket away
	Show  func(t *testing.T, id string)      // gives back what Hide took
	Move  func(t *testing.T, id string)      // moves a ticket to another project, where its identifier changes

	// Delivery returns what the system calls the webhook address with when ticket
	// id has changed, signed with secret at a time.
	Delivery func(t *testing.T, id, secret string, at time.Time) ticket.Delivery
	// Listen does what Spec.Webhook tells an admin to do by hand.
	Listen func(t *testing.T, url, secret string)
	// Hooks returns how many webhooks of Admit's are registered.
	Hooks func(t *testing.T) int
	// SwitchOff does what the system does to a webhook of Admit's that it gave up.
	SwitchOff func(t *testing.T)
}

// Fulfiller acts as the person a ticket is assigned to, and others who may touch
// it. A nil func is something the system does not have.
type Fulfiller struct {
	Start   func(t *testing.T, id string) // begins to work
	Done    func(t *testing.T, id string) // ends the ticket with yes
	Decline func(t *testing.T, id string) // ends it with no
	Odd     func(t *testing.T, id string) // ends it in a way nobody has said the meaning of
	Reopen  func(t *testing.T, id string) //
	Delete  func(t *testing.T, id string) //
}

// Client returns a client that may reach this machine.
func Client() *http.Client {
	return egress.New(egress.Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

// Open returns a provider on a system.
func Open(t testing.TB, spec ticket.Spec, settings map[string]string) ticket.Provider {
	t.Helper()
	clean, err := spec.Validate(settings)
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Open(clean, Client())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// At returns the system as it is reached at another address, such as a proxy's:
// wherever the settings name its own they name that.
func (s System) At(address string) System {
	at := s
	at.URL, at.Settings = address, maps.Clone(s.Settings)
	for name, value := range at.Settings {
		at.Settings[name] = strings.ReplaceAll(value, s.URL, address)
	}
	return at
}

// Behind returns a provider that reaches its system through a proxy.
func Behind(t testing.TB, spec ticket.Spec, s System) FaultSubject {
	t.Helper()
	proxy := NewProxy(t, s.URL)
	return FaultSubject{
		Proxy:   proxy,
		Subject: Subject{System: s, Spec: spec, Provider: Open(t, spec, s.At(proxy.URL).Settings), Calls: proxy.Calls},
	}
}
