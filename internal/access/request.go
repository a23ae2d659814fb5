package access

import (
	"slices"
	"time"
)

// A Request asks that a user be given access to one or more resources.
type Request struct {
	ID           string
	RequesterID  string // who asks
	TargetUserID string // who is to have access
	Reason       string
	Minutes      *int // how long from the approval on; nil: without end
	State        RequestState
	CreatedAt    time.Time
	UpdatedAt    time.Time
	DecidedAt    *time.Time
	DecidedBy    *string // who ended it; nil: Admit itself
}

// RequestState is where a request is in its life.
type RequestState string

// The states of a request and of its items, and the only moves between them.
const (
	Pending  RequestState = "pending"
	Approved RequestState = "approved"
	Denied   RequestState = "denied"
	Canceled RequestState = "canceled"
)

var requestMoves = map[RequestState][]RequestState{
	Pending: {Approved, Denied, Canceled},
}

// Move changes the state and notes when and by whom, or returns a Conflict if
// that move does not exist. actorID is nil for Admit itself.
func (r *Request) Move(to RequestState, actorID *string, now time.Time) error {
	if !slices.Contains(requestMoves[r.State], to) {
		return Errorf(Conflict, "this request is already %s", r.State)
	}
	r.State, r.UpdatedAt, r.DecidedAt, r.DecidedBy = to, now, &now, actorID
	return nil
}

// A RequestItem is one resource a request asks for. All items are decided
// before the request is approved; one denied item denies the request.
type RequestItem struct {
	ID         string
	RequestID  string
	ResourceID string
	Level      string
	State      RequestState
}

// A Review is one decision of one reviewer on one item.
type Review struct {
	ID         string
	RequestID  string
	ItemID     string
	ReviewerID *string // nil: approved by policy
	Decision   RequestState
	Override   bool // decided as an admin who is not a reviewer
	Comment    string
	CreatedAt  time.Time
}

// A Comment is a remark on a request.
type Comment struct {
	ID        string
	RequestID string
	AuthorID  string
	Text      string
	CreatedAt time.Time
}

// ReviewProblem returns why actor may not decide on a request for target, or
// nil. Nobody approves their own: neither as the one who asks nor as the one who
// would get the access. Reviewer says that an owner names the actor as reviewer.
func ReviewProblem(actor Actor, r Request, reviewer, override bool) error {
	switch {
	case actor.UserID == r.RequesterID || actor.UserID == r.TargetUserID:
		return Errorf(Forbidden, "nobody decides on their own request")
	case reviewer:
		return nil
	case override && actor.Role == Admin:
		return nil
	case actor.Role == Admin:
		return Errorf(Forbidden, "you are not a reviewer of this request; as an admin you can override")
	}
	return Errorf(Forbidden, "you are not a reviewer of this request")
}
