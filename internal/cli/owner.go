package cli

import (
	"context"

	"github.com/spf13/cobra"
)

type wireOwner struct {
	ID          string `json:"owner_id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

func (s *session) owners() *cobra.Command {
	n := noun[wireOwner]{session: s, kind: ownerKind, bulk: "owners", finish: withUsers, columns: always(
		column[wireOwner]{head: "NAME", cell: func(o wireOwner) string { return o.Name }},
		column[wireOwner]{head: "DESCRIPTION", cell: func(o wireOwner) string { return o.Description }},
		column[wireOwner]{head: "ID", cell: func(o wireOwner) string { return o.ID }},
	)}
	return group("owner", "Who administers things and reviews requests", "",
		n.list("List owners", nil),
		n.get("Show one owner"),
		n.people("List who is in an owner, in order"),
		n.create("Add an owner", func(f *form) {
			f.text("name", "name", "name").need().
				text("description", "description", "what it is for").
				many("users", "user_ids", "who is in it, in the order they are asked", userKind).
				one("source-group", "source_group_id", "take the people of this group instead", groupKind)
		}),
		n.update("Change an owner", func(f *form) {
			f.text("name", "name", "name").
				text("description", "description", "what it is for").
				one("source-group", "source_group_id", "take the people of this group; \"\" for none", groupKind)
		}),
		n.setUsers("Set who is in an owner"),
		n.delete("Remove an owner"))
}

// withUsers completes a new owner: the API wants its users named, if only none.
func withUsers(_ context.Context, id string, body object) error {
	if _, given := body["user_ids"]; id == "" && !given {
		body["user_ids"] = []string{}
	}
	return nil
}
