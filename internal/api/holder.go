package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
)

// ResourceAccessUser is one user on one resource, with how that stands. A user
// whose removal is pending stays until it is done.
type ResourceAccessUser struct {
	ResourceUser

	ResourceName      string             `json:"resource_name" required:"true"`
	Description       string             `json:"description" required:"true" doc:"Of the resource."`
	AppID             string             `json:"app_id" required:"true" format:"uuid"`
	AppName           string             `json:"app_name" required:"true"`
	HasDirectAccess   bool               `json:"has_direct_access" required:"true"`
	NumAccessPaths    int                `json:"num_access_paths" required:"true" doc:"How many reasons there are for this access."`
	PropagationStatus *PropagationStatus `json:"propagation_status,omitempty"`
	WaivedUntil       *time.Time         `json:"waived_until,omitempty" doc:"Until when two people gave its removal up. It comes back then."`
	Propagation       *Propagation       `json:"propagation,omitempty" doc:"The newest access change. Absent when there never was one."`
}

// ResourceUser is one user on one resource.
type ResourceUser struct {
	ResourceID string      `json:"resource_id" required:"true" format:"uuid"`
	UserID     string      `json:"user_id" required:"true" format:"uuid"`
	Level      AccessLevel `json:"access_level" required:"true"`
	FullName   string      `json:"full_name" required:"true"`
	Email      string      `json:"email" required:"true"`
	Expires    *time.Time  `json:"expiration_date" doc:"Null when the access has no end."`
}

// PropagationStatus is how far an access change is, in the published API's words.
type PropagationStatus struct {
	Status string `json:"status" required:"true" enum:"SUCCESS,PENDING,PENDING_TICKET_CREATION,PENDING_MANUAL_PROPAGATION,ERR_TICKET_CREATION_SKIPPED,ERR_REMOTE_UNRECOVERABLE_ERROR,ERR_UNKNOWN"`
}

// Propagation is how far an access change is, in full.
type Propagation struct {
	ChangeID   string             `json:"change_id" required:"true" format:"uuid"`
	Direction  string             `json:"direction" required:"true" enum:"grant,removal"`
	State      string             `json:"state" required:"true" enum:"queued,filing,open,canceling,claimed,attention,done,canceled,superseded,abandoned"`
	Attention  string             `json:"attention,omitempty" enum:"blocked,declined,unclear,disputed,lost" doc:"Why a person is needed, in the state attention."`
	WaitingFor string             `json:"waiting_for" required:"true" doc:"One sentence: who, what, where, since when, and what happens next. Empty when the change has ended."`
	Waiting    *Waiting           `json:"waiting,omitempty" doc:"The same in parts. Absent when the change has ended."`
	LateSince  *time.Time         `json:"late_since,omitempty" doc:"Since when it takes longer than it should."`
	Detail     string             `json:"detail,omitempty" doc:"What happened, in words."`
	StormID    *string            `json:"storm_id,omitempty" format:"uuid" doc:"The storm that holds it back until an admin lets it go."`
	Waiver     *Waiver            `json:"waiver,omitempty" doc:"That somebody asked to give this removal up. It waits for a second person."`
	AttestedBy *string            `json:"attested_by,omitempty" format:"uuid" doc:"Who said that the end system is so. Absent when its ticket did."`
	Rerouted   bool               `json:"rerouted,omitempty" doc:"Its ticket is being closed, because another is filed elsewhere."`
	Ticket     *PropagationTicket `json:"ticket,omitempty" doc:"Absent when there is none."`
}

// PropagationTicket is the ticket of an access change.
type PropagationTicket struct {
	ID            string `json:"ticket_id" required:"true" format:"uuid"`
	Identifier    string `json:"identifier" required:"true" doc:"For people: AR-12, #4711. Empty until it is filed."`
	URL           string `json:"url" required:"true"`
	Status        string `json:"status" required:"true" doc:"The provider's own word."`
	AssigneeEmail string `json:"assignee_email" required:"true" doc:"Empty when nobody is assigned."`
}

// propagationStatus says how a slot stands in the published API's words.
func propagationStatus(s access.Slot, c *access.AccessChange) *PropagationStatus {
	return &PropagationStatus{statusWord(s, c)}
}

func statusWord(s access.Slot, c *access.AccessChange) string {
	if c != nil && c.State.Live() {
		switch c.State {
		case access.Queued, access.Filing:
			return "PENDING_TICKET_CREATION"
		case access.Open, access.Canceling:
			return "PENDING_MANUAL_PROPAGATION"
		case access.NeedsAttention:
			if c.Attention == access.Blocked {
				return "ERR_TICKET_CREATION_SKIPPED"
			}
			return "ERR_REMOTE_UNRECOVERABLE_ERROR"
		default:
			return "PENDING"
		}
	}
	switch {
	case s.Believed == access.Unknown:
		return "ERR_UNKNOWN"
	case s.Believed.Agrees(s.Wanted):
		return "SUCCESS"
	}
	return "PENDING"
}

// Waiting is what an access change waits for.
type Waiting struct {
	Who    string     `json:"who" required:"true"`
	What   string     `json:"what" required:"true"`
	Since  time.Time  `json:"since" required:"true"`
	Next   string     `json:"next,omitempty" doc:"What happens by itself if nobody does anything."`
	NextAt *time.Time `json:"next_at,omitempty"`
}

func waitingOf(w access.Waiting) *Waiting {
	if w.Who == "" {
		return nil
	}
	return &Waiting{Who: w.Who, What: w.What, Since: w.Since, Next: w.Next, NextAt: w.NextAt}
}

func changeOf(c *access.AccessChange, t *access.Ticket, waiver *access.Waiver, waits access.Waiting) *Propagation {
	if c == nil {
		return nil
	}
	p := &Propagation{
		ChangeID: c.ID, Direction: string(c.Direction), State: string(c.State), Attention: string(c.Attention),
		WaitingFor: waits.String(), Waiting: waitingOf(waits), LateSince: c.LateAt, Detail: c.Detail,
		Waiver: waiverOf(waiver), AttestedBy: c.AttestedBy, Rerouted: c.Rerouted,
	}
	if c.Held() {
		p.StormID = c.StormID
	}
	if t != nil {
		p.Ticket = &PropagationTicket{ID: t.ID, Identifier: t.Identifier, URL: t.URL, Status: t.Status, AssigneeEmail: t.AssigneeEmail}
	}
	return p
}

func holderOf(h access.Holding) ResourceUser {
	u := ResourceUser{
		ResourceID: h.ResourceID, UserID: h.UserID, Level: AccessLevel{Name: h.LevelName, ID: h.Level},
		FullName: h.User.Name(), Email: h.User.Email,
	}
	if g := h.Ends(); g != nil {
		u.Expires = g.ExpiresAt
	}
	return u
}

func holdingOf(h access.Holding) ResourceAccessUser {
	return ResourceAccessUser{
		ResourceUser: holderOf(h), ResourceName: h.Resource.Name, Description: h.Resource.Description, AppID: h.App.ID, AppName: h.App.Name,
		HasDirectAccess: true, NumAccessPaths: len(h.Grants), PropagationStatus: propagationStatus(h.Slot, h.Change),
		WaivedUntil: h.WaivedUntil, Propagation: changeOf(h.Change, h.Ticket, h.Waiver, h.WaitingFor()),
	}
}

type holdersInput struct {
	ID     string `path:"resource_id" format:"uuid"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" doc:"The same as page_size."`
	Search string `query:"search" doc:"Only users with this in their name or e-mail."`
	Paging
}

func (in *holdersInput) page() access.Page {
	p := in.Paging.page()
	if p.Size == 0 {
		p.Size = in.Limit
	}
	return p
}

type userAccessInput struct {
	ID    string `path:"user_id" format:"uuid"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" doc:"The same as page_size."`
	All   bool   `query:"include_unmanaged" doc:"No effect: all resources are managed."`
	Paging
}

// HolderPath names one user on one resource.
type HolderPath struct {
	ResourceID string `path:"resource_id" format:"uuid"`
	UserID     string `path:"user_id" format:"uuid"`
	Level      string `query:"access_level_remote_id" doc:"The access level. Empty for a resource without levels."`
}

func (p HolderPath) place(level *string) inventory.Place {
	at := inventory.Place{ResourceID: p.ResourceID, UserID: p.UserID, Level: p.Level}
	if level != nil {
		at.Level = *level
	}
	return at
}

type holderInput struct{ HolderPath }

type holderAddInput struct {
	HolderPath
	Body struct {
		Minutes int     `json:"duration_minutes" required:"true" minimum:"0" maximum:"525960" doc:"How long from now on. 0 is without end."`
		Level   *string `json:"access_level_remote_id,omitempty" doc:"Goes before the query parameter."`
		Reason  string  `json:"reason,omitempty"`
	}
}

type holderSetInput struct {
	HolderPath
	Body struct {
		Minutes int     `json:"duration_minutes" required:"true" minimum:"-525960" maximum:"525960" doc:"How long from now on. 0 is without end; a negative number removes the user."`
		Level   *string `json:"access_level_remote_id,omitempty" doc:"Goes before the query parameter. It says which access is changed."`
	}
}

func (a *api) holders() {
	const path = "/resources/{resource_id}/users"
	handle(a, op{
		method: http.MethodGet, path: path, id: "getResourceUsers", tag: "resources", about: "Lists the users of a resource, newest first.",
		more: "With how far each access change is, and its ticket. A user whose removal is pending stays in the list until it is done.",
	}, a.listHolders)
	handle(a, op{method: http.MethodPost, path: path + "/{user_id}", id: "addResourceUser", tag: "resources", about: "Adds a user to a resource by hand."}, a.addHolder)
	handle(a, op{
		method: http.MethodPut, path: path + "/{user_id}", id: "updateResourceUser", tag: "resources", about: "Changes when access given by hand ends, or removes it.",
	}, a.setHolder)
	handleEmpty(a, op{
		method: http.MethodDelete, path: path + "/{user_id}", id: "removeResourceUser", tag: "resources", about: "Removes a user from a resource.",
		more: "Every reason for the access ends. The removal is then carried out; people may give back their own access.",
	}, func(ctx context.Context, actor access.Actor, in *holderInput) error {
		return a.Inventory.RemoveHolder(ctx, actor, in.place(nil))
	})
	handle(a, op{method: http.MethodGet, path: "/resources/users/{user_id}", id: "get_user_resources", tag: "resources", about: "Lists what a user has, wants or is about to lose."}, a.userAccess)
}

func (a *api) listHolders(ctx context.Context, actor access.Actor, in *holdersInput) (Page[ResourceAccessUser], error) {
	list, err := a.Inventory.Holders(ctx, actor, store.SlotFilter{ResourceID: in.ID, Search: in.Search, Page: in.page()})
	return pageOf(list, holdingOf), err
}

func (a *api) userAccess(ctx context.Context, actor access.Actor, in *userAccessInput) (Page[ResourceAccessUser], error) {
	p := in.page()
	if p.Size == 0 {
		p.Size = in.Limit
	}
	list, err := a.Inventory.Access(ctx, actor, in.ID, p)
	return pageOf(list, holdingOf), err
}

func (a *api) addHolder(ctx context.Context, actor access.Actor, in *holderAddInput) (ResourceUser, error) {
	at := in.place(in.Body.Level)
	err := a.Inventory.AddHolder(ctx, actor, at, in.Body.Reason, a.endIn(in.Body.Minutes))
	return a.holder(ctx, actor, at, err)
}

func (a *api) setHolder(ctx context.Context, actor access.Actor, in *holderSetInput) (ResourceUser, error) {
	at := in.place(in.Body.Level)
	if in.Body.Minutes < 0 {
		return a.holder(ctx, actor, at, a.Inventory.RemoveHolder(ctx, actor, at))
	}
	return a.holder(ctx, actor, at, a.Inventory.SetHolderEnd(ctx, actor, at, a.endIn(in.Body.Minutes)))
}

// holder returns a row as it is after a change of it.
func (a *api) holder(ctx context.Context, actor access.Actor, at inventory.Place, err error) (ResourceUser, error) {
	if err != nil {
		return ResourceUser{}, renamed(err, func(field string) string {
			if field == "expires_at" {
				return "duration_minutes"
			}
			return field
		})
	}
	h, err := a.Inventory.Holder(ctx, actor, at)
	return holderOf(h), err
}

// endIn is when access ends that lasts minutes from now on; nil for 0.
func (a *api) endIn(minutes int) *time.Time {
	if minutes == 0 {
		return nil
	}
	end := a.Inventory.DB.Time().Add(time.Duration(minutes) * time.Minute)
	return &end
}
