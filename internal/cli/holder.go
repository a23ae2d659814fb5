package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// wireHolder is one who has a resource, gets it or loses it.
type wireHolder struct {
	UserID       string           `json:"user_id"`
	Email        string           `json:"email"`
	AppName      string           `json:"app_name"`
	ResourceName string           `json:"resource_name"`
	Level        wireLevel        `json:"access_level"`
	Expires      *time.Time       `json:"expiration_date"`
	Status       *wireStatus      `json:"propagation_status"`
	Propagation  *wirePropagation `json:"propagation"`
}

type wireStatus struct {
	Status string `json:"status"`
}

type wirePropagation struct {
	ChangeID   string           `json:"change_id"`
	Direction  string           `json:"direction"`
	State      string           `json:"state"`
	WaitingFor string           `json:"waiting_for"`
	Ticket     *wireTicketShort `json:"ticket"`
}

type wireTicketShort struct {
	ID         string `json:"ticket_id"`
	Identifier string `json:"identifier"`
	URL        string `json:"url"`
	Status     string `json:"status"`
	Assignee   string `json:"assignee_email"`
}

func (h wireHolder) state() string {
	switch {
	case h.Propagation != nil:
		return h.Propagation.Direction + " " + h.Propagation.State
	case h.Status != nil:
		return strings.ToLower(h.Status.Status)
	}
	return ""
}

func (h wireHolder) ticket() wireTicketShort {
	if h.Propagation == nil || h.Propagation.Ticket == nil {
		return wireTicketShort{}
	}
	return *h.Propagation.Ticket
}

func (h wireHolder) waitingFor() string {
	if h.Propagation == nil {
		return ""
	}
	return h.Propagation.WaitingFor
}

func (s *session) holderColumns(context.Context) []column[wireHolder] {
	return []column[wireHolder]{
		{head: "USER", cell: func(h wireHolder) string { return h.Email }},
		{head: "LEVEL", cell: func(h wireHolder) string { return or(h.Level.Name, h.Level.ID) }},
		{head: "UNTIL", cell: func(h wireHolder) string { return s.moment(h.Expires) }},
		{head: "STATE", cell: func(h wireHolder) string { return h.state() }},
		{head: "TICKET", cell: func(h wireHolder) string { return h.ticket().Identifier }},
		{head: "ASSIGNEE", cell: func(h wireHolder) string { return h.ticket().Assignee }},
		{head: "WAITS FOR", cell: func(h wireHolder) string { return h.waitingFor() }},
	}
}

func (s *session) listHolders() *cobra.Command {
	return listBelow(s, "users RESOURCE", "List who has a resource, gets it or loses it", resourceKind,
		func(id string) string { return resourceKind.at(id) + "/users" }, s.holderColumns)
}

func (s *session) addHolder() *cobra.Command {
	cmd, f := s.giveHolder("add-user", "Give somebody a resource", post, "Added %s to %s.")
	f.text("reason", "reason", "why")
	return cmd
}

func (s *session) setHolder() *cobra.Command {
	cmd, _ := s.giveHolder("set-user", "Change how long somebody has a resource", put, "Changed how long %s has access to %s.")
	return cmd
}

// giveHolder is a command that says how long somebody has a resource.
func (s *session) giveHolder(verb, short string, send func(path string, body object) call, done string) (*cobra.Command, *form) {
	var f *form
	cmd := command(verb+" RESOURCE USER", short, func(cmd *cobra.Command, args []string) error {
		body, err := f.fill(cmd.Context())
		if err != nil {
			return err
		}
		at, err := s.holderPath(cmd.Context(), args)
		if err != nil {
			return err
		}
		raw, err := s.do(cmd.Context(), send(at, body))
		if err != nil {
			return err
		}
		return s.say(raw, done, args[1], args[0])
	})
	f = s.form(cmd).duration("for", "duration_minutes", "how long from now", 0).need().
		text("level", "access_level_remote_id", "access level, by id")
	return s.completeArgs(cmd, named(resourceKind), named(userKind)), f
}

func (s *session) removeHolder() *cobra.Command {
	var level string
	cmd := command("remove-user RESOURCE USER", "Take a resource from somebody", func(cmd *cobra.Command, args []string) error {
		at, err := s.holderPath(cmd.Context(), args)
		if err != nil {
			return err
		}
		raw, err := s.do(cmd.Context(), remove(at, query{"access_level_remote_id": level}))
		if err != nil {
			return err
		}
		return s.say(raw, "Removed %s from %s.", args[1], args[0])
	})
	cmd.Flags().StringVar(&level, "level", "", "access level, by id")
	return s.completeArgs(cmd, named(resourceKind), named(userKind))
}

// holderPath is the path of a user of a resource; both are named.
func (s *session) holderPath(ctx context.Context, args []string) (string, error) {
	resourceID, err := s.find(ctx, resourceKind, args[0])
	if err != nil {
		return "", err
	}
	userID, err := s.find(ctx, userKind, args[1])
	if err != nil {
		return "", err
	}
	return resourceKind.at(resourceID) + path("users", userID), nil
}
