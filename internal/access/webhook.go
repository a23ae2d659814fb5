package access

import "time"

// A Webhook is where a provider's system calls when a ticket changes. What it
// says is a hint to look, never the truth.
type Webhook struct {
	ProviderID   string
	Token        string // the part of its address that nobody can guess
	Secret       string // what the system signs with, encrypted
	State        WebhookState
	Note         string     // why it is not working, in words
	RemoteID     string     // the provider's own note of what it registered
	Missed       int        // polls in a row that found news no delivery told of
	HeardAt      *time.Time // the last delivery that was signed
	UnsignedAt   *time.Time // the last poll that an unsigned delivery caused
	RegisteredAt *time.Time
	ExpiresAt    *time.Time // of the registration; nil: never
	NextCheckAt  time.Time
	CreatedAt    time.Time
}

// WebhookState is how a webhook stands.
type WebhookState string

// The states of a webhook. Whatever the state, the provider is polled; a webhook
// that works only makes the poll rarer.
const (
	WebhookWaiting WebhookState = "waiting" // set up, and nothing was delivered yet
	WebhookWorking WebhookState = "working"
	WebhookSilent  WebhookState = "silent"  // the poll finds what it should have told
	WebhookByHand  WebhookState = "by_hand" // Admit may not register it: an admin must
)
