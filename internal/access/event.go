package access

import "time"

// An Event is one line of the audit log: who did what, why, and to what. It is
// written in the transaction that did it and never changes.
type Event struct {
	ID         string
	At         time.Time
	Type       EventType
	ActorID    *string // nil: Admit itself
	ActorName  string
	Via        string // how the actor came: "web", "api", "cli", "system"
	TokenName  string // the API token used, if any
	Cause      Cause  // for changes: what made them necessary
	Summary    string // one sentence, for people
	AppID      *string
	ResourceID *string
	UserID     *string // whose access it is about, or the user changed
	OwnerID    *string
	GroupID    *string
	RequestID  *string
	GrantID    *string
	ChangeID   *string
	TicketID   *string
	ProviderID *string
	Data       map[string]string // further facts: old and new values, comments
}

// EventType says what happened: a noun and a past participle.
type EventType string

// The event types.
const (
	UserCreated      EventType = "user.created"
	UserUpdated      EventType = "user.updated"
	UserDeleted      EventType = "user.deleted"
	UserInvited      EventType = "user.invited"
	GroupCreated     EventType = "group.created"
	GroupUpdated     EventType = "group.updated"
	GroupDeleted     EventType = "group.deleted"
	OwnerCreated     EventType = "owner.created"
	OwnerUpdated     EventType = "owner.updated"
	OwnerDeleted     EventType = "owner.deleted"
	AppCreated       EventType = "app.created"
	AppUpdated       EventType = "app.updated"
	AppDeleted       EventType = "app.deleted"
	ResourceCreated  EventType = "resource.created"
	ResourceUpdated  EventType = "resource.updated"
	ResourceDeleted  EventType = "resource.deleted"
	RequestCreated   EventType = "request.created"
	RequestApproved  EventType = "request.approved"
	RequestReviewed  EventType = "request.item_approved"
	RequestDenied    EventType = "request.denied"
	RequestCanceled  EventType = "request.canceled"
	RequestCommented EventType = "request.commented"
	GrantCreated     EventType = "grant.created"
	GrantExtended    EventType = "grant.updated"
	GrantRevokedEv   EventType = "grant.revoked"
	GrantExpiredEv   EventType = "grant.expired"
	ChangeStarted    EventType = "change.started"
	ChangeMoved      EventType = "change.moved"
	ChangeDone       EventType = "change.done"
	ChangeAttention  EventType = "change.needs_attention"
	ChangeEnded      EventType = "change.ended"
	ChangeRetried    EventType = "change.retried"
	ChangeReopened   EventType = "change.reopened"
	ChangeRerouted   EventType = "change.rerouted"
	ChangeAttested   EventType = "change.attested"
	ChangeDisputed   EventType = "change.disputed"
	ChangeAbandoned  EventType = "change.abandoned"
	ChangeReminded   EventType = "change.reminded"
	ChangeLate       EventType = "change.late"
	WaiverAsked      EventType = "waiver.asked"
	WaiverRefused    EventType = "waiver.refused"
	WaiverOver       EventType = "waiver.over"
	StormBegan       EventType = "storm.began"
	StormEnded       EventType = "storm.released"
	TicketsMigrated  EventType = "ticket.migrated"
	TicketAssigned   EventType = "ticket.assigned"
	SettingsChanged  EventType = "system.settings"
	TicketFiled      EventType = "ticket.filed"
	TicketAdopted    EventType = "ticket.adopted"
	TicketUpdated    EventType = "ticket.updated"
	TicketTaken      EventType = "ticket.taken"
	TicketCommented  EventType = "ticket.commented"
	TicketClosed     EventType = "ticket.closed"
	TicketLostEv     EventType = "ticket.lost"
	TicketStray      EventType = "ticket.stray"   // found, and unknown to this database
	TicketSettled    EventType = "ticket.settled" // a stray was closed, and its access made sure of
	ProviderCreated  EventType = "provider.created"
	ProviderUpdated  EventType = "provider.updated"
	ProviderDeleted  EventType = "provider.deleted"
	ProviderMapped   EventType = "provider.mapped"  // what its words mean, or whom somebody is there
	ProviderLacking  EventType = "provider.lacking" // a preflight found something missing
	WebhookOn        EventType = "webhook.on"
	WebhookOff       EventType = "webhook.off"
	WebhookWorks     EventType = "webhook.works"
	WebhookSilentEv  EventType = "webhook.silent"
	ProviderTroubled EventType = "provider.troubled"
	ProviderHealed   EventType = "provider.healed"
	TokenCreated     EventType = "token.created"
	TokenRevoked     EventType = "token.revoked"
	SignedIn         EventType = "session.started"
	SignedOut        EventType = "session.ended"
	SignInFailed     EventType = "session.refused"
	PasswordChanged  EventType = "password.changed"
	SetUp            EventType = "system.set_up"
	SyncStarted      EventType = "sync.started"
	SyncEnded        EventType = "sync.ended"
)

// By returns an event of type t that actor causes, for the caller to fill in.
func By(actor Actor, t EventType, summary string) Event {
	e := Event{Type: t, ActorName: actor.Name, Via: actor.Via, TokenName: actor.TokenName, Summary: summary}
	if actor.UserID != "" {
		e.ActorID = &actor.UserID
	}
	return e
}
