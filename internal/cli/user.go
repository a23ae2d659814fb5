package cli

import (
	"context"

	"github.com/spf13/cobra"
)

type wireUser struct {
	ID       string `json:"user_id"`
	Email    string `json:"email"`
	FullName string `json:"full_name"`
	Position string `json:"position"`
	Role     string `json:"role"`
}

func (s *session) users() *cobra.Command {
	n := noun[wireUser]{session: s, kind: userKind, columns: always(
		column[wireUser]{head: "E-MAIL", cell: func(u wireUser) string { return u.Email }},
		column[wireUser]{head: "NAME", cell: func(u wireUser) string { return u.FullName }},
		column[wireUser]{head: "POSITION", cell: func(u wireUser) string { return u.Position }},
		column[wireUser]{head: "ROLE", cell: func(u wireUser) string { return u.Role }},
		column[wireUser]{head: "ID", cell: func(u wireUser) string { return u.ID }},
	)}
	return group("user", "People", "",
		n.list("List people", nil),
		n.get("Show one person"),
		n.create("Add a person", func(f *form) { f.text("email", "email", "e-mail address").need().person() }),
		n.update("Change a person", func(f *form) { f.text("email", "email", "e-mail address").person() }),
		n.delete("Remove a person; all their access is taken away"),
		s.userAccess(),
		s.inviteUser())
}

func (f *form) person() {
	f.text("first-name", "first_name", "first name").
		text("last-name", "last_name", "last name").
		text("position", "position", "job title").
		choice("role", "role", "what they may do everywhere", "admin", "auditor", "member")
}

func (s *session) inviteUser() *cobra.Command {
	cmd := command("invite USER", "Make a one-time link with which a person chooses a password", func(cmd *cobra.Command, args []string) error {
		id, err := s.find(cmd.Context(), userKind, args[0])
		if err != nil {
			return err
		}
		raw, err := s.do(cmd.Context(), post(userKind.at(id)+"/invite", nil))
		if err != nil {
			return err
		}
		sent, err := decode[struct {
			URL string `json:"url"`
		}](raw)
		if err != nil {
			return err
		}
		return s.say(raw, "%s", sent.URL)
	})
	return s.completeArgs(cmd, named(userKind))
}

// userAccess is the command that lists what somebody has.
func (s *session) userAccess() *cobra.Command {
	what := column[wireHolder]{head: "WHAT", cell: func(h wireHolder) string { return h.AppName + "/" + h.ResourceName }}
	return listBelow(s, "access USER", "List what somebody has, gets or loses", userKind,
		func(id string) string { return path("resources", "users", id) },
		func(ctx context.Context) []column[wireHolder] {
			return append([]column[wireHolder]{what}, s.holderColumns(ctx)[1:]...)
		})
}
