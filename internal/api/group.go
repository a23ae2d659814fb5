package api

import (
	"context"
	"net/http"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
)

// groupType is what the published API calls a group that people keep by hand.
const groupType = "OPAL_GROUP"

// Group is a named set of users. An owner can take its users from one.
type Group struct {
	ID          string `json:"group_id" required:"true" format:"uuid"`
	Name        string `json:"name" required:"true"`
	Description string `json:"description" required:"true"`
	Type        string `json:"group_type" required:"true" enum:"OPAL_GROUP"`
}

func groupOf(g access.Group) Group {
	return Group{ID: g.ID, Name: g.Name, Description: g.Description, Type: groupType}
}

// GroupUser is a user of a group.
type GroupUser struct {
	GroupID     string `json:"group_id" required:"true" format:"uuid"`
	GroupName   string `json:"group_name" required:"true"`
	Description string `json:"description" required:"true" doc:"Of the group."`
	UserID      string `json:"user_id" required:"true" format:"uuid"`
	FullName    string `json:"full_name" required:"true"`
	Email       string `json:"email" required:"true"`
}

type groupsInput struct {
	IDs    []string `query:"group_ids" format:"uuid" doc:"Only these groups, separated by commas."`
	Name   string   `query:"group_name" doc:"Only groups with this in their name."`
	Search string   `query:"search" doc:"The same as group_name."`
	Type   string   `query:"group_type_filter" doc:"Only groups of this type."`
	TagIDs []string `query:"tag_ids,explode" format:"uuid" doc:"There are no tags: the list is empty."`
	Paging
}

type groupInput struct {
	ID string `path:"group_id" format:"uuid"`
}

type groupCreateInput struct {
	Body struct {
		Name        string   `json:"name" required:"true"`
		Description string   `json:"description,omitempty"`
		Type        string   `json:"group_type,omitempty" enum:"OPAL_GROUP" doc:"Groups are kept in Admit: there is one type."`
		UserIDs     []string `json:"user_ids,omitempty" maxItems:"1000"`
	}
}

type groupUpdateInput struct {
	ID   string `path:"group_id" format:"uuid"`
	Body struct {
		Name        *string `json:"name,omitempty"`
		Description *string `json:"description,omitempty"`
	}
}

type groupUsersInput struct {
	ID string `path:"group_id" format:"uuid"`
	Paging
}

type groupUsersSetInput struct {
	ID   string `path:"group_id" format:"uuid"`
	Body UserIDs
}

func (a *api) groups() {
	handle(a, op{method: http.MethodGet, path: "/groups", id: "getGroups", tag: "groups", about: "Lists the groups."}, a.listGroups)
	handle(a, op{method: http.MethodPost, path: "/groups", id: "createGroup", tag: "groups", about: "Adds a group."},
		func(ctx context.Context, actor access.Actor, in *groupCreateInput) (Group, error) {
			b := in.Body
			g, err := a.Inventory.CreateGroup(ctx, actor, inventory.GroupParams{Name: b.Name, Description: b.Description, UserIDs: b.UserIDs})
			return groupOf(g), err
		})
	handle(a, op{method: http.MethodGet, path: "/groups/{group_id}", id: "getGroup", tag: "groups", about: "Returns a group."},
		func(ctx context.Context, actor access.Actor, in *groupInput) (Group, error) {
			g, _, err := a.Inventory.Group(ctx, actor, in.ID)
			return groupOf(g), err
		})
	handle(a, op{method: http.MethodPut, path: "/groups/{group_id}", id: "updateGroup", tag: "groups", about: "Changes a group.", more: "What is left out stays as it is."},
		func(ctx context.Context, actor access.Actor, in *groupUpdateInput) (Group, error) {
			g, err := a.Inventory.UpdateGroup(ctx, actor, in.ID, inventory.GroupPatch{Name: in.Body.Name, Description: in.Body.Description})
			return groupOf(g), err
		})
	handleEmpty(a, op{method: http.MethodDelete, path: "/groups/{group_id}", id: "deleteGroup", tag: "groups", about: "Deletes a group that no owner takes its users from."},
		func(ctx context.Context, actor access.Actor, in *groupInput) error {
			return a.Inventory.DeleteGroup(ctx, actor, in.ID)
		})
	handle(a, op{method: http.MethodGet, path: "/groups/{group_id}/users", id: "getGroupUsers", tag: "groups", about: "Lists the users of a group."}, a.groupUsers)
	handle(a, op{
		method: http.MethodPut, path: "/groups/{group_id}/users", id: "setGroupUsers", tag: "groups", about: "Replaces the users of a group.",
		more: "Owners that take their users from it follow.",
	}, a.setGroupUsers)
}

func (a *api) listGroups(ctx context.Context, actor access.Actor, in *groupsInput) (Page[Group], error) {
	if in.Type != "" && in.Type != groupType || in.TagIDs != nil {
		return Page[Group]{Results: []Group{}}, nil
	}
	search := in.Name
	if search == "" {
		search = in.Search
	}
	list, err := a.Inventory.Groups(ctx, actor, store.GroupFilter{IDs: in.IDs, Search: search, Page: in.page()})
	return pageOf(list, groupOf), err
}

func (a *api) groupUsers(ctx context.Context, actor access.Actor, in *groupUsersInput) (Page[GroupUser], error) {
	return a.usersOfGroup(ctx, actor, in.ID, in.page())
}

func (a *api) setGroupUsers(ctx context.Context, actor access.Actor, in *groupUsersSetInput) (Page[GroupUser], error) {
	if err := a.Inventory.SetGroupUsers(ctx, actor, in.ID, in.Body.UserIDs); err != nil {
		return Page[GroupUser]{}, err
	}
	return a.usersOfGroup(ctx, actor, in.ID, access.Page{})
}

func (a *api) usersOfGroup(ctx context.Context, actor access.Actor, id string, p access.Page) (Page[GroupUser], error) {
	g, _, err := a.Inventory.Group(ctx, actor, id)
	if err != nil {
		return Page[GroupUser]{}, err
	}
	list, err := a.Inventory.Users(ctx, actor, store.UserFilter{GroupID: id, Page: p})
	return pageOf(list, func(u access.User) GroupUser {
		return GroupUser{GroupID: g.ID, GroupName: g.Name, Description: g.Description, UserID: u.ID, FullName: u.Name(), Email: u.Email}
	}), err
}
