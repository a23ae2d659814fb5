// Package request is asking for access and deciding on it. One file for a verb.
package request

import (
	"admit/internal/access"
	"admit/internal/store"
)

// Service holds the use cases.
type Service struct {
	DB *store.DB
}

// View is a request with all one needs to show it.
type View struct {
	access.Request
	Requester access.User
	Target    access.User
	Items     []ItemView
	Comments  []CommentView
	Decider   *access.User // who ended it; nil: nobody yet, or Admit itself
	Relation  access.Relation
}

// ItemView is one resource asked for, with who decides and who has.
type ItemView struct {
	access.RequestItem
	Resource  access.Resource
	App       access.App
	LevelName string
	Reviewers []access.User // who may decide, in order; not the requester or target
	Reviews   []ReviewView
	Change    *access.AccessChange // the newest change this request caused; nil before
	Holding   *access.Holding      // what the target has of it now; nil if nothing, and in lists
}

// ReviewView is a decision with who made it.
type ReviewView struct {
	access.Review
	Reviewer *access.User // nil: approved by policy
}

// CommentView is a comment with its author.
type CommentView struct {
	access.Comment
	Author access.User
}

// relation returns what actor is to a request whose items are given.
func relation(actor access.Actor, r access.Request, items []store.ItemFor) access.Relation {
	rel := actor.Roles() | store.RelationOf(items)
	if actor.UserID == r.RequesterID || actor.UserID == r.TargetUserID {
		rel |= access.IsRequester
	}
	return rel
}

// event starts an event about a request.
func event(actor access.Actor, t access.EventType, r access.Request, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.RequestID, e.UserID = &r.ID, &r.TargetUserID
	return e
}
