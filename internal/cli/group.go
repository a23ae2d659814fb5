package cli

import (
	"github.com/spf13/cobra"
)

type wireGroup struct {
	ID          string `json:"group_id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

func (s *session) groups() *cobra.Command {
	n := noun[wireGroup]{session: s, kind: groupKind, columns: always(
		column[wireGroup]{head: "NAME", cell: func(g wireGroup) string { return g.Name }},
		column[wireGroup]{head: "DESCRIPTION", cell: func(g wireGroup) string { return g.Description }},
		column[wireGroup]{head: "ID", cell: func(g wireGroup) string { return g.ID }},
	)}
	return group("group", "Named sets of people", "",
		n.list("List groups", nil),
		n.get("Show one group"),
		n.people("List who is in a group"),
		n.create("Add a group", func(f *form) {
			f.text("name", "name", "name").need().
				text("description", "description", "what it is for").
				many("users", "user_ids", "who is in it, by e-mail or id", userKind)
		}),
		n.update("Change a group", func(f *form) { f.text("name", "name", "name").text("description", "description", "what it is for") }),
		n.setUsers("Set who is in a group"),
		n.delete("Remove a group"))
}

// people is the command that lists the users of a thing.
func (n noun[T]) people(short string) *cobra.Command {
	return listBelow(n.session, "users "+n.arg(), short, n.kind, func(id string) string { return n.kind.at(id) + "/users" }, always(
		column[wireUser]{head: "E-MAIL", cell: func(u wireUser) string { return u.Email }},
		column[wireUser]{head: "NAME", cell: func(u wireUser) string { return u.FullName }},
		column[wireUser]{head: "ID", cell: func(u wireUser) string { return u.ID }},
	))
}

// setUsers is the command that replaces the users of a thing.
func (n noun[T]) setUsers(short string) *cobra.Command {
	cmd := &cobra.Command{Use: "set-users " + n.arg() + " [USER...]", Short: short}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		return exactly([]string{n.arg()})(nil, args[:min(len(args), 1)])
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := n.find(cmd.Context(), n.kind, args[0])
		if err != nil {
			return err
		}
		ids, err := n.findAll(cmd.Context(), userKind, args[1:])
		if err != nil {
			return err
		}
		raw, err := n.do(cmd.Context(), put(n.kind.at(id)+"/users", object{"user_ids": ids}))
		if err != nil {
			return err
		}
		return n.say(raw, "%s has %d users.", args[0], len(ids))
	}
	cmd.Long = short + ", in this order. Who is not named is not in it any more; without names nobody is."
	return n.completeRest(cmd, named(n.kind), named(userKind))
}
