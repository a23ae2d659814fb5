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

const noCategory = "category:none"

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

// doubts are parts of the names of statuses that may say no: "Rejected by CAB".
var doubts = []string{
	"reject", "declin", "cancel", "denied", "deny", "refus", "abandon", "withdr", "abort", "fail", "duplicate", "obsolete", "invalid",
	"won't", "wont ", "will not", "not ", "no longer", "incomplete", "unresolved", "undone",
	"abgelehnt", "ablehn", "abgebroch", "storn", "zurück", "verworf", "nicht ", "annul", "rejet", "rechaz", "anulad", "rejeit", "recus",
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

// isDoubtful reports whether a name may say no.
func isDoubtful(name string) bool {
	name = plain(name)
	return slices.ContainsFunc(doubts, func(part string) bool { return strings.Contains(name, part) })
}

func plain(name string) string {
	return strings.ToLower(strings.ReplaceAll(ticket.OneLine(name), "\u2019", "'"))
}

// grounds is what the outcome of an issue is read from. The resolution of an
// issue that is not over says nothing: many workflows leave it when an issue is
// opened again. A status that says no is believed whatever the resolution,
// because many set the same one in every status that is over.
func grounds(f wireFields) []ticket.Ground {
	list := []ticket.Ground{statusGround(f.Status)}
	if f.Status.Category.Key == done {
		if f.Resolution != nil {
			list = append(list, resolutionGround(*f.Resolution))
		}
		if child, ok := childGround(f.Subtasks); ok {
			list = append(list, child)
		}
	}
	return decisive(append(list, categoryGround(f.Status.Category.Key)))
}

// decisive puts first what says no, then what is for a person. When that is
// several, they are one ground: the meaning of one must not hide the others.
func decisive(list []ticket.Ground) []ticket.Ground {
	rank := map[ticket.Outcome]int{ticket.No: -2, ticket.Unclear: -1}
	slices.SortStableFunc(list, func(a, b ticket.Ground) int { return rank[a.Outcome] - rank[b.Outcome] })
	if list[0].Outcome != ticket.Unclear {
		return list
	}
	var keys, names []string
	for _, g := range list {
		if g.Outcome == ticket.Unclear && g.Key != noCategory {
			keys, names = append(keys, g.Key), append(names, g.Name)
		}
	}
	if len(keys) > 1 {
		both := ticket.Ground{Key: strings.Join(keys, "+"), Name: line(strings.Join(names, ", ")), Outcome: ticket.Unclear}
		list = slices.Insert(list, 0, both)
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
// one that may say no, or is of an unknown category, is for a person.
func statusGround(s wireStatus) ticket.Ground {
	g := ticket.Ground{Key: "status:" + string(s.ID), Name: line(s.Name)}
	switch s.Category.Key {
	case toDo, inProgress:
	case done:
		if g.Outcome = reads(s.Name); g.Outcome == ticket.Yes {
			g.Outcome = ""
		}
		if g.Outcome == "" && isDoubtful(s.Name) {
			g.Outcome = ticket.Unclear
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
	return ticket.Ground{Key: noCategory, Name: "No category", Outcome: ticket.Unclear}
}

// The grounds of an issue that is over while a sub-task is not, or was refused.
var (
	childrenNo   = ticket.Ground{Key: "children:declined", Name: "A sub-task was not done", Outcome: ticket.Unclear}
	childrenOpen = ticket.Ground{Key: "children:open", Name: "A sub-task is still open", Outcome: ticket.Unclear}
)

// childGround tells what stands against an issue that is over. Jira shows of a
// sub-task its status, not its resolution.
func childGround(subtasks []wireIssue) (worst ticket.Ground, ok bool) {
	for _, child := range subtasks {
		switch status := child.Fields.Status; {
		case status.Category.Key != done:
			worst, ok = childrenOpen, true
		case statusGround(status).Outcome != "":
			return childrenNo, true
		}
	}
	return worst, ok
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
		return nil, ticket.Refusal(noProject)
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
