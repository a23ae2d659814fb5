package access

// An Actor is who does something: a signed-in user, or Admit itself.
type Actor struct {
	UserID    string // "" for Admit itself
	Name      string
	Email     string
	Role      Role
	Via       string // "web", "api", "cli", "system"
	TokenName string // of the API token used, if any
}

// System is Admit itself, acting on a rule or a clock. It asks nobody's leave
// and never passes May: only code that acts for nobody uses it.
func System() Actor { return Actor{Name: "Admit", Via: "system"} }

// ActorFor returns the actor a user is when they come by way of via.
func ActorFor(u User, via string) Actor {
	return Actor{UserID: u.ID, Name: u.Name(), Email: u.Email, Role: u.Role, Via: via}
}

// ID returns the actor's user id, or nil for Admit itself.
func (a Actor) ID() *string {
	if a.UserID == "" {
		return nil
	}
	return &a.UserID
}
