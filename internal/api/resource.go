package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
)

// Resource is one thing in an app one can have.
type Resource struct {
	ResourceInfo

	ConfigurationList []RequestConfiguration `json:"request_configuration_list" deprecated:"true"`
}

// ResourceInfo is what every answer says of a resource.
type ResourceInfo struct {
	ID           string `json:"resource_id" required:"true" format:"uuid"`
	AppID        string `json:"app_id" required:"true" format:"uuid"`
	AppName      string `json:"app_name" required:"true"`
	Name         string `json:"name" required:"true"`
	Description  string `json:"description" required:"true"`
	AdminOwnerID string `json:"admin_owner_id" required:"true" format:"uuid"`
	Type         string `json:"resource_type" required:"true" enum:"CUSTOM"`

	Configurations  []RequestConfiguration `json:"request_configurations" required:"true" doc:"One, the default: who may ask, for how long, and who reviews."`
	Requestable     bool                   `json:"is_requestable" deprecated:"true"`
	AutoApproval    bool                   `json:"auto_approval" deprecated:"true"`
	MaxMinutes      *int                   `json:"max_duration,omitempty" deprecated:"true"`
	RecommendedMins *int                   `json:"recommended_duration,omitempty" deprecated:"true"`
	ManagerApproval bool                   `json:"require_manager_approval" deprecated:"true" doc:"Always false."`
	SupportTicket   bool                   `json:"require_support_ticket" deprecated:"true" doc:"Always false."`
	MFAToApprove    bool                   `json:"require_mfa_to_approve" doc:"Always false."`
	MFAToRequest    bool                   `json:"require_mfa_to_request" deprecated:"true" doc:"Always false."`
	MFAToConnect    bool                   `json:"require_mfa_to_connect" doc:"Always false."`

	TicketPropagation TicketPropagation `json:"ticket_propagation" required:"true" doc:"What holds for this resource, its own setting or its app's."`
	Tickets           Tickets           `json:"tickets" required:"true" doc:"The same in full, and for every provider."`
	Risk              string            `json:"risk" required:"true" enum:"low,normal,high" doc:"How much harm access to it can do. Clocks run faster where it is high."`
	Levels            []AccessLevel     `json:"access_levels" required:"true" doc:"Empty when there is only one way to have it."`
	CreatedAt         time.Time         `json:"created_at" required:"true"`
	UpdatedAt         time.Time         `json:"updated_at" required:"true"`
}

// AccessLevel is one way to have a resource.
type AccessLevel struct {
	Name string `json:"access_level_name" required:"true"`
	ID   string `json:"access_level_remote_id" required:"true" doc:"Empty for a resource without levels."`
}

// ResourceList is several resources after a change.
type ResourceList struct {
	Resources []ResourceInfo `json:"resources" required:"true"`
}

func (a *api) resourceOf(v inventory.ResourceView, kinds map[string]string) Resource {
	conf := []RequestConfiguration{configurationOf(v)}
	policy := access.TicketPolicyFor(v.App, v.Resource)
	tickets := ticketsOf(policy)
	tickets.Override = &v.OverridesTickets
	info := ResourceInfo{
		ID: v.ID, AppID: v.AppID, AppName: v.App.Name, Name: v.Name, Description: v.Description, AdminOwnerID: v.AdminOwnerID, Type: custom,
		Configurations: conf, Requestable: v.Requestable, AutoApproval: v.AutoApprove,
		MaxMinutes: v.MaxMinutes, RecommendedMins: v.RecommendedMinutes,
		TicketPropagation: propagationOf(policy, kinds), Tickets: tickets,
		Risk:      string(v.Risk),
		Levels:    each(v.Levels, func(l access.Level) AccessLevel { return AccessLevel{Name: l.Name, ID: l.ID} }),
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
	return Resource{info, conf}
}

// resourcesOf renders resources with what must be looked up for them.
func (a *api) resourcesOf(ctx context.Context, actor access.Actor, views []inventory.ResourceView) ([]Resource, error) {
	kinds, err := a.providerKinds(ctx, actor, views)
	if err != nil {
		return nil, err
	}
	return each(views, func(v inventory.ResourceView) Resource { return a.resourceOf(v, kinds) }), nil
}

// ResourceSettings is what of a resource can be set; what is left out stays as
// it is.
type ResourceSettings struct {
	Description  *string `json:"description,omitempty"`
	AdminOwnerID *string `json:"admin_owner_id,omitempty" format:"uuid"`

	Configurations    []RequestConfiguration `json:"request_configurations,omitempty" doc:"At most one, the default."`
	ConfigurationList *ConfigurationList     `json:"request_configuration_list,omitempty" deprecated:"true"`
	Requestable       *bool                  `json:"is_requestable,omitempty" deprecated:"true"`
	AutoApproval      *bool                  `json:"auto_approval,omitempty" deprecated:"true"`
	MaxMinutes        *int                   `json:"max_duration,omitempty" minimum:"-1" maximum:"525960" deprecated:"true" doc:"-1 is without end."`
	RecommendedMins   *int                   `json:"recommended_duration,omitempty" minimum:"-1" maximum:"525960" deprecated:"true" doc:"-1 is without end, 0 is unset."`
	ManagerApproval   bool                   `json:"require_manager_approval,omitempty" deprecated:"true" doc:"Must be false."`
	SupportTicket     bool                   `json:"require_support_ticket,omitempty" deprecated:"true" doc:"Must be false."`
	MFAToApprove      bool                   `json:"require_mfa_to_approve,omitempty" doc:"Must be false."`
	MFAToRequest      bool                   `json:"require_mfa_to_request,omitempty" deprecated:"true" doc:"Must be false."`
	MFAToConnect      bool                   `json:"require_mfa_to_connect,omitempty" doc:"Must be false."`
	ExtensionMinutes  int                    `json:"extensions_duration_in_minutes,omitempty" maximum:"525960" deprecated:"true" doc:"Must be 0."`
	TemplateID        string                 `json:"configuration_template_id,omitempty" doc:"Must be left out."`
	RequestTemplateID string                 `json:"request_template_id,omitempty" deprecated:"true" doc:"Must be left out."`
	ParentID          string                 `json:"parent_resource_id,omitempty" doc:"Must be left out."`

	TicketPropagation *TicketPropagation `json:"ticket_propagation,omitempty" doc:"Gives the resource a setting of its own."`
	Tickets           *TicketsInput      `json:"tickets,omitempty"`
	Risk              *string            `json:"risk,omitempty" enum:"low,normal,high"`
	Levels            *[]AccessLevel     `json:"access_levels,omitempty" maxItems:"1000"`
}

// ResourceUpdate changes a resource.
type ResourceUpdate struct {
	ID   string  `json:"resource_id" required:"true" format:"uuid"`
	Name *string `json:"name,omitempty"`
	ResourceSettings
}

type resourcesInput struct {
	Type        string   `query:"resource_type_filter" doc:"Only resources of this type."`
	IDs         []string `query:"resource_ids" format:"uuid" doc:"Only these resources, separated by commas."`
	Name        string   `query:"resource_name" doc:"Only resources of exactly this name."`
	ParentID    string   `query:"parent_resource_id" format:"uuid" doc:"Resources have no parents here: the list is empty."`
	AncestorID  string   `query:"ancestor_resource_id" format:"uuid" doc:"Resources have no parents here: the list is empty."`
	RemoteID    string   `query:"remote_id" doc:"Custom resources have none: the list is empty."`
	TagIDs      []string `query:"tag_ids,explode" format:"uuid" doc:"There are no tags: the list is empty."`
	AppID       string   `query:"app_id" format:"uuid" doc:"Only resources of this app."`
	OwnerID     string   `query:"admin_owner_id" format:"uuid" doc:"Only resources with this admin owner."`
	Search      string   `query:"search" doc:"Only resources with this in their name or their app's."`
	Requestable bool     `query:"requestable" doc:"Only resources one may ask for."`
	Paging
}

type resourceInput struct {
	ID string `path:"resource_id" format:"uuid"`
}

type resourceCreateInput struct {
	Body struct {
		Name  string `json:"name" required:"true"`
		AppID string `json:"app_id" required:"true" format:"uuid"`
		Type  string `json:"resource_type,omitempty" enum:"CUSTOM"`
		ResourceSettings
	}
}

type resourcesUpdateInput struct {
	Body struct {
		Resources []ResourceUpdate `json:"resources" required:"true" maxItems:"1000"`
	}
}

func (a *api) resources() {
	handle(a, op{method: http.MethodGet, path: "/resources", id: "getResources", tag: "resources", about: "Lists the resources."}, a.listResources)
	handle(a, op{
		method: http.MethodPost, path: "/resources", id: "createResource", tag: "resources", about: "Adds a resource to a custom app.",
		more: "Without an admin owner it gets its app's; without reviewers its admin owner reviews.",
	}, a.createResource)
	handle(a, op{
		method: http.MethodPut, path: "/resources", id: "updateResources", tag: "resources", about: "Changes resources, all of them or none.",
		more: "What is left out stays as it is, also inside a request configuration.",
	}, a.updateResources)
	handle(a, op{method: http.MethodGet, path: "/resources/{resource_id}", id: "getResourceID", tag: "resources", about: "Returns a resource."}, a.getResource)
	handleEmpty(a, op{
		method: http.MethodDelete, path: "/resources/{resource_id}", id: "deleteResource", tag: "resources", about: "Deletes a resource.",
		more: "What people hold is not wanted any more: a removal is carried out for each.",
	}, func(ctx context.Context, actor access.Actor, in *resourceInput) error {
		return a.Inventory.DeleteResource(ctx, actor, in.ID)
	})
	a.reviewers()
}

func (a *api) listResources(ctx context.Context, actor access.Actor, in *resourcesInput) (Page[Resource], error) {
	if in.Type != "" && in.Type != custom || in.ParentID != "" || in.AncestorID != "" || in.RemoteID != "" || in.TagIDs != nil {
		return Page[Resource]{Results: []Resource{}}, nil
	}
	list, err := a.Inventory.Resources(ctx, actor, store.ResourceFilter{
		IDs: in.IDs, AppID: in.AppID, OwnerID: in.OwnerID, Name: in.Name, Search: in.Search, Requestable: in.Requestable, Page: in.page(),
	})
	if err != nil {
		return Page[Resource]{}, err
	}
	resources, err := a.resourcesOf(ctx, actor, list.Items)
	return Page[Resource]{Next: optional(list.Next), Results: resources}, err
}

func (a *api) getResource(ctx context.Context, actor access.Actor, in *resourceInput) (Resource, error) {
	v, err := a.Inventory.Resource(ctx, actor, in.ID)
	if err != nil {
		return Resource{}, err
	}
	return a.oneResource(ctx, actor, v)
}

func (a *api) oneResource(ctx context.Context, actor access.Actor, v inventory.ResourceView) (Resource, error) {
	list, err := a.resourcesOf(ctx, actor, []inventory.ResourceView{v})
	if err != nil {
		return Resource{}, err
	}
	return list[0], nil
}

func (a *api) createResource(ctx context.Context, actor access.Actor, in *resourceCreateInput) (Resource, error) {
	var wrong access.Problems
	b := in.Body
	patch, err := a.patchOf(ctx, actor, b.ResourceSettings, "", &wrong)
	if err == nil {
		err = wrong.Err()
	}
	if err != nil {
		return Resource{}, err
	}
	v, err := a.Inventory.CreateResource(ctx, actor, inventory.ResourceParams{
		AppID: b.AppID, Name: b.Name, Description: deref(b.Description), AdminOwnerID: deref(b.AdminOwnerID), Patch: patch,
	})
	if err != nil {
		return Resource{}, err
	}
	return a.oneResource(ctx, actor, v)
}

func (a *api) updateResources(ctx context.Context, actor access.Actor, in *resourcesUpdateInput) (ResourceList, error) {
	var wrong access.Problems
	patches := make([]inventory.ResourcePatch, len(in.Body.Resources))
	ids := make([]string, len(patches))
	for i, u := range in.Body.Resources {
		patch, err := a.patchOf(ctx, actor, u.ResourceSettings, "resources["+strconv.Itoa(i)+"].", &wrong)
		if err != nil {
			return ResourceList{}, err
		}
		patch.ID, patch.Name = u.ID, u.Name
		patches[i], ids[i] = patch, u.ID
	}
	if err := wrong.Err(); err != nil {
		return ResourceList{}, err
	}
	if err := a.Inventory.UpdateResources(ctx, actor, patches); err != nil {
		return ResourceList{}, inList(err, "resources", len(patches))
	}
	list, err := a.Inventory.Resources(ctx, actor, store.ResourceFilter{IDs: ids, Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return ResourceList{}, err
	}
	resources, err := a.resourcesOf(ctx, actor, list.Items)
	return ResourceList{each(resources, func(r Resource) ResourceInfo { return r.ResourceInfo })}, err
}

// patchOf translates settings for the use case, and notes under prefix what of
// the published API Admit does not do. Ignoring that would promise a control
// nobody enforces.
func (a *api) patchOf(ctx context.Context, actor access.Actor, s ResourceSettings, prefix string, wrong *access.Problems) (inventory.ResourcePatch, error) {
	for name, asked := range map[string]bool{
		"require_manager_approval": s.ManagerApproval, "require_support_ticket": s.SupportTicket, "require_mfa_to_approve": s.MFAToApprove,
		"require_mfa_to_request": s.MFAToRequest, "require_mfa_to_connect": s.MFAToConnect,
		"extensions_duration_in_minutes": s.ExtensionMinutes > 0, "configuration_template_id": s.TemplateID != "",
		"request_template_id": s.RequestTemplateID != "", "parent_resource_id": s.ParentID != "",
	} {
		if asked {
			wrong.Add(prefix+name, "must be left out: %s", notHere)
		}
	}
	p := inventory.ResourcePatch{
		Description: s.Description, AdminOwnerID: s.AdminOwnerID, Requestable: s.Requestable, AutoApprove: s.AutoApproval,
		MaxMinutes: s.MaxMinutes, RecommendedMinutes: unsetAtZero(s.RecommendedMins), Risk: (*access.Risk)(s.Risk),
	}
	configurations, field := s.Configurations, prefix+"request_configurations"
	if configurations == nil && s.ConfigurationList != nil {
		configurations, field = s.ConfigurationList.Configurations, prefix+"request_configuration_list.request_configurations"
	}
	applyConfiguration(&p, configurations, field, wrong)
	if s.Levels != nil {
		levels := each(*s.Levels, func(l AccessLevel) access.Level { return access.Level{ID: l.ID, Name: l.Name} })
		p.Levels = &levels
	}
	err := a.patchTickets(ctx, actor, &p, s, prefix, wrong)
	return p, err
}

const notHere = "Admit does not do this"

// unsetAtZero makes 0 the -1 with which a use case unsets a duration.
func unsetAtZero(minutes *int) *int {
	if minutes != nil && *minutes == 0 {
		none := -1
		return &none
	}
	return minutes
}

// patchTickets sets the ticket policy of a resource, in our words or in those of
// the published API.
func (a *api) patchTickets(ctx context.Context, actor access.Actor, p *inventory.ResourcePatch, s ResourceSettings, prefix string, wrong *access.Problems) error {
	own := true
	if t := s.TicketPropagation; t != nil {
		enabled := t.OnGrant || t.OnRemoval
		p.OverridesTickets, p.Tickets.Enabled, p.Tickets.ProjectID = &own, &enabled, optional(t.ProjectID)
		if enabled {
			p.Tickets.OnGrant, p.Tickets.OnRemoval = &t.OnGrant, &t.OnRemoval
		}
		if t.Provider != "" {
			id, problem, err := a.providerOfKind(ctx, actor, t.Provider)
			if err != nil {
				return err
			}
			if problem != "" {
				wrong.Add(prefix+"ticket_propagation.ticket_provider", "%s", problem)
			}
			p.Tickets.ProviderID = &id
		}
	}
	if t := s.Tickets; t != nil {
		p.Tickets = t.patch(prefix, wrong)
		p.OverridesTickets = &own
		if t.Override != nil {
			p.OverridesTickets = t.Override
		}
	}
	return nil
}

// providerOfKind returns the ticket provider that one of the published API's
// three words stands for, or what is wrong with it.
func (a *api) providerOfKind(ctx context.Context, actor access.Actor, word string) (id, problem string, err error) {
	providers, err := a.Propagation.Providers(ctx, actor)
	if err != nil {
		return "", "", err
	}
	n := 0
	for _, p := range providers {
		if p.Kind == ticketWords[word] {
			id, n = p.ID, n+1
		}
	}
	if n != 1 {
		problem = fmt.Sprintf("must stand for one ticket provider, and there are %d of this kind: use tickets.provider_id", n)
	}
	return id, problem, nil
}

// providerKinds returns the kinds of the ticket providers of resources, as far as
// the published API has a word for one. People who may not see providers do
// without.
func (a *api) providerKinds(ctx context.Context, actor access.Actor, views []inventory.ResourceView) (map[string]string, error) {
	needed := false
	for _, v := range views {
		id := access.TicketPolicyFor(v.App, v.Resource).TicketProviderID
		needed = needed || id != nil && *id != access.BuiltInProviderID
	}
	if !needed {
		return nil, nil
	}
	providers, err := a.Propagation.Providers(ctx, actor)
	if access.CodeOf(err) == access.Forbidden {
		return nil, nil
	}
	kinds := map[string]string{}
	for _, p := range providers {
		kinds[p.ID] = p.Kind
	}
	return kinds, err
}
