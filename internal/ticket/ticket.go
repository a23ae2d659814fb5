// Package ticket is what Admit needs of a ticket system. Each system is a
// package of its own below this one; nothing outside those packages knows a
// system by name.
package ticket

import (
	"cmp"
	"context"
	"strings"
	"time"
)

// Provider files and follows tickets in one account of one external system.
//
// Implementations are safe for concurrent use, hold no state about people or
// tickets, honour ctx, and never retry on their own: the engine owns retries.
// Every error is a *Failure or is treated as one that is Ambiguous.
//
// What a system may have or not have is an interface of its own, which a
// provider implements as well: Former, Lister, Listener, Registrar, Assigner,
// Completer, Desk.
type Provider interface {
	Checker
	Directory
	Filer
	Reader
	Closer
}

// Checker tells whether an account is ready for use.
type Checker interface {
	// Check signs in and tries what filing in project needs. project may be
	// empty: then only what does not depend on it is checked. It returns what is
	// missing, by name, or nothing when all is well. The error is for a check
	// that could not be made at all.
	Check(ctx context.Context, project string) ([]Finding, error)
}

// Directory finds where to file and whom to assign.
type Directory interface {
	// Projects lists what a ticket can be filed in, by name.
	Projects(ctx context.Context) ([]Project, error)
	// Account finds the account a person with this e-mail has, if tickets of
	// project can be assigned to it. ok is false when there is none.
	Account(ctx context.Context, project, email string) (acct Account, ok bool, err error)
	// People finds accounts by a part of a name or e-mail address, at most 20, for
	// an admin who says whom a person is there. An account may have no e-mail.
	People(ctx context.Context, project, query string) ([]Account, error)
}

// Filer creates tickets and finds them again.
type Filer interface {
	// Create files a ticket that carries d.Key where Find can see it. The answer
	// is what the system stored, not what was asked: a dropped assignee shows as
	// an empty one, a dropped field is named in Dropped. The reference is returned
	// as soon as it is known, even with an error from a later step. A refusal
	// names the fields it is about, if the system tells: see Failure.Fields.
	Create(ctx context.Context, d Draft) (Snapshot, error)
	// Find returns every ticket that carries key, oldest first, from the most
	// consistent read the system has.
	Find(ctx context.Context, key string) ([]Snapshot, error)
}

// Reader reads tickets in bulk.
type Reader interface {
	// Read returns the tickets with these ids as they are now. Those that are
	// gone or hidden are absent. len(ids) is at most Spec.Batch: one call to the
	// system for one Read.
	Read(ctx context.Context, ids []string) ([]Snapshot, error)
	// Changed returns one page of the tickets that changed since cursor, one
	// call to the system. An empty cursor means from now on. Pages overlap in
	// time: the same state may be seen again.
	Changed(ctx context.Context, cursor string) (Page, error)
}

// Closer talks back to the fulfiller.
type Closer interface {
	// Comment adds a comment the assignee sees.
	Comment(ctx context.Context, id, text string) error
	// Close ends the ticket as not wanted any more, with text as the reason.
	// Closing a closed ticket is not an error.
	Close(ctx context.Context, id, text string) error
}

// Assigner is a Provider that can give an open ticket to somebody else.
type Assigner interface {
	// Assign makes to the assignee of a ticket, who is one that Account or People
	// found; a zero Account takes the assignee away. Nothing else of the ticket
	// changes. Somebody who cannot be assigned is a Refused failure that names
	// AssigneeField. Doing it twice is harmless.
	Assign(ctx context.Context, id string, to Account) error
}

// Completer is a Provider that can end a ticket as done, for a person who has no
// account in the system and says so in Admit.
type Completer interface {
	// Complete ends an open ticket so that its outcome reads as Yes, with text as
	// a comment that says who did it. Of a ticket that has ended nothing changes,
	// and that is no error. Text is said once, also when the answer to an earlier
	// call was lost.
	Complete(ctx context.Context, id, text string) error
}

// Finding is one thing Check found missing.
type Finding struct {
	Field   string // the setting it belongs to, or "" for the whole account
	Problem string // what is wrong, in words, with what to do about it
}

// Project is a place tickets are filed in: a project, a team, a queue.
type Project struct{ ID, Name string }

// ByName orders what is offered for choice, as slices.SortFunc asks: by name,
// and among equal names by id.
func ByName[T ~struct{ ID, Name string }](a, b T) int {
	x, y := Project(a), Project(b)
	return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID))
}

// Account is a person in the system. A zero Account is nobody.
type Account struct{ ID, Name, Email string }

// Draft is a ticket to file.
type Draft struct {
	Key      string            // 32 hex digits, identifies the ticket across retries
	Project  string            // Project.ID
	Type     string            // Type.ID; "" where the project has no types
	Title    string            // one line, at most 200 characters
	Body     string            // Markdown, see package markdown; the last line carries Key
	Fields   map[string]string // more to fill in, by FormField.ID, written as FormField says
	Assignee Account           // zero: unassigned
}

// Snapshot is a ticket as its system had it at one moment.
type Snapshot struct {
	ID         string   // never changes, also when the ticket is moved or renamed
	Identifier string   // for people: AR-12, #4711
	URL        string   // for people
	Project    string   // Project.ID
	Key        string   // the key it carries, if the system returned it
	Title      string   //
	Status     string   // the system's own word
	Grounds    []Ground // what Outcome is read from, the most decisive first
	Outcome    Outcome  // as Judge reads Grounds
	WorkSeen   bool     // somebody has started: in progress, a note, a child
	Assignee   Account  // zero: unassigned
	ClosedBy   Account  // who ended it, if the system tells
	Reason     string   // why it was not done, if the system tells
	Dropped    []string // names of the fields Create asked for and the system did not keep
	CreatedAt  time.Time
	UpdatedAt  time.Time // by the system's clock; orders two snapshots
}

// Page is one page of changed tickets.
type Page struct {
	Tickets []Snapshot
	Cursor  string // where the next Changed goes on
	More    bool   // another page waits at Cursor
}
