package ticketform

import (
	"context"
	"slices"
	"strings"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/ticket"
	"admit/internal/web/site"
)

// Patch is the change the input asks for, after a preflight: what the provider
// lacks to file so is a mistake, unless it is to be saved anyway. Of a provider
// chosen anew the project and the type must be ones it lists: the lists one chose
// from may have been those of another.
func (in Input) Patch(v *site.Visit) (inventory.TicketPatch, error) {
	p := inventory.TicketPatch{
		Enabled: &in.Enabled, OnGrant: &in.OnGrant, OnRemoval: &in.OnRemoval,
		ProviderID: &in.ProviderID, ProjectID: &in.ProjectID, Instructions: &in.Instructions,
	}
	if !in.Enabled {
		return p, nil // the rest is kept as it is
	}
	who, err := in.who(v)
	if err != nil {
		return p, err
	}
	p.Fulfilment = &who
	if in.ProviderID == "" || in.ProjectID == "" {
		return p, nil // the use case says what is missing
	}
	ctx, stop := context.WithTimeout(v.R.Context(), 3*patience)
	defer stop()
	name, err := in.projectName(ctx, v)
	if err != nil {
		return p, err
	}
	if name != "" {
		p.ProjectName = &name
	}
	form, err := in.form(ctx, v)
	if err != nil {
		return p, err
	}
	p.Form = &form
	return p, in.preflight(ctx, v, form)
}

// who is who gets the tickets, with the person that was entered.
func (in Input) who(v *site.Visit) (access.Fulfilment, error) {
	who := in.Who
	if who.Assign == access.OnCall && who.ScheduleName == "" {
		who.ScheduleName = in.scheduleName(v)
	}
	if who.Assign != access.ToPerson || in.Person == "" {
		return who, nil
	}
	u, err := v.Inventory.UserByEmail(v.R.Context(), v.Actor, in.Person)
	switch access.CodeOf(err) {
	case access.NotFound:
		err = access.Problems{fieldAssignTo: "nobody in Admit has this e-mail address"}.Err()
	case access.Invalid:
		err = access.Problems{fieldAssignTo: "must be an e-mail address"}.Err()
	default:
	}
	who.UserID = u.ID
	return who, err
}

// scheduleName returns the name of the chosen schedule; its id if the on-call
// service does not tell.
func (in Input) scheduleName(v *site.Visit) string {
	if in.Who.Schedule == in.was.Fulfilment.Schedule {
		return in.was.Fulfilment.ScheduleName
	}
	ctx, stop := context.WithTimeout(v.R.Context(), patience)
	defer stop()
	found, err := v.Propagation.Schedules(ctx, v.Actor)
	if err != nil {
		return in.Who.Schedule
	}
	for _, s := range found {
		if s.ID == in.Who.Schedule {
			return s.Name
		}
	}
	return in.Who.Schedule
}

// projectName returns the name of the chosen project, "" to keep the stored one.
func (in Input) projectName(ctx context.Context, v *site.Visit) (string, error) {
	if !in.elsewhere() {
		return "", nil
	}
	projects, err := projectsOf(ctx, v, in.ProviderID)
	if err != nil {
		return "", unanswered(err, fieldProject)
	}
	i := slices.IndexFunc(projects, func(p ticket.Project) bool { return p.ID == in.ProjectID })
	if i < 0 {
		return "", access.Problems{fieldProject: "is not one of this ticket provider; choose again"}.Err()
	}
	return projects[i].Name, nil
}

// unanswered is the mistake of choosing what cannot be looked up now.
func unanswered(err error, field string) error {
	switch access.CodeOf(err) {
	case access.Unavailable:
		return access.Problems{field: "cannot be chosen now: " + troubleOf(err)}.Err()
	case access.NotFound:
		return access.Problems{fieldProvider: "does not exist any more"}.Err()
	default:
		return err
	}
}

// form is what tickets are to be filled in with. While the provider does not
// answer, what is stored stays.
func (in Input) form(ctx context.Context, v *site.Visit) (access.TicketForm, error) {
	f := access.TicketForm{TypeID: in.Type, Title: in.Title, Body: in.Body}
	types, fields, err := in.described(ctx, v)
	if access.CodeOf(err) == access.Unavailable && !in.elsewhere() && in.Type == in.was.TicketForm.TypeID {
		f.TypeName, f.Fields = in.was.TicketForm.TypeName, in.was.TicketForm.Fields
		return f, nil
	}
	if err != nil {
		return f, unanswered(err, fieldType)
	}
	for _, t := range types {
		if t.ID == in.Type {
			f.TypeName = t.Name
		}
	}
	for _, x := range fields {
		if value := in.Values[x.ID]; value != "" {
			f.Fields = append(f.Fields, access.TicketField{ID: x.ID, Name: x.Name, Entry: string(x.Entry), Value: value})
		}
	}
	return f, nil
}

// described asks the provider for the types of the project and the fields of the
// chosen one.
func (in Input) described(ctx context.Context, v *site.Visit) ([]ticket.Type, []ticket.FormField, error) {
	types, err := v.Propagation.Types(ctx, v.Actor, in.ProviderID, in.ProjectID)
	if err != nil || len(types) > 0 && in.Type == "" {
		return types, nil, err
	}
	fields, err := v.Propagation.Form(ctx, v.Actor, in.ProviderID, in.ProjectID, in.Type)
	return types, fields, err
}

// preflight asks the provider whether it can be filed so.
func (in Input) preflight(ctx context.Context, v *site.Visit, form access.TicketForm) error {
	if in.SaveAnyway {
		return nil
	}
	found, err := v.Propagation.CheckPolicy(ctx, v.Actor, in.policy(form))
	if err != nil {
		return err
	}
	var wrong access.Problems
	for _, f := range found {
		wrong.Add(at(f.Field), "%s", f.Problem)
	}
	return wrong.Err()
}

func (in Input) policy(form access.TicketForm) access.TicketPolicy {
	return access.TicketPolicy{
		TicketsEnabled: in.Enabled, TicketsOnGrant: in.OnGrant, TicketsOnRemoval: in.OnRemoval,
		TicketProviderID: &in.ProviderID, TicketProjectID: in.ProjectID, TicketForm: form,
	}
}

// at is the control a finding belongs to. What the account as a whole lacks
// belongs to the box that saves anyway.
func at(field string) string {
	switch {
	case field == "type":
		return fieldType
	case strings.HasPrefix(field, "fields."):
		return "tickets." + field
	}
	return fieldSaveAnyway
}
