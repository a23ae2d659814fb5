package ticket

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"
)

// Listener is a provider whose system tells of changes by calling Admit. What a
// delivery says is a hint to look, never the truth: the ticket is read.
type Listener interface {
	// Hear reads a delivery. It calls nobody, and copes with any bytes. The error
	// is ErrForged for a delivery that does not come from the system or is too
	// old; anything else that is wrong with it is no error, but News without
	// Tickets: something may have changed.
	Hear(d Delivery) (News, error)
}

// ErrForged is the error of a delivery whose signature or age is wrong.
var ErrForged = errors.New("the delivery is not signed by the system, or is too old")

// Delivery is a call of a system to Admit's webhook address.
type Delivery struct {
	Header http.Header
	Body   []byte    // at most 1 MiB
	Secret string    // what the system was given to sign with
	At     time.Time // when it came
}

// Signed reports whether mac is the one most systems sign with: the HMAC-SHA256
// of the body under the secret, in hex.
func (d Delivery) Signed(mac string) bool {
	sum := hmac.New(sha256.New, []byte(d.Secret))
	sum.Write(d.Body)
	said, err := hex.DecodeString(mac)
	return err == nil && hmac.Equal(said, sum.Sum(nil))
}

// News is what a delivery says.
type News struct {
	ID      string   // of the delivery, the same whenever it is sent again; "" if the system has none
	Tickets []string // Snapshot.IDs of the tickets it is about
	Signed  bool     // proven to come from the system. What is not only causes a read, now and then
}

// Registrar is a provider that can tell its system itself where to call.
type Registrar interface {
	// Register makes it so that the system calls hook.URL whenever a ticket of
	// hook.Projects changes, signing with hook.Secret: it looks what is there, adds
	// what is missing, renews what expires, and switches on again what the system
	// switched off. It may be called at any time, and returns the hook with ID and
	// Expires filled in, and with the system's own Secret where that chooses it. A
	// Refused or Unauthorized failure means that an admin
	// must do it by hand.
	Register(ctx context.Context, hook Hook) (Hook, error)
	// Unregister takes back what Register did. What is gone already is no error.
	Unregister(ctx context.Context, hook Hook) error
}

// Hook is a registration of Admit's webhook address.
type Hook struct {
	ID       string // the provider's own note of what it registered; "" before the first time
	URL      string
	Secret   string
	Projects []string  // Project.IDs that are filed in
	Expires  time.Time // zero: never
}
