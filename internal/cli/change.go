package cli

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type wireChange struct {
	ID         string `json:"change_id"`
	Direction  string `json:"direction"`
	State      string `json:"state"`
	UserEmail  string `json:"user_email"`
	Resource   string `json:"resource_name"`
	App        string `json:"app_name"`
	Attention  string `json:"attention"`
	Cause      string `json:"cause"`
	Detail     string `json:"detail"`
	WaitingFor string `json:"waiting_for"`
	Ticket     *struct {
		Identifier string `json:"identifier"`
	} `json:"ticket"`
	StateAt    *time.Time `json:"state_at"`
	LateSince  *time.Time `json:"late_since"`
	AttestedBy string     `json:"attested_by"`
	StormID    string     `json:"storm_id"`
	ProviderID string     `json:"provider_id"`
	Waiver     *struct {
		Reason  string     `json:"reason"`
		Until   *time.Time `json:"until"`
		AskedBy string     `json:"asked_by"`
	} `json:"waiver"`
}

func (c wireChange) ticket() string {
	if c.Ticket == nil {
		return ""
	}
	return c.Ticket.Identifier
}

func (s *session) changes() *cobra.Command {
	n := noun[wireChange]{session: s, kind: changeKind, columns: s.changeColumns}
	return group("change", "Access being given and taken", "",
		n.list("List the changes you may see, the newest first", func(f *form) {
			f.yes("live", "live", "only those under way").
				choice("state", "state", "only those in this state", "queued", "filing", "open", "canceling", "claimed", "attention",
					"done", "canceled", "superseded", "abandoned").
				one("resource", "resource_id", "only those of this resource", resourceKind).
				one("user", "user_id", "only those of this person's access", userKind)
		}),
		n.get("Show one change"),
		n.act("retry", "Try a change again that needs attention", func(id string) call { return post(n.kind.at(id)+"/retry", nil) }, "Change %s is tried again."),
		n.with("give-up", "Give up a change that needs attention; a removal for a time, and a second person must agree", func(f *form) {
			f.text("reason", "reason", "why").need().
				moment("until", "until", "of a removal, when it comes back")
		}, s.gaveUp),
		n.act("agree", "Agree that a removal is given up, as a second person", func(id string) call { return post(n.kind.at(id)+"/give-up/agree", nil) }, "Gave up change %s."),
		n.act("refuse", "Refuse that a removal is given up, or take back that you asked", func(id string) call { return post(n.kind.at(id)+"/give-up/refuse", nil) },
			"Change %s still needs attention."),
		n.tell("attest", "Say that a change that needs attention is done", "Change %s is done.", func(f *form) { f.text("reason", "reason", "how you know").need() }),
		n.tell("dispute", "Say of a change that is done that it is not so", "Change %s needs attention.", func(f *form) { f.text("reason", "reason", "how you know").need() }),
		s.rerouteChange())
}

// gaveUp tells whether a change is given up, or that a second person must agree.
func (s *session) gaveUp(raw json.RawMessage, name string) error {
	c, err := decode[wireChange](raw)
	if err != nil {
		return err
	}
	if c.Waiver != nil {
		return s.say(raw, "Asked to give up change %s: a second person must agree.", name)
	}
	return s.say(raw, "Gave up change %s.", name)
}

// rerouteChange finds a project by name at the ticket provider that is named, or
// at the one the change has.
func (s *session) rerouteChange() *cobra.Command {
	n := noun[wireChange]{session: s, kind: changeKind, finish: func(ctx context.Context, id string, body object) error {
		wanted, ok := body["project_id"].(string)
		if !ok {
			return nil
		}
		providerID, ok := body["provider_id"].(string)
		if !ok {
			raw, err := s.do(ctx, get(changeKind.at(id), nil))
			if err != nil {
				return err
			}
			c, err := decode[wireChange](raw)
			if err != nil {
				return err
			}
			if providerID = c.ProviderID; providerID == "" {
				return nil
			}
		}
		project, err := s.findProject(ctx, "--project", providerID, wanted)
		body["project_id"] = project.ID
		return err
	}}
	return n.tell("reroute", "Send the ticket of a change elsewhere, or give it to somebody else", "Change %s goes elsewhere.", func(f *form) {
		f.one("provider", "provider_id", "where its ticket is to be", providerKind).
			text("project", "project_id", "what it is filed in there, by name or id").
			one("assignee", "assignee_id", "whose it is to be", userKind)
	})
}

func (s *session) changeColumns(ctx context.Context) []column[wireChange] {
	user := s.namesWhenNeeded(ctx, userKind)
	return []column[wireChange]{
		{head: "ID", cell: func(c wireChange) string { return c.ID }},
		{head: "WHO", cell: func(c wireChange) string { return c.UserEmail }},
		{head: "WHAT", cell: func(c wireChange) string { return c.App + "/" + c.Resource }},
		{head: "DIRECTION", cell: func(c wireChange) string { return c.Direction }},
		{head: "STATE", cell: func(c wireChange) string { return strings.TrimSuffix(c.State+": "+c.Attention, ": ") }},
		{head: "SINCE", cell: func(c wireChange) string { return s.moment(c.StateAt) }},
		{head: "TICKET", cell: wireChange.ticket},
		{head: "WAITS FOR", cell: func(c wireChange) string { return c.WaitingFor }},
		{head: "LATE SINCE", cell: func(c wireChange) string { return s.moment(c.LateSince) }, long: true},
		{head: "GIVEN UP", cell: func(c wireChange) string { return s.waiver(c, user) }, long: true},
		{head: "STORM", cell: func(c wireChange) string { return c.StormID }, long: true},
		{head: "ATTESTED BY", cell: func(c wireChange) string { return user(c.AttestedBy) }, long: true},
		{head: "CAUSE", cell: func(c wireChange) string { return c.Cause }, long: true},
		{head: "DETAIL", cell: func(c wireChange) string { return c.Detail }, long: true},
	}
}

// waiver says what somebody asked to give up.
func (s *session) waiver(c wireChange, user func(id string) string) string {
	if c.Waiver == nil {
		return ""
	}
	return "asked by " + user(c.Waiver.AskedBy) + " until " + s.moment(c.Waiver.Until) + ": " + c.Waiver.Reason
}
