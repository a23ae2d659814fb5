package account

import (
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

// defaultLife is what the form for a token starts with, in days.
const defaultLife = "90"

type view struct {
	user        access.User
	hasPassword bool
	tokens      []store.Token
	now         time.Time

	passwordWrong part.Mistakes

	name, life string // of the token asked for
	tokenWrong part.Mistakes
	token      string // just made; "" otherwise
	tokenName  string
}

func (w view) passwordFields() (old, password, again ui.Field) {
	old = ui.Field{Name: "old_password", Label: "Current password", Required: true, Error: w.passwordWrong.Of("old_password")}
	password = ui.Field{Name: "password", Label: "New password", Required: true, Help: "At least 10 characters.", Error: w.passwordWrong.Of("password")}
	again = ui.Field{Name: "again", Label: "New password again", Required: true, Error: w.passwordWrong.Of("again")}
	return old, password, again
}

func (w view) tokenFields() (name, life ui.Field) {
	name = ui.Field{Name: "name", Label: "Name", Required: true, Help: "What it is for, such as “Terraform” or “laptop”.", Error: w.tokenWrong.Of("name")}
	life = ui.Field{Name: "life", Label: "Works for", Required: true, Error: w.tokenWrong.Of("life")}
	return name, life
}

func lives() []ui.Option {
	return []ui.Option{
		{Value: "7", Label: "7 days"},
		{Value: "30", Label: "30 days"},
		{Value: "90", Label: "90 days"},
		{Value: "365", Label: "1 year"},
		{Value: "never", Label: "No end"},
	}
}

// roleWords says what a role means.
func roleWords(r access.Role) string {
	switch r {
	case access.Admin:
		return "Admin: you run Admit and may do everything"
	case access.Auditor:
		return "Auditor: you read everything and change nothing"
	case access.Member:
		return "Member: you ask, and decide where an owner names you"
	}
	return string(r)
}

func liveTokens(all []store.Token, now time.Time) []store.Token {
	var live []store.Token
	for _, t := range all {
		if t.RevokedAt == nil && (t.ExpiresAt == nil || t.ExpiresAt.After(now)) {
			live = append(live, t)
		}
	}
	return live
}

// at is a time that may be missing; the zero time is shown as never, or as no
// end.
func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
