package jira

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// The categories of statuses. Their keys are the same in every language.
const (
	toDo       = "new"
	inProgress = "indeterminate"
	done       = "done"
)

// refusals are the resolutions and statuses that say that a ticket was not
// done, those that suit a ticket that is not wanted any more first.
var refusals = []string{
	"won't do", "wont do", "will not do", "not wanted", "withdrawn", "canceled", "cancelled", "declined", "rejected", "denied", "refused",
	"won't fix", "wont fix", "not done", "not needed", "not required", "not approved", "abandoned", "obsolete", "invalid", "duplicate",
	"cannot reproduce", "not a bug",
	"abgelehnt", "abgebrochen", "storniert", "zurückgewiesen", "wird nicht erledigt", "wird nicht behoben", "duplikat", "nicht reproduzierbar",
	"refusé", "annulé", "rejeté", "ne sera pas fait", "rechazado", "cancelado", "anulado", "rejeitado",
}

// successes are the resolutions that say that it was done.
var successes = []string{
	"done", "fixed", "completed", "complete", "resolved", "implemented", "granted",
	"erledigt", "fertig", "behoben", "terminé", "résolu", "corrigé", "hecho", "resuelto", "concluído",
}

// reads is the meaning of a resolution's or a status' name, "" for none.
func reads(name string) ticket.Outcome {
	name = plain(name)
	switch {
	case slices.Contains(refusals, name):
		return ticket.No
	case slices.Contains(successes, name):
		return ticket.Yes
	}
	return ""
}

func plain(name string) string {
	return strings.ToLower(strings.ReplaceAll(ticket.OneLine(name), "\u2019", "'"))
}

// grounds is what the outcome of an issue is read from. The resolution goes
// first, but for two cases: an issue in a status that is not over is open,
// because many workflows leave the resolution when an issue is opened again; and
// a status that says no is believed, because many set the same resolution in
// every status that is over.
func grounds(f wireFields) []ticket.Ground {
	over := f.Status.Category.Key == done
	status, category := statusGround(f.Status), categoryGround(f.Status.Category.Key)
	var list []ticket.Ground
	if f.Resolution != nil {
		resolution := resolutionGround(*f.Resolution)
		if !over {
			resolution.Outcome = ""
		}
		list = append(list, resolution)
	}
	if status.Outcome == ticket.No {
		list = slices.Insert(list, 0, status)
	} else {
		list = append(list, status)
	}
	list = append(list, category)
	if child, ok := childGround(f.Subtasks); ok && ticket.Outcomes(nil).Judge(list) == ticket.Yes {
		list = slices.Insert(list, 0, child)
	}
	return list
}

// resolutionGround reads a resolution. One that nobody has told the meaning of
// is for a person.
func resolutionGround(r named) ticket.Ground {
	g := ticket.Ground{Key: "resolution:" + string(r.ID), Name: r.word(), Outcome: reads(r.Name)}
	if g.Outcome == "" {
		g.Outcome = ticket.Unclear
	}
	return g
}

// statusGround reads a status. Without a word that says no, its category decides;
// one of an unknown category is for a person.
func statusGround(s wireStatus) ticket.Ground {
	g := ticket.Ground{Key: "status:" + string(s.ID), Name: line(s.Name)}
	switch s.Category.Key {
	case toDo, inProgress:
	case done:
		if reads(s.Name) == ticket.No {
			g.Outcome = ticket.No
		}
	default:
		g.Outcome = ticket.Unclear
	}
	return g
}

func categoryGround(key string) ticket.Ground {
	switch key {
	case toDo:
		return ticket.Ground{Key: "category:new", Name: "To do", Outcome: ticket.Open}
	case inProgress:
		return ticket.Ground{Key: "category:indeterminate", Name: "In progress", Outcome: ticket.Open}
	case done:
		return ticket.Ground{Key: "category:done", Name: "Done", Outcome: ticket.Yes}
	}
	return ticket.Ground{Key: "category:none", Name: "No category", Outcome: ticket.Unclear}
}

// The grounds of an issue that is done while a sub-task is not.
var (
	childrenNo   = ticket.Ground{Key: "children:declined", Name: "A sub-task was not done", Outcome: ticket.Unclear}
	childrenOpen = ticket.Ground{Key: "children:open", Name: "A sub-task is still open", Outcome: ticket.Unclear}
)

// childGround tells what stands against an issue that reads as done. Jira shows
// of a sub-task its status, not its resolution.
func childGround(subtasks []wireIssue) (ticket.Ground, bool) {
	var list []ticket.Ground
	for _, child := range subtasks {
		status := child.Fields.Status
		switch {
		case statusGround(status).Outcome == ticket.No:
			return childrenNo, true
		case status.Category.Key != done:
			list = append(list, childrenOpen)
		}
	}
	if len(list) == 0 {
		return ticket.Ground{}, false
	}
	return list[0], true
}

// Statuses implements ticket.Lister: the resolutions of the site, and the
// statuses of a project or of all.
func (p *Provider) Statuses(ctx context.Context, project string) ([]ticket.Ground, error) {
	resolutions, err := all(func(at int) (page[named], error) { return p.resolutions(ctx, p.http, at) })
	if err != nil {
		return nil, err
	}
	statuses, err := p.statuses(ctx, project)
	if err != nil {
		return nil, err
	}
	var list []ticket.Ground
	for _, r := range resolutions {
		list = append(list, resolutionGround(r))
	}
	for _, s := range statuses {
		list = append(list, statusGround(s))
	}
	for _, key := range []string{toDo, inProgress, done} {
		list = append(list, categoryGround(key))
	}
	list = append(list, childrenNo, childrenOpen)
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(g ticket.Ground) bool {
		twice := seen[g.Key]
		seen[g.Key] = true
		return twice || strings.HasSuffix(g.Key, ":")
	}), nil
}

func (p *Provider) statuses(ctx context.Context, project string) ([]wireStatus, error) {
	if project == "" {
		list, _, err := do[[]wireStatus](ctx, p.http, ticket.Call{Path: p.api + "/status"})
		return list, err
	}
	if !isID(project) {
		return nil, refused(noProject)
	}
	type wireType struct {
		Statuses []wireStatus `json:"statuses"`
	}
	types, _, err := do[[]wireType](ctx, p.http, ticket.Call{Path: p.api + "/project/" + url.PathEscape(project) + "/statuses"})
	var list []wireStatus
	for _, t := range types {
		list = append(list, t.Statuses...)
	}
	return list, err
}
