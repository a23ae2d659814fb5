package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
)

// Owner is a named, ordered list of users.
type Owner struct {
	ID               string  `json:"owner_id" required:"true" format:"uuid"`
	Name             string  `json:"name" required:"true"`
	Description      string  `json:"description" required:"true"`
	EscalationPeriod int     `json:"access_request_escalation_period" doc:"Always 0: requests go to every user of an owner at once."`
	MessageChannelID *string `json:"reviewer_message_channel_id" format:"uuid"`
	SourceGroupID    *string `json:"source_group_id" format:"uuid" doc:"The group its users are taken from."`
}

func ownerOf(o access.Owner) Owner {
	return Owner{ID: o.ID, Name: o.Name, Description: o.Description, SourceGroupID: o.SourceGroupID}
}

// UserList is users in order.
type UserList struct {
	Users []User `json:"users" required:"true"`
}

// UserIDs is the users to set.
type UserIDs struct {
	UserIDs []string `json:"user_ids" required:"true" format:"uuid" maxItems:"1000" doc:"All of them, in order. They replace those there are."`
}

type ownersInput struct {
	Name string `query:"name" doc:"Only the owner of this name."`
	Paging
}

type ownerInput struct {
	ID string `path:"owner_id" format:"uuid"`
}

type ownerNameInput struct {
	Name string `path:"owner_name"`
}

type ownerCreateInput struct {
	Body struct {
		Name          string   `json:"name" required:"true"`
		Description   string   `json:"description,omitempty"`
		UserIDs       []string `json:"user_ids" required:"true" format:"uuid" maxItems:"1000" doc:"In order. Empty when a group is the source."`
		SourceGroupID string   `json:"source_group_id,omitempty" doc:"Take the users of this group, now and later."`
		OwnerExtras
	}
}

// OwnerExtras is what of the published API owners do not have.
type OwnerExtras struct {
	EscalationPeriod int    `json:"access_request_escalation_period,omitempty" maximum:"525960" doc:"Must be 0."`
	MessageChannelID string `json:"reviewer_message_channel_id,omitempty" doc:"Must be empty."`
}

// check refuses what would promise something nobody does.
func (x OwnerExtras) check(prefix string, wrong *access.Problems) {
	if x.EscalationPeriod > 0 {
		wrong.Add(prefix+"access_request_escalation_period", "must be 0: %s", notHere)
	}
	if x.MessageChannelID != "" {
		wrong.Add(prefix+"reviewer_message_channel_id", "must be empty: %s", notHere)
	}
}

// OwnerUpdate changes an owner; what is left out stays as it is.
type OwnerUpdate struct {
	ID            string  `json:"owner_id" required:"true" format:"uuid"`
	Name          *string `json:"name,omitempty"`
	Description   *string `json:"description,omitempty"`
	SourceGroupID *string `json:"source_group_id,omitempty" doc:"Empty for none."`
	OwnerExtras
}

// OwnerUpdates changes several owners at once: all of them or none.
type OwnerUpdates struct {
	Owners []OwnerUpdate `json:"owners" required:"true" maxItems:"1000"`
}

type ownersUpdateInput struct{ Body OwnerUpdates }

type ownerUsersInput struct {
	ID   string `path:"owner_id" format:"uuid"`
	Body UserIDs
}

func (a *api) owners() {
	handle(a, op{method: http.MethodGet, path: "/owners", id: "getOwners", tag: "owners", about: "Lists the owners."},
		func(ctx context.Context, actor access.Actor, in *ownersInput) (Page[Owner], error) {
			list, err := a.Inventory.Owners(ctx, actor, store.OwnerFilter{Name: in.Name, Page: in.page()})
			return pageOf(list, ownerOf), err
		})
	handle(a, op{method: http.MethodPost, path: "/owners", id: "createOwner", tag: "owners", about: "Adds an owner."}, a.createOwner)
	handle(a, op{
		method: http.MethodPut, path: "/owners", id: "updateOwners", tag: "owners", about: "Changes owners, all of them or none.",
		more: "What is left out stays as it is.",
	}, a.updateOwners)
	handle(a, op{method: http.MethodGet, path: "/owners/{owner_id}", id: "getOwnerID", tag: "owners", about: "Returns an owner."},
		func(ctx context.Context, actor access.Actor, in *ownerInput) (Owner, error) {
			o, _, err := a.Inventory.Owner(ctx, actor, in.ID)
			return ownerOf(o), err
		})
	handle(a, op{
		method: http.MethodGet, path: "/owners/name/{owner_name}", id: "getOwnerFromName", tag: "owners", about: "Returns the owner of a name.",
		more: "For a name with a slash use `GET /owners?name=`.",
	}, a.ownerByName)
	handleEmpty(a, op{method: http.MethodDelete, path: "/owners/{owner_id}", id: "deleteOwner", tag: "owners", about: "Deletes an owner that nothing names."},
		func(ctx context.Context, actor access.Actor, in *ownerInput) error {
			return a.Inventory.DeleteOwner(ctx, actor, in.ID)
		})
	handle(a, op{method: http.MethodGet, path: "/owners/{owner_id}/users", id: "getOwnerUsers", tag: "owners", about: "Lists the users of an owner, in order."},
		func(ctx context.Context, actor access.Actor, in *ownerInput) (UserList, error) {
			_, users, err := a.Inventory.Owner(ctx, actor, in.ID)
			return UserList{each(users, userOf)}, err
		})
	handle(a, op{
		method: http.MethodPut, path: "/owners/{owner_id}/users", id: "update_owner_users", tag: "owners", about: "Replaces the users of an owner.",
		more: "An owner that takes its users from a group refuses.",
	}, func(ctx context.Context, actor access.Actor, in *ownerUsersInput) (UserList, error) {
		users, err := a.Inventory.SetOwnerUsers(ctx, actor, in.ID, in.Body.UserIDs)
		return UserList{each(users, userOf)}, err
	})
}

func (a *api) createOwner(ctx context.Context, actor access.Actor, in *ownerCreateInput) (Owner, error) {
	var wrong access.Problems
	b := in.Body
	b.check("", &wrong)
	if err := wrong.Err(); err != nil {
		return Owner{}, err
	}
	o, err := a.Inventory.CreateOwner(ctx, actor, inventory.OwnerParams{
		Name: b.Name, Description: b.Description, UserIDs: b.UserIDs, SourceGroupID: b.SourceGroupID,
	})
	return ownerOf(o), err
}

func (a *api) updateOwners(ctx context.Context, actor access.Actor, in *ownersUpdateInput) (OwnerUpdates, error) {
	var wrong access.Problems
	patches := make([]inventory.OwnerPatch, len(in.Body.Owners))
	for i, u := range in.Body.Owners {
		u.check("owners["+strconv.Itoa(i)+"].", &wrong)
		patches[i] = inventory.OwnerPatch{ID: u.ID, Name: u.Name, Description: u.Description, SourceGroupID: u.SourceGroupID}
	}
	if err := wrong.Err(); err != nil {
		return OwnerUpdates{}, err
	}
	owners, err := a.Inventory.UpdateOwners(ctx, actor, patches)
	return OwnerUpdates{each(owners, func(o access.Owner) OwnerUpdate {
		return OwnerUpdate{ID: o.ID, Name: &o.Name, Description: &o.Description, SourceGroupID: o.SourceGroupID}
	})}, inList(err, "owners", len(patches))
}

func (a *api) ownerByName(ctx context.Context, actor access.Actor, in *ownerNameInput) (Owner, error) {
	list, err := a.Inventory.Owners(ctx, actor, store.OwnerFilter{Name: in.Name})
	if err == nil && len(list.Items) == 0 {
		err = access.Errorf(access.NotFound, "not found")
	}
	if err != nil {
		return Owner{}, err
	}
	return ownerOf(list.Items[0]), nil
}

// inList names the fields of an Invalid error of a bulk update, "[1].name" or,
// with one item, "name", by their place in the body: "owners[1].name".
func inList(err error, list string, n int) error {
	return renamed(err, func(field string) string {
		if n == 1 && !strings.HasPrefix(field, "[") {
			return list + "[0]." + field
		}
		return list + field
	})
}
