package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"admit/internal/access"
	"admit/internal/inventory"
)

// RequestConfiguration says who may ask for a resource, for how long, and who
// reviews. A resource has one.
type RequestConfiguration struct {
	OrganizationID    string          `json:"organization_id,omitempty" readOnly:"true" doc:"Always zero: an installation is one organization."`
	Condition         *Condition      `json:"condition,omitempty" doc:"Must be left out: there is only the default configuration."`
	AllowRequests     *bool           `json:"allow_requests,omitempty"`
	AutoApproval      *bool           `json:"auto_approval,omitempty" doc:"Nobody reviews."`
	MFAToRequest      bool            `json:"require_mfa_to_request" doc:"Always false."`
	SupportTicket     bool            `json:"require_support_ticket" doc:"Always false."`
	MaxMinutes        *int            `json:"max_duration_minutes,omitempty" minimum:"-1" maximum:"525960" doc:"-1 is without end. Absent in an answer when there is no maximum."`
	RecommendedMins   *int            `json:"recommended_duration_minutes,omitempty" minimum:"-1" maximum:"525960" doc:"What the form starts with. -1 is without end, 0 is unset."`
	ExtensionMinutes  int             `json:"extensions_duration_in_minutes,omitempty" maximum:"525960" doc:"Must be 0: extensions are off."`
	RequestTemplateID string          `json:"request_template_id,omitempty" format:"uuid" doc:"Must be left out: there are no templates."`
	Stages            []ReviewerStage `json:"reviewer_stages,omitempty" doc:"At most one."`
	Priority          int             `json:"priority" doc:"Always 0."`
}

// Condition says for whom a configuration is.
type Condition struct {
	GroupIDs []string `json:"group_ids,omitempty" format:"uuid"`
	RoleIDs  []string `json:"role_remote_ids,omitempty"`
}

// ConfigurationList is request configurations in the shape of a deprecated field.
type ConfigurationList struct {
	Configurations []RequestConfiguration `json:"request_configurations,omitempty"`
}

// ReviewerStage says who reviews: one approval by any user of any of its owners
// is enough.
type ReviewerStage struct {
	Stage           int      `json:"stage" doc:"1."`
	Operator        string   `json:"operator,omitempty" enum:"AND,OR" doc:"OR. AND is taken for a single owner, where it means the same."`
	OwnerIDs        []string `json:"owner_ids" required:"true" format:"uuid" maxItems:"100"`
	ManagerApproval bool     `json:"require_manager_approval" doc:"Always false."`
	AdminApproval   bool     `json:"require_admin_approval" doc:"Always false."`
	ServiceUserIDs  []string `json:"service_user_ids,omitempty" format:"uuid" doc:"Must be empty."`
}

func configurationOf(v inventory.ResourceView) RequestConfiguration {
	return RequestConfiguration{
		OrganizationID: uuid.Nil.String(), AllowRequests: &v.Requestable, AutoApproval: &v.AutoApprove,
		MaxMinutes: v.MaxMinutes, RecommendedMins: v.RecommendedMinutes, Stages: stagesOf(v.Reviewers),
	}
}

func stagesOf(reviewers []access.Owner) []ReviewerStage {
	if len(reviewers) == 0 {
		return []ReviewerStage{}
	}
	return []ReviewerStage{{Stage: 1, Operator: "OR", OwnerIDs: ownerIDs(reviewers)}}
}

func ownerIDs(owners []access.Owner) []string {
	return each(owners, func(o access.Owner) string { return o.ID })
}

// applyConfiguration puts the default configuration of a list into a patch.
func applyConfiguration(p *inventory.ResourcePatch, list []RequestConfiguration, field string, wrong *access.Problems) {
	if len(list) == 0 {
		return
	}
	if len(list) > 1 {
		wrong.Add(field, "must hold one configuration, the default: %s", notHere)
	}
	c, field := list[0], field+"[0]."
	refuse := func(name string, given bool, problem string) {
		if given {
			wrong.Add(field+name, "%s: %s", problem, notHere)
		}
	}
	refuse("condition", c.Condition != nil && len(c.Condition.GroupIDs)+len(c.Condition.RoleIDs) > 0, "must be left out")
	refuse("require_mfa_to_request", c.MFAToRequest, "must be false")
	refuse("require_support_ticket", c.SupportTicket, "must be false")
	refuse("extensions_duration_in_minutes", c.ExtensionMinutes > 0, "must be 0")
	refuse("request_template_id", c.RequestTemplateID != "", "must be left out")
	refuse("priority", c.Priority != 0, "must be 0")
	p.Requestable, p.AutoApprove = given(c.AllowRequests, p.Requestable), given(c.AutoApproval, p.AutoApprove)
	p.MaxMinutes = given(c.MaxMinutes, p.MaxMinutes)
	p.RecommendedMinutes = given(unsetAtZero(c.RecommendedMins), p.RecommendedMinutes)
	if c.Stages != nil {
		ids := reviewersIn(c.Stages, field+"reviewer_stages", wrong)
		p.ReviewerIDs = &ids
	}
}

// given is v, or old if v is not given.
func given[T any](v, old *T) *T {
	if v == nil {
		return old
	}
	return v
}

// reviewersIn returns the owners that review, and notes what of stages Admit does
// not do.
func reviewersIn(stages []ReviewerStage, field string, wrong *access.Problems) []string {
	if len(stages) == 0 {
		return []string{}
	}
	if len(stages) > 1 {
		wrong.Add(field, "must hold one stage: %s", notHere)
	}
	s := stages[0]
	if s.ManagerApproval {
		wrong.Add(field+"[0].require_manager_approval", "must be false: %s", notHere)
	}
	if s.AdminApproval {
		wrong.Add(field+"[0].require_admin_approval", "must be false: name the admin owner in owner_ids")
	}
	if len(s.ServiceUserIDs) > 0 {
		wrong.Add(field+"[0].service_user_ids", "must be empty: %s", notHere)
	}
	if s.Operator != "OR" && len(s.OwnerIDs) > 1 {
		wrong.Add(field+"[0].operator", "must be OR for several owners: one approval is enough")
	}
	return s.OwnerIDs
}

// VisibilityInfo says who sees a resource in the catalog.
type VisibilityInfo struct {
	Visibility string   `json:"visibility" required:"true" enum:"GLOBAL" doc:"Everybody signed in sees every resource."`
	GroupIDs   []string `json:"visibility_group_ids,omitempty" format:"uuid" doc:"Must be empty."`
}

type visibilityInput struct {
	ID   string `path:"resource_id" format:"uuid"`
	Body VisibilityInfo
}

type reviewersInput struct {
	ID   string `path:"resource_id" format:"uuid"`
	Body struct {
		ReviewerIDs []string `json:"reviewer_ids" required:"true" format:"uuid" maxItems:"100" doc:"Owners."`
	}
}

type stagesInput struct {
	ID   string `path:"resource_id" format:"uuid"`
	Body struct {
		Stages []ReviewerStage `json:"stages" required:"true"`
	}
}

func (a *api) reviewers() {
	const path = "/resources/{resource_id}/"
	handle(a, op{method: http.MethodGet, path: path + "reviewers", id: "getResourceReviewers", tag: "resources", about: "Lists the owners that review requests for a resource."},
		func(ctx context.Context, actor access.Actor, in *resourceInput) ([]string, error) {
			v, err := a.Inventory.Resource(ctx, actor, in.ID)
			return ownerIDs(v.Reviewers), err
		})
	handle(a, op{method: http.MethodPut, path: path + "reviewers", id: "updateResourceReviewers", tag: "resources", about: "Replaces the owners that review requests for a resource."},
		func(ctx context.Context, actor access.Actor, in *reviewersInput) ([]string, error) {
			v, err := a.setReviewers(ctx, actor, in.ID, in.Body.ReviewerIDs)
			return ownerIDs(v.Reviewers), renamed(err, func(string) string { return "reviewer_ids" })
		})
	handle(a, op{method: http.MethodGet, path: path + "reviewer-stages", id: "getResourceReviewerStages", tag: "resources", about: "Returns the review stages of a resource."},
		func(ctx context.Context, actor access.Actor, in *resourceInput) ([]ReviewerStage, error) {
			v, err := a.Inventory.Resource(ctx, actor, in.ID)
			return stagesOf(v.Reviewers), err
		})
	handle(a, op{method: http.MethodPut, path: path + "reviewer-stages", id: "updateResourceReviewerStages", tag: "resources", about: "Replaces the review stages of a resource."}, a.setStages)
	handle(a, op{method: http.MethodGet, path: path + "visibility", id: "getResourceVisibility", tag: "resources", about: "Returns who sees a resource in the catalog."},
		func(ctx context.Context, actor access.Actor, in *resourceInput) (VisibilityInfo, error) {
			_, err := a.Inventory.Resource(ctx, actor, in.ID)
			return VisibilityInfo{Visibility: "GLOBAL"}, err
		})
	handle(a, op{
		method: http.MethodPut, path: path + "visibility", id: "updateResourceVisibility", tag: "resources", about: "Takes GLOBAL, the only visibility there is.",
		more: "It is here for clients of the published API, which set it after every change.",
	}, a.setVisibility)
}

func (a *api) setReviewers(ctx context.Context, actor access.Actor, id string, owners []string) (inventory.ResourceView, error) {
	if err := a.Inventory.UpdateResources(ctx, actor, []inventory.ResourcePatch{{ID: id, ReviewerIDs: &owners}}); err != nil {
		return inventory.ResourceView{}, err
	}
	return a.Inventory.Resource(ctx, actor, id)
}

func (a *api) setStages(ctx context.Context, actor access.Actor, in *stagesInput) ([]ReviewerStage, error) {
	var wrong access.Problems
	owners := reviewersIn(in.Body.Stages, "stages", &wrong)
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	v, err := a.setReviewers(ctx, actor, in.ID, owners)
	return stagesOf(v.Reviewers), renamed(err, func(string) string { return "stages[0].owner_ids" })
}

func (a *api) setVisibility(ctx context.Context, actor access.Actor, in *visibilityInput) (VisibilityInfo, error) {
	v, err := a.Inventory.Resource(ctx, actor, in.ID)
	if err == nil {
		err = actor.May(access.EditResource, v.Relation)
	}
	if err == nil && len(in.Body.GroupIDs) > 0 {
		err = access.Problems{"visibility_group_ids": fmt.Sprintf("must be empty: %s", notHere)}.Err()
	}
	return VisibilityInfo{Visibility: "GLOBAL"}, err
}

// ticketWords are the published API's words for kinds of ticket provider. It is
// a closed list: for any other kind its field is left out.
var ticketWords = map[string]string{"JIRA": "jira", "LINEAR": "linear", "SERVICE_NOW": "service_now"}

// TicketPropagation is the ticket policy of a resource in the published API's
// words.
type TicketPropagation struct {
	OnGrant   bool   `json:"enabled_on_grant" required:"true"`
	OnRemoval bool   `json:"enabled_on_revocation" required:"true"`
	Provider  string `json:"ticket_provider,omitempty" enum:"JIRA,LINEAR,SERVICE_NOW" doc:"Left out for any other kind: see tickets.provider_id."`
	ProjectID string `json:"ticket_project_id,omitempty"`
}

// propagationOf renders a policy; kinds are the kinds of providers by id.
func propagationOf(p access.TicketPolicy, kinds map[string]string) TicketPropagation {
	t := TicketPropagation{OnGrant: p.Files(access.ToGrant), OnRemoval: p.Files(access.ToRemove), ProjectID: p.TicketProjectID}
	for word, kind := range ticketWords {
		if id := deref(p.TicketProviderID); id != "" && kinds[id] == kind {
			t.Provider = word
		}
	}
	return t
}
