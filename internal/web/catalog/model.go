package catalog

import (
	"cmp"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/request"
	"admit/internal/web/ui"
)

type inventoryView = inventory.ResourceView

type view struct {
	groups []group
	filter ui.Filter
	pager  ui.Pager
	sought bool // a filter is set
	admin  bool // may add what is missing
	topic  string
}

// group is an app with what one can ask for in it.
type group struct {
	name, text string
	rows       []row
}

type row struct {
	id, name, text string
	limits         string // how long, and who decides
	badges         []badge
	pending        string // the request that asks for it; "" if none
	ask            string // the label of the way to ask
}

type badge struct {
	tone        ui.Tone
	icon, label string
}

// standing is what a person has or asked for of one resource.
type standing struct {
	badges  []badge
	pending string
	held    bool
}

// mine says how one stands with each resource one has or asked for.
func mine(held []access.Holding, asked []request.View) map[string]standing {
	all := map[string]standing{}
	for _, h := range held {
		s := all[h.ResourceID]
		s.badges = append(s.badges, heldBadge(h))
		s.held = s.held || h.Wanted
		all[h.ResourceID] = s
	}
	for _, r := range asked {
		for _, i := range r.Items {
			s := all[i.ResourceID]
			s.pending = r.ID
			s.badges = append(s.badges, badge{ui.Warn, "clock", "Asked for" + level(i.LevelName)})
			all[i.ResourceID] = s
		}
	}
	return all
}

func heldBadge(h access.Holding) badge {
	switch access.MarkOf(h.Slot, h.Change) {
	case access.MarkInPlace, access.MarkRecorded:
		return badge{ui.Good, "check", "You have this" + level(h.LevelName)}
	case access.MarkRemoved:
		return badge{ui.Neutral, "user-minus", "Gone" + level(h.LevelName)}
	case access.MarkWaived:
		return badge{ui.Neutral, "lock-open", "Still there" + level(h.LevelName)}
	case access.MarkTicketOpen, access.MarkWaiting, access.MarkAttention:
	}
	if !h.Wanted {
		return badge{ui.Neutral, "clock", "Being taken away" + level(h.LevelName)}
	}
	return badge{ui.Warn, "ticket", "On its way" + level(h.LevelName)}
}

func level(name string) string {
	if name == "" {
		return ""
	}
	return ": " + name
}

func rowOf(r inventoryView, s standing) row {
	w := row{id: r.ID, name: r.Name, text: r.Description, limits: limits(r), badges: s.badges, pending: s.pending, ask: "Ask"}
	if s.held {
		w.ask = "Ask again"
	}
	return w
}

// limits says how long one may have a resource and who decides.
func limits(r inventoryView) string {
	var parts []string
	if r.MaxMinutes != nil {
		parts = append(parts, "At most "+ui.Duration(time.Duration(*r.MaxMinutes)*time.Minute))
	}
	switch {
	case r.AutoApprove:
		parts = append(parts, "Approved at once")
	case len(r.Reviewers) > 0:
		names := make([]string, len(r.Reviewers))
		for i, o := range r.Reviewers {
			names[i] = o.Name
		}
		parts = append(parts, "Decided by "+strings.Join(names, ", "))
	default:
		parts = append(parts, "Nobody reviews this yet")
	}
	return strings.Join(parts, ". ")
}

// help is the line below a resource's name.
func (r row) help() string {
	if r.text == "" {
		return r.limits + "."
	}
	text := strings.TrimRight(r.text, ". \n")
	return text + ". " + r.limits + "."
}

func compare(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }
