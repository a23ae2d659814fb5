package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/store"
)

// Request asks that a user be given access to one or more resources.
type Request struct {
	ID           string               `json:"id" required:"true" format:"uuid"`
	CreatedAt    time.Time            `json:"created_at" required:"true"`
	UpdatedAt    time.Time            `json:"updated_at" required:"true"`
	RequesterID  string               `json:"requester_id" required:"true" format:"uuid"`
	Requester    string               `json:"requester_email" required:"true"`
	TargetUserID string               `json:"target_user_id" required:"true" format:"uuid" doc:"Who is to have the access."`
	TargetUser   string               `json:"target_user_email" required:"true"`
	Status       string               `json:"status" required:"true" enum:"PENDING,APPROVED,DENIED,CANCELED"`
	Reason       string               `json:"reason" required:"true"`
	Minutes      *int                 `json:"duration_minutes,omitempty" doc:"How long from the approval on. Absent when it has no end."`
	Items        []RequestedItem      `json:"requested_items_list" required:"true"`
	Stages       []RequestItemReviews `json:"reviewer_stages" required:"true"`
	DecidedAt    *time.Time           `json:"decided_at,omitempty"`
	DecidedBy    string               `json:"decided_by_email,omitempty"`
}

// RequestedItem is one resource asked for.
type RequestedItem struct {
	ResourceID string `json:"resource_id" required:"true" format:"uuid"`
	Name       string `json:"name" required:"true"`
	LevelName  string `json:"access_level_name" required:"true"`
	LevelID    string `json:"access_level_remote_id" required:"true"`
	AppID      string `json:"app_id" required:"true" format:"uuid"`
	AppName    string `json:"app_name" required:"true"`
	Status     string `json:"status" required:"true" enum:"PENDING,APPROVED,DENIED,CANCELED"`
	ChangeID   string `json:"change_id,omitempty" format:"uuid" doc:"The newest access change this request caused."`
	State      string `json:"change_state,omitempty"`
}

// RequestItemReviews is who reviews one resource asked for.
type RequestItemReviews struct {
	Name      string         `json:"item_name" required:"true"`
	ID        string         `json:"item_id" required:"true" format:"uuid"`
	LevelName string         `json:"access_level_name" required:"true"`
	LevelID   string         `json:"access_level_remote_id" required:"true"`
	Stages    []RequestStage `json:"stages" required:"true"`
}

// RequestStage is one stage of reviews: any one of its reviewers is enough.
type RequestStage struct {
	Stage     int               `json:"stage" required:"true"`
	Operator  string            `json:"operator" required:"true" enum:"AND,OR"`
	Reviewers []RequestReviewer `json:"reviewers" required:"true"`
}

// RequestReviewer is somebody who may decide, and what they decided.
type RequestReviewer struct {
	ID       string `json:"id" required:"true" format:"uuid"`
	FullName string `json:"full_name" required:"true"`
	Status   string `json:"status" required:"true" enum:"PENDING,APPROVED,REJECTED"`
}

func requestOf(v request.View) Request {
	r := Request{
		ID: v.ID, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, RequesterID: v.RequesterID, Requester: v.Requester.Email,
		TargetUserID: v.TargetUserID, TargetUser: v.Target.Email, Status: strings.ToUpper(string(v.State)), Reason: v.Reason,
		Minutes: v.Minutes, Items: each(v.Items, itemOf), Stages: each(v.Items, reviewsOf), DecidedAt: v.DecidedAt,
	}
	if v.Decider != nil {
		r.DecidedBy = v.Decider.Email
	}
	return r
}

func itemOf(i request.ItemView) RequestedItem {
	item := RequestedItem{
		ResourceID: i.ResourceID, Name: i.Resource.Name, LevelName: i.LevelName, LevelID: i.Level,
		AppID: i.App.ID, AppName: i.App.Name, Status: strings.ToUpper(string(i.State)),
	}
	if i.Change != nil {
		item.ChangeID, item.State = i.Change.ID, string(i.Change.State)
	}
	return item
}

func reviewsOf(i request.ItemView) RequestItemReviews {
	words := map[access.RequestState]string{access.Approved: "APPROVED", access.Denied: "REJECTED"}
	decided := map[string]string{}
	for _, r := range i.Reviews {
		if r.Reviewer != nil {
			decided[r.Reviewer.ID] = words[r.Decision]
		}
	}
	reviewers := each(i.Reviewers, func(u access.User) RequestReviewer {
		r := RequestReviewer{ID: u.ID, FullName: u.Name(), Status: "PENDING"}
		if word := decided[u.ID]; word != "" {
			r.Status = word
		}
		return r
	})
	return RequestItemReviews{
		Name: i.Resource.Name, ID: i.ResourceID, LevelName: i.LevelName, LevelID: i.Level,
		Stages: []RequestStage{{Stage: 1, Operator: "OR", Reviewers: reviewers}},
	}
}

// RequestList is one page of requests.
type RequestList struct {
	Requests []Request `json:"requests" required:"true"`
	Cursor   string    `json:"cursor,omitempty" doc:"Of the next page. Absent on the last."`
}

// RequestAnswer is a request after something was done to it.
type RequestAnswer struct {
	Request Request `json:"request" required:"true"`
}

// RequestID names a new request.
type RequestID struct {
	ID string `json:"id" required:"true" format:"uuid"`
}

// RequestComment is a remark on a request.
type RequestComment struct {
	CreatedAt time.Time `json:"created_at" required:"true"`
	RequestID string    `json:"request_id" required:"true" format:"uuid"`
	UserID    string    `json:"user_id" required:"true" format:"uuid"`
	FullName  string    `json:"user_full_name" required:"true"`
	Email     string    `json:"user_email" required:"true"`
	Comment   string    `json:"comment" required:"true"`
}

// RequestCommentList is what was said on a request, oldest first.
type RequestCommentList struct {
	Comments []RequestComment `json:"comments" required:"true"`
}

// RequestWish is one resource to ask for.
type RequestWish struct {
	ID      string `json:"id" required:"true" format:"uuid"`
	LevelID string `json:"access_level_remote_id,omitempty"`
}

type requestsInput struct {
	Start        string `query:"start_date_filter" doc:"Only requests made at or after this day or time."`
	End          string `query:"end_date_filter" doc:"Only requests made before this time, or on this day or before."`
	RequesterID  string `query:"requester_id" format:"uuid"`
	TargetUserID string `query:"target_user_id" format:"uuid"`
	ResourceID   string `query:"resource_id" format:"uuid"`
	GroupID      string `query:"group_id" format:"uuid" doc:"Groups are not asked for here: the list is empty."`
	PendingOnly  bool   `query:"show_pending_only"`
	ToReview     bool   `query:"to_review" doc:"Only those that wait for the caller."`
	Paging
}

type requestInput struct {
	ID string `path:"id" format:"uuid"`
}

type requestCreateInput struct {
	Body struct {
		Resources     []RequestWish  `json:"resources" required:"true" maxItems:"50"`
		Groups        []any          `json:"groups,omitempty" doc:"Must be empty: groups are not asked for here."`
		TargetUserID  string         `json:"target_user_id,omitempty" format:"uuid" doc:"Who is to have the access: the caller if left out. Admins may ask for anybody."`
		TargetGroupID string         `json:"target_group_id,omitempty" doc:"Must be left out."`
		Reason        string         `json:"reason" required:"true"`
		SupportTicket map[string]any `json:"support_ticket,omitempty" doc:"Must be left out."`
		Minutes       int            `json:"duration_minutes" required:"true" minimum:"-1" maximum:"525960" doc:"How long from the approval on. -1 is without end."`
	}
}

type approveInput struct {
	ID   string `path:"id" format:"uuid"`
	Body struct {
		Level   string `json:"level" required:"true" enum:"REGULAR,ADMIN" doc:"REGULAR as a reviewer, ADMIN to override as an admin."`
		Comment string `json:"comment,omitempty"`
	}
}

type denyInput struct {
	ID   string `path:"id" format:"uuid"`
	Body struct {
		Level   string `json:"level,omitempty" enum:"REGULAR,ADMIN" doc:"REGULAR if left out."`
		Comment string `json:"comment" required:"true"`
	}
}

type requestCommentInput struct {
	ID   string `path:"id" format:"uuid"`
	Body struct {
		Comment string `json:"comment" required:"true"`
	}
}

func (a *api) requests() {
	one := "/requests/{id}"
	handle(a, op{
		method: http.MethodGet, path: "/requests", id: "getRequests", tag: "requests", about: "Lists requests, newest first.",
		more: "Those who may not see all see the ones they make, review or administer.",
	}, a.listRequests)
	handle(a, op{
		method: http.MethodPost, path: "/requests", id: "createRequest", tag: "requests", about: "Asks for access.",
		more: "Resources whose policy needs no review are approved at once.",
	}, a.createRequest)
	handle(a, op{method: http.MethodGet, path: one, id: "getRequest", tag: "requests", about: "Returns a request."},
		func(ctx context.Context, actor access.Actor, in *requestInput) (Request, error) {
			v, err := a.Requests.Get(ctx, actor, in.ID)
			return requestOf(v), err
		})
	handle(a, op{
		method: http.MethodPost, path: one + "/approve", id: "approveRequest", tag: "requests", about: "Approves the part of a request the caller reviews.",
		more: "When every part is approved, the access is granted. Nobody approves their own request. Of several deciders one wins; the others get a conflict.",
	}, func(ctx context.Context, actor access.Actor, in *approveInput) (RequestAnswer, error) {
		v := request.Verdict{Comment: in.Body.Comment, Override: in.Body.Level == "ADMIN"}
		return a.answer(ctx, actor, in.ID, a.Requests.Approve(ctx, actor, in.ID, v))
	})
	handle(a, op{method: http.MethodPost, path: one + "/deny", id: "denyRequest", tag: "requests", about: "Denies a request."},
		func(ctx context.Context, actor access.Actor, in *denyInput) (RequestAnswer, error) {
			v := request.Verdict{Comment: in.Body.Comment, Override: in.Body.Level == "ADMIN"}
			return a.answer(ctx, actor, in.ID, a.Requests.Deny(ctx, actor, in.ID, v))
		})
	handle(a, op{method: http.MethodPost, path: one + "/cancel", id: "cancelRequest", tag: "requests", about: "Withdraws a pending request."},
		func(ctx context.Context, actor access.Actor, in *requestInput) (RequestAnswer, error) {
			return a.answer(ctx, actor, in.ID, a.Requests.Cancel(ctx, actor, in.ID))
		})
	handle(a, op{method: http.MethodGet, path: one + "/comments", id: "getRequestComments", tag: "requests", about: "Lists what was said on a request, oldest first."}, a.requestComments)
	handle(a, op{method: http.MethodPost, path: one + "/comments", id: "createRequestComment", tag: "requests", about: "Comments on a request, decided or not."},
		func(ctx context.Context, actor access.Actor, in *requestCommentInput) (RequestAnswer, error) {
			return a.answer(ctx, actor, in.ID, a.Requests.Comment(ctx, actor, in.ID, in.Body.Comment))
		})
}

func (a *api) listRequests(ctx context.Context, actor access.Actor, in *requestsInput) (RequestList, error) {
	f := store.RequestFilter{RequesterID: in.RequesterID, TargetUserID: in.TargetUserID, ResourceID: in.ResourceID, Page: in.page()}
	if in.PendingOnly {
		f.State = access.Pending
	}
	if in.ToReview {
		f.ReviewableBy = actor.UserID
	}
	var wrong access.Problems
	f.From, f.To = dates(&wrong, in.Start, in.End)
	if err := wrong.Err(); err != nil {
		return RequestList{}, err
	}
	if in.GroupID != "" {
		return RequestList{Requests: []Request{}}, nil
	}
	list, err := a.Requests.List(ctx, actor, f)
	return RequestList{Requests: each(list.Items, requestOf), Cursor: list.Next}, err
}

func (a *api) createRequest(ctx context.Context, actor access.Actor, in *requestCreateInput) (RequestID, error) {
	var wrong access.Problems
	b := in.Body
	if len(b.Groups) > 0 {
		wrong.Add("groups", "must be empty: groups are not asked for here")
	}
	if b.TargetGroupID != "" {
		wrong.Add("target_group_id", "must be left out: %s", notHere)
	}
	if b.SupportTicket != nil {
		wrong.Add("support_ticket", "must be left out: %s", notHere)
	}
	if err := wrong.Err(); err != nil {
		return RequestID{}, err
	}
	p := request.Params{TargetUserID: b.TargetUserID, Reason: b.Reason, Minutes: &b.Minutes}
	if b.Minutes < 0 {
		p.Minutes = nil
	}
	p.Items = each(b.Resources, func(w RequestWish) request.Wish { return request.Wish{ResourceID: w.ID, Level: w.LevelID} })
	r, err := a.Requests.Create(ctx, actor, p)
	return RequestID{r.ID}, err
}

// answer returns a request as it is after something was done to it.
func (a *api) answer(ctx context.Context, actor access.Actor, id string, err error) (RequestAnswer, error) {
	if err != nil {
		return RequestAnswer{}, err
	}
	v, err := a.Requests.Get(ctx, actor, id)
	return RequestAnswer{requestOf(v)}, err
}

func (a *api) requestComments(ctx context.Context, actor access.Actor, in *requestInput) (RequestCommentList, error) {
	v, err := a.Requests.Get(ctx, actor, in.ID)
	return RequestCommentList{each(v.Comments, func(c request.CommentView) RequestComment {
		return RequestComment{
			CreatedAt: c.CreatedAt, RequestID: c.RequestID, UserID: c.AuthorID, FullName: c.Author.Name(), Email: c.Author.Email, Comment: c.Text,
		}
	})}, err
}

// dates reads the filters of a span of time: days, or times of RFC 3339. The end
// of a span that ends with a day is the end of that day.
func dates(wrong *access.Problems, start, end string) (from, to *time.Time) {
	from = date(wrong, "start_date_filter", start, 0)
	return from, date(wrong, "end_date_filter", end, 24*time.Hour)
}

func date(wrong *access.Problems, field, s string, day time.Duration) *time.Time {
	if s == "" {
		return nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		t = t.Add(day)
		return &t
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		wrong.Add(field, "must be a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z")
		return nil
	}
	return &t
}
