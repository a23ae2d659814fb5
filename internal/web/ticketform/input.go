package ticketform

import (
	"net/url"
	"strings"

	"admit/internal/access"
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
	fieldType         = "tickets.type_id"
	fieldTitle        = "tickets.title"
	fieldBody         = "tickets.body"
	fieldOf           = "tickets.fields." // and the id of a field
	fieldShownFields  = "tickets.fields"  // the ids of the fields that were shown
	fieldSaveAnyway   = "tickets.save_anyway"
	fieldAssign       = "tickets.assign"
	fieldAssignTo     = "tickets.assign_to"
	fieldSchedule     = "tickets.schedule"
	fieldByHandToo    = "tickets.by_hand_too"
	fieldGroup        = "tickets.group"
	fieldShown        = "tickets.shown" // the controls below the switch were there
)

// Input is what the controls hold.
type Input struct {
	Enabled, OnGrant, OnRemoval bool
	ProviderID, ProjectID       string
	Instructions                string
	Type, Title, Body           string
	Values                      map[string]string // of the fields of the form, by id
	SaveAnyway                  bool              // whatever the preflight finds
	Who                         access.Fulfilment // UserID is the stored one while Person is ""
	Person                      string            // the e-mail of who gets the tickets, as it was entered

	was access.TicketPolicy // as stored
}

// Stored is the input of a form that shows a policy as it is.
func Stored(p access.TicketPolicy) Input {
	in := Input{
		Enabled: p.TicketsEnabled, OnGrant: p.TicketsOnGrant, OnRemoval: p.TicketsOnRemoval,
		ProjectID: p.TicketProjectID, Instructions: p.TicketInstructions, was: p,
		Type: p.TicketForm.TypeID, Title: p.TicketForm.Title, Body: p.TicketForm.Body, Values: map[string]string{},
		Who: p.Fulfilment,
	}
	for _, f := range p.TicketForm.Fields {
		in.Values[f.ID] = f.Value
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
	in.Type, in.Title, in.Body = form.Get(fieldType), form.Get(fieldTitle), form.Get(fieldBody)
	in.SaveAnyway = form.Has(fieldSaveAnyway)
	in.readWho(form)
	for _, id := range form[fieldShownFields] {
		in.Values[id] = strings.ReplaceAll(strings.Join(form[fieldOf+id], "\n"), "\r\n", "\n")
	}
	return in
}

// readWho reads who gets the tickets. What the chosen rule needs may not have been
// shown: without script, it is when the form comes back.
func (in *Input) readWho(form url.Values) {
	in.Who.Assign, in.Who.Group = access.AssignRule(form.Get(fieldAssign)), access.Grouping(form.Get(fieldGroup))
	in.Who.ByHandToo = form.Has(fieldByHandToo)
	if form.Has(fieldAssignTo) {
		in.Person, in.Who.UserID = form.Get(fieldAssignTo), ""
	}
	if form.Has(fieldSchedule) {
		in.Who.Schedule, in.Who.ScheduleName = form.Get(fieldSchedule), ""
	}
}

// elsewhere reports whether another project was chosen than the stored one.
func (in Input) elsewhere() bool { return in.moved() || in.ProjectID != in.was.TicketProjectID }

// moved reports whether another provider was chosen than the stored one.
func (in Input) moved() bool {
	return in.was.TicketProviderID == nil || in.ProviderID != *in.was.TicketProviderID
}
