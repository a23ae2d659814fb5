package access

import (
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// A User is a person. A deleted user keeps its row, so that what happened stays
// readable and removals can be carried through.
type User struct {
	ID        string
	Email     string // lower case, unique among users that are not deleted
	FirstName string
	LastName  string
	Position  string // job title
	Role      Role
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time
}

// Name is how people are shown: their name, or their e-mail if they have none.
func (u User) Name() string {
	if name := strings.TrimSpace(u.FirstName + " " + u.LastName); name != "" {
		return name
	}
	return u.Email
}

// Role is what a user may do everywhere. What they may do on one resource comes
// from owners; see Relation.
type Role string

// The roles.
const (
	Admin   Role = "admin"   // everything
	Auditor Role = "auditor" // reads everything, changes nothing
	Member  Role = "member"  // asks, and decides where an owner names them
)

// Roles lists every role, the strongest first.
var Roles = []Role{Admin, Auditor, Member}

// A Group is a named set of users. An owner can take its users from a group.
type Group struct {
	ID          string
	Name        string
	Description string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// An Owner is a named, ordered list of users. The order is the order in which
// they are asked. Owners administer apps and resources and review requests.
type Owner struct {
	ID            string
	Name          string
	Description   string
	SourceGroupID *string // users follow this group, if set
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// NormalEmail returns an e-mail address in the form that is stored and
// compared, or a problem in words.
func NormalEmail(s string) (email, problem string) {
	const wrong = "must be an e-mail address such as josh@example.com"
	if !utf8.ValidString(s) { // before ToLower, which would mend it
		return "", wrong
	}
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return "", "is required"
	}
	addr, err := mail.ParseAddress(s)
	if err != nil || addr.Address != s || len(s) > 254 || strings.ContainsAny(s, " \"<>") {
		return "", wrong
	}
	return s, ""
}
