package access

import "maps"

// Action is something an actor may or may not do. Every use case names the one
// it needs; this file is the only place that decides.
type Action string

// The actions.
const (
	SeeCatalog      Action = "catalog.see"      // apps and resources that exist
	ManageInventory Action = "inventory.manage" // create and delete apps, resources, owners, users, groups
	EditApp         Action = "app.edit"
	EditResource    Action = "resource.edit" // its text, request policy, reviewers, tickets
	SeeHolders      Action = "holders.see"   // who has a resource, and how that stands
	ChangeHolders   Action = "holders.change"
	SeePeople       Action = "people.see" // users, groups and owners
	SeeUser         Action = "user.see"   // one user and what they hold
	Ask             Action = "request.create"
	SeeRequest      Action = "request.see"
	Decide          Action = "request.decide" // see also ReviewProblem
	CommentRequest  Action = "request.comment"
	CancelRequest   Action = "request.cancel"
	SeeWork         Action = "work.see"   // the list of tickets; it shows what the actor may see
	SeeTicket       Action = "ticket.see" // one ticket
	SyncTicket      Action = "ticket.sync"
	WorkTicket      Action = "ticket.work" // take, comment, close in the built-in queue
	SeeChange       Action = "change.see"  // one change; its history is for those who may see its ticket
	SyncResource    Action = "resource.sync"
	RetryChange     Action = "change.retry"
	RerouteChange   Action = "change.reroute" // give its ticket to somebody else, or file it elsewhere
	GiveUpChange    Action = "change.give_up" // also to agree that somebody else does; see WaiverProblem
	AttestChange    Action = "change.attest"  // say that it is done
	DisputeChange   Action = "change.dispute" // say that it is not so
	SeeStorms       Action = "storm.see"
	ReleaseStorm    Action = "storm.release"
	SeeSettings     Action = "settings.see"
	ManageSettings  Action = "settings.manage"
	SeeEvents       Action = "event.see"     // the whole log
	SeeItsEvents    Action = "event.see_its" // of one app or resource
	SeeProviders    Action = "provider.see"
	ManageProviders Action = "provider.manage"
	ManageOwnTokens Action = "token.manage_own"
	ManageTokens    Action = "token.manage"
)

// Relation is what an actor is to the thing at hand, as a set.
type Relation uint16

// The relations. The first three come from the actor's role, the others are
// looked up by the use case.
const (
	IsAdmin Relation = 1 << iota
	IsAuditor
	IsMember        // anybody signed in
	IsResourceAdmin // in the admin owner of the resource, or of its app
	IsSomeAdmin     // in the admin owner of any resource or app
	IsReviewer      // in an owner that reviews the request
	IsRequester     // asked, or is asked for
	IsAssignee      // of the ticket
	IsSelf          // the user at hand
)

// permissions is who may do what. What is not here is refused.
var permissions = map[Action]Relation{
	SeeCatalog:      IsMember,
	ManageInventory: IsAdmin,
	EditApp:         IsAdmin,
	EditResource:    IsAdmin | IsResourceAdmin,
	SeeHolders:      IsAdmin | IsAuditor | IsResourceAdmin,
	ChangeHolders:   IsAdmin | IsResourceAdmin,
	SeePeople:       IsAdmin | IsAuditor | IsSomeAdmin,
	SeeUser:         IsAdmin | IsAuditor | IsSelf,
	Ask:             IsMember,
	SeeRequest:      IsAdmin | IsAuditor | IsReviewer | IsRequester | IsResourceAdmin,
	Decide:          IsAdmin | IsReviewer,
	CommentRequest:  IsAdmin | IsReviewer | IsRequester,
	CancelRequest:   IsAdmin | IsRequester,
	SeeWork:         IsMember,
	SeeTicket:       IsAdmin | IsAuditor | IsResourceAdmin | IsAssignee,
	SyncTicket:      IsAdmin | IsResourceAdmin | IsAssignee,
	WorkTicket:      IsAdmin | IsResourceAdmin | IsAssignee,
	SeeChange:       IsAdmin | IsAuditor | IsResourceAdmin | IsAssignee | IsSelf,
	SyncResource:    IsAdmin | IsResourceAdmin,
	RetryChange:     IsAdmin | IsResourceAdmin,
	RerouteChange:   IsAdmin | IsResourceAdmin,
	GiveUpChange:    IsAdmin | IsResourceAdmin,
	AttestChange:    IsAdmin | IsResourceAdmin,
	DisputeChange:   IsAdmin | IsResourceAdmin | IsSelf,
	SeeStorms:       IsAdmin | IsAuditor,
	ReleaseStorm:    IsAdmin,
	SeeSettings:     IsAdmin | IsAuditor,
	ManageSettings:  IsAdmin,
	SeeEvents:       IsAdmin | IsAuditor,
	SeeItsEvents:    IsAdmin | IsAuditor | IsResourceAdmin,
	SeeProviders:    IsAdmin | IsAuditor,
	ManageProviders: IsAdmin,
	ManageOwnTokens: IsMember,
	ManageTokens:    IsAdmin,
}

// hidden are the actions whose refusal must not tell that the thing exists.
var hidden = map[Action]bool{
	SeeRequest: true, SeeTicket: true, SeeChange: true, SeeUser: true,
}

// Roles returns the relations an actor has by role alone.
func (a Actor) Roles() Relation {
	switch a.Role {
	case Admin:
		return IsAdmin | IsMember
	case Auditor:
		return IsAuditor | IsMember
	case Member:
		return IsMember
	}
	return 0
}

// May returns nil if actor, being also rel to the thing at hand, may do it.
func (a Actor) May(do Action, rel Relation) error {
	if a.UserID == "" {
		return Errorf(Unauthenticated, "sign in first")
	}
	if permissions[do]&(a.Roles()|rel) != 0 {
		return nil
	}
	if hidden[do] {
		return Errorf(NotFound, "not found")
	}
	return Errorf(Forbidden, "you may not do this (%s)", do)
}

// Actions lists every action with the relations that may do it, for tests and
// documentation.
func Actions() map[Action]Relation {
	return maps.Clone(permissions)
}
