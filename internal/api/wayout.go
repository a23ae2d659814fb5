package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
)

// The ways out of a change that does not get anywhere by itself.

// Waiver is a removal that somebody asked to give up for a time.
type Waiver struct {
	Reason  string    `json:"reason" required:"true"`
	Until   time.Time `json:"until" required:"true" doc:"When the removal comes back."`
	AskedBy string    `json:"asked_by" required:"true" format:"uuid"`
	AskedAt time.Time `json:"asked_at" required:"true"`
}

func waiverOf(w *access.Waiver) *Waiver {
	if w == nil {
		return nil
	}
	return &Waiver{Reason: w.Reason, Until: w.UntilAt, AskedBy: w.AskedBy, AskedAt: w.AskedAt}
}

type giveUpInput struct {
	ID   string `path:"change_id" format:"uuid"`
	Body struct {
		_ struct{} `json:"-" additionalProperties:"false"`

		Reason string     `json:"reason" required:"true"`
		Until  *time.Time `json:"until,omitempty" doc:"Of a removal: when it comes back, within a year. Must be left out for a grant."`
	}
}

type wordInput struct {
	ID   string `path:"change_id" format:"uuid"`
	Body struct {
		_ struct{} `json:"-" additionalProperties:"false"`

		Reason string `json:"reason" required:"true" doc:"How the caller knows."`
	}
}

type rerouteInput struct {
	ID   string `path:"change_id" format:"uuid"`
	Body struct {
		_ struct{} `json:"-" additionalProperties:"false"`

		ProviderID *string `json:"provider_id,omitempty" format:"uuid" doc:"Where its ticket is to be. It needs a project_id."`
		ProjectID  *string `json:"project_id,omitempty" doc:"In which project. Without a provider, one of the provider it has."`
		AssigneeID *string `json:"assignee_id,omitempty" format:"uuid" doc:"Whose its ticket is to be: a user."`
	}
}

func (a *api) waysOut() {
	const one, tag = "/changes/{change_id}", "changes"
	handle(a, op{
		method: http.MethodPost, path: one + "/give-up", id: "giveUpChange", tag: tag, about: "Gives up a change that needs attention.",
		more: "A grant ends with every reason for it. A removal is given up for a time, and a second person must agree: until then it waits with a `waiver`.",
	}, func(ctx context.Context, actor access.Actor, in *giveUpInput) (Change, error) {
		return a.changeAfter(ctx, actor, in.ID, a.Propagation.GiveUp(ctx, actor, in.ID, in.Body.Reason, in.Body.Until))
	})
	handle(a, op{
		method: http.MethodPost, path: one + "/give-up/agree", id: "agreeToGiveUpChange", tag: tag, about: "Agrees that a removal is given up for a time.",
		more: "Not for the one who asked, nor for the one whose access it is.",
	}, func(ctx context.Context, actor access.Actor, in *changeInput) (Change, error) {
		return a.changeAfter(ctx, actor, in.ID, a.Propagation.AgreeWaiver(ctx, actor, in.ID))
	})
	handle(a, op{
		method: http.MethodPost, path: one + "/give-up/refuse", id: "refuseToGiveUpChange", tag: tag, about: "Refuses that a removal is given up, or takes back that one asked.",
		more: "It still needs attention.",
	}, func(ctx context.Context, actor access.Actor, in *changeInput) (Change, error) {
		return a.changeAfter(ctx, actor, in.ID, a.Propagation.RefuseWaiver(ctx, actor, in.ID))
	})
	handle(a, op{
		method: http.MethodPost, path: one + "/attest", id: "attestChange", tag: tag, about: "Completes a change that needs attention by the word of the caller.",
		more: "The end system is as wanted. Nobody says that of their own access.",
	}, func(ctx context.Context, actor access.Actor, in *wordInput) (Change, error) {
		return a.changeAfter(ctx, actor, in.ID, a.Propagation.AttestChange(ctx, actor, in.ID, in.Body.Reason))
	})
	handleEmpty(a, op{
		method: http.MethodPost, path: one + "/dispute", id: "disputeChange", tag: tag, about: "Says of a change that is done that it is not so.",
		more: "It needs attention then. Whoever should have the access may say it too; they do not see changes, so the answer has no body.",
	}, func(ctx context.Context, actor access.Actor, in *wordInput) error {
		return a.Propagation.DisputeChange(ctx, actor, in.ID, in.Body.Reason)
	})
	handle(a, op{
		method: http.MethodPost, path: one + "/reroute", id: "rerouteChange", tag: tag, about: "Sends the ticket of a live change elsewhere, or gives it to somebody else.",
		more: "A ticket that is open elsewhere is closed with a word, and filed anew. If only its assignee is another, it stays where it is.",
	}, func(ctx context.Context, actor access.Actor, in *rerouteInput) (Change, error) {
		to := propagation.Route{ProviderID: in.Body.ProviderID, ProjectID: in.Body.ProjectID, AssigneeID: in.Body.AssigneeID}
		return a.changeAfter(ctx, actor, in.ID, a.Propagation.Reroute(ctx, actor, in.ID, to))
	})
}
