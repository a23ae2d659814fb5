package ticketform

import (
	"net/url"

	"admit/internal/access"
	"admit/internal/inventory"
)

// The names of the controls. They are those under which the use cases report
// mistakes.
const (
	fieldEnabled      = "tickets.enabled"
	fieldProvider     = "tickets.provider_id"
	fieldProject      = "tickets.project_id"
	fieldOnGrant      = "tickets.on_grant"
	fieldOnRemoval    = "tickets.on_removal"
	fieldInstructions = "tickets.instructions"
	fieldShown        = "tickets.shown" // the controls below the switch were there
)

// Input is what the controls hold.
type Input struct {
	Enabled, OnGrant, OnRemoval bool
	ProviderID, ProjectID       string
	Instructions                string

	was access.TicketPolicy // as stored
}

// Stored is the input of a form that shows a policy as it is.
func Stored(p access.TicketPolicy) Input {
	in := Input{
		Enabled: p.TicketsEnabled, OnGrant: p.TicketsOnGrant, OnRemoval: p.TicketsOnRemoval,
		ProjectID: p.TicketProjectID, Instructions: p.TicketInstructions, was: p,
	}
	if p.TicketProviderID != nil {
		in.ProviderID = *p.TicketProviderID
	}
	return in
}

// Suggested is the input of a form that shows another policy than the one that
// is stored: a resource begins with what its app says.
func Suggested(p, stored access.TicketPolicy) Input {
	in := Stored(p)
	in.was = stored
	return in
}

// Read returns what was posted. Controls that were not shown, since the switch
// was off, keep what is stored.
func Read(form url.Values, was access.TicketPolicy) Input {
	in := Stored(was)
	in.Enabled = form.Has(fieldEnabled)
	if !form.Has(fieldShown) {
		return in
	}
	in.OnGrant, in.OnRemoval = form.Has(fieldOnGrant), form.Has(fieldOnRemoval)
	in.ProviderID, in.ProjectID = form.Get(fieldProvider), form.Get(fieldProject)
	in.Instructions = form.Get(fieldInstructions)
	return in
}

// moved reports whether another provider was chosen than the stored one.
func (in Input) moved() bool {
	return in.was.TicketProviderID == nil || in.ProviderID != *in.was.TicketProviderID
}

// Patch is the change the input asks for. name is that of the project, "" to
// keep the stored one.
func (in Input) Patch(name string) inventory.TicketPatch {
	p := inventory.TicketPatch{
		Enabled: &in.Enabled, OnGrant: &in.OnGrant, OnRemoval: &in.OnRemoval,
		ProviderID: &in.ProviderID, ProjectID: &in.ProjectID, Instructions: &in.Instructions,
	}
	if name != "" {
		p.ProjectName = &name
	}
	return p
}
