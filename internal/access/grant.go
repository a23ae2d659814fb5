package access

import "time"

// A Grant is a reason why a user should have a resource.
type Grant struct {
	ID         string
	SlotID     string
	UserID     string
	ResourceID string
	Level      string
	Source     GrantSource
	RequestID  *string // for FromRequest
	GrantedBy  *string // the user who added it, or who approved last; nil: Admit itself
	Reason     string
	State      GrantState
	CreatedAt  time.Time
	ExpiresAt  *time.Time // nil: without end
	EndedAt    *time.Time
	EndedBy    *string // nil: Admit itself
}

// GrantSource says where a grant came from.
type GrantSource string

// The sources.
const (
	FromRequest GrantSource = "request"
	FromAdmin   GrantSource = "admin"
	FromRule    GrantSource = "rule"
)

// GrantState is where a grant is in its life.
type GrantState string

// The states of a grant. It leaves Live once and never comes back.
const (
	GrantLive    GrantState = "live"
	GrantExpired GrantState = "expired"
	GrantRevoked GrantState = "revoked"
)

// A Slot is the place where access is or is not: one user, resource and level.
type Slot struct {
	ID          string
	UserID      string
	ResourceID  string
	Level       string
	Wanted      bool       // as of the last Reconcile; the truth is the live grants
	Believed    Belief     // what the end system has, as far as we know
	Proof       Proof      // how we know
	AsOf        *time.Time // when we knew
	Listed      bool       // shown among the resource's users
	ChangeID    *string    // the newest change, live or ended
	WaivedUntil *time.Time // a removal that was given up does not begin anew before
	CreatedAt   time.Time
}

// Belief is what we think the end system has.
type Belief string

// The beliefs. Unknown differs from anything wanted.
const (
	Absent  Belief = "absent"
	Present Belief = "present"
	Unknown Belief = "unknown"
)

// Proof says how sure a belief is.
type Proof string

// The proofs, the weakest first.
const (
	NoProof  Proof = "none"
	Recorded Proof = "recorded" // bookkeeping: written down here, nobody asked to act
	Claimed  Proof = "claimed"  // the fulfiller said so
	Attested Proof = "attested" // a second person said so
	Observed Proof = "observed" // read from the end system
)

// Agrees reports whether the end system is believed to be as wanted.
func (b Belief) Agrees(wanted bool) bool {
	return b == Present && wanted || b == Absent && !wanted
}
