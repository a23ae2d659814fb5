package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

type wireToken struct {
	ID        string     `json:"token_id"`
	Name      string     `json:"token_label"`
	UserID    string     `json:"user_id"`
	Preview   string     `json:"token_preview"`
	CreatedAt *time.Time `json:"created_at"`
	UsedAt    *time.Time `json:"last_used_at"`
	ExpiresAt *time.Time `json:"expires_at"`
}

func (s *session) tokens() *cobra.Command {
	n := noun[wireToken]{session: s, kind: tokenKind, columns: s.tokenColumns}
	return group("token", "API tokens", "",
		s.createToken(),
		n.list("List API tokens, yours or those of somebody", func(f *form) {
			f.one("user", "user_id", "whose, if not yours", userKind)
		}),
		n.act("revoke", "End an API token for good", func(id string) call { return remove(n.kind.at(id), nil) }, "Revoked token %s."))
}

func (s *session) tokenColumns(context.Context) []column[wireToken] {
	return []column[wireToken]{
		{head: "NAME", cell: func(t wireToken) string { return t.Name }},
		{head: "ENDS IN", cell: func(t wireToken) string { return t.Preview }},
		{head: "CREATED", cell: func(t wireToken) string { return s.moment(t.CreatedAt) }},
		{head: "USED", cell: func(t wireToken) string { return s.moment(t.UsedAt) }},
		{head: "EXPIRES", cell: func(t wireToken) string { return s.moment(t.ExpiresAt) }},
		{head: "ID", cell: func(t wireToken) string { return t.ID }},
	}
}
