package resources

import (
	"net/url"
	"strconv"
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ticketform"
	"admit/internal/web/ui"
)

// usersView is the Users tab.
type usersView struct {
	rows   []userRow
	filter ui.Filter
	pager  ui.Pager
	csv    string
	levels bool
	found  bool   // somebody is searched for
	note   string // what goes without a ticket
	now    time.Time

	noteTitle string
}

// userRow is one person, or one access level of a person.
type userRow struct {
	id     string
	person ui.Person
	level  string
	why    ui.Link
	reason string
	held   bool // there is a reason for it, which ends or not
	ends   time.Time
	mark   ui.MarkView
	ticket ui.TicketRef
	end    string // URL; "" when there is no end to change
	remove string // URL; "" when there is nothing to remove
}

func usersModel(v *site.Visit, t thing, f store.SlotFilter, found access.List[access.Holding], people map[string]string) usersView {
	view := usersView{
		filter: ui.Filter{Action: t.url() + "/users", Query: f.Search, Placeholder: "Search users", Target: "users"},
		pager:  part.Pager(v, found.Next, part.Shown(len(found.Items), "user", f.Page, found.Next)),
		csv:    part.CSVURL(v), found: f.Search != "", now: v.Now,
	}
	view.noteTitle, view.note = policyNote(t)
	for _, h := range found.Items {
		row := userRow{
			id: "slot-" + h.Slot.ID, person: part.Person(h.User, true), level: h.LevelName, why: part.Why(h, people),
			ends: part.Ends(h), mark: part.Opening(part.Mark(h, v.Now), h), ticket: part.Ticket(h),
		}
		if g := h.Ends(); g != nil {
			row.reason, row.held = g.Reason, true
		}
		if t.change && len(h.Grants) > 0 {
			row.remove = holderURL(h, "remove")
			if byHand(h) != nil {
				row.end = holderURL(h, "end")
			}
		}
		view.levels = view.levels || h.LevelName != ""
		view.rows = append(view.rows, row)
	}
	return view
}

// policyNote says what is only written down; nothing when all goes by ticket.
func policyNote(t thing) (title, text string) {
	p := t.policy()
	switch grant, removal := p.Files(access.ToGrant), p.Files(access.ToRemove); {
	case grant && removal:
		return "", ""
	case grant:
		return "Removals go without a ticket", "A removal is only written down here, as complete at once. Nobody is asked to make it."
	case removal:
		return "Giving access goes without a ticket", "It is only written down here, as complete at once. Nobody is asked to make it."
	}
	return "Tickets are off for this resource", ticketform.Off
}

func byHand(h access.Holding) *access.Grant {
	for i := range h.Grants {
		if h.Grants[i].Source == access.FromAdmin {
			return &h.Grants[i]
		}
	}
	return nil
}

// The choices of how long, in minutes; "" is without end, untilDay a day that is
// entered.
const untilDay = "day"

func endChoices(more *int) []ui.Option {
	all := []int{8 * 60, 7 * 24 * 60, 30 * 24 * 60, 90 * 24 * 60}
	var options []ui.Option
	for _, m := range all {
		if more != nil && *more <= m {
			if *more < m {
				options = append(options, minutesOption(*more))
			}
			more = nil
		}
		options = append(options, minutesOption(m))
	}
	if more != nil {
		options = append(options, minutesOption(*more))
	}
	return append(options, ui.Option{Value: untilDay, Label: "Until a day"}, ui.Option{Value: "", Label: "No end"})
}

func minutesOption(m int) ui.Option {
	return ui.Option{Value: strconv.Itoa(m), Label: ui.Duration(time.Duration(m) * time.Minute)}
}

// endInput is when access is to end, as it was entered.
type endInput struct {
	Ends, Until string
	was         string // the day as it was shown
}

// end returns the end, nil for none, or a problem.
func (in endInput) end(now time.Time) (end *time.Time, problem string) {
	switch {
	case in.Ends != untilDay && in.Until != "" && in.Until != in.was:
		return nil, "is for \u201cUntil a day\u201d only: choose that, or clear the day"
	case in.Ends == "":
		return nil, ""
	case in.Ends == untilDay:
		day, err := time.Parse(time.DateOnly, in.Until)
		if err != nil {
			return nil, "needs a day"
		}
		last := day.AddDate(0, 0, 1).Add(-time.Second)
		return &last, ""
	}
	m, err := strconv.Atoi(in.Ends)
	if err != nil || m < 1 || m > access.MaxDuration {
		return nil, "must be one of the choices"
	}
	at := now.Add(time.Duration(m) * time.Minute)
	return &at, ""
}

func usualEnd(r access.Resource) endInput {
	usual := r.RecommendedMinutes
	if usual == nil {
		usual = r.MaxMinutes
	}
	if usual == nil {
		return endInput{}
	}
	return endInput{Ends: strconv.Itoa(*usual)}
}

func storedEnd(h access.Holding) endInput {
	g := byHand(h)
	if g == nil || g.ExpiresAt == nil {
		return endInput{}
	}
	return endInput{Ends: untilDay, Until: g.ExpiresAt.UTC().Format(time.DateOnly)}
}

func endField(in endInput, more *int) ui.Radio {
	return ui.Radio{Field: ui.Field{Name: "ends", Label: "Ends after", Required: true}, Value: in.Ends, Inline: true, Options: endChoices(more)}
}

func untilField(in endInput, wrong part.Mistakes) ui.Input {
	return ui.Input{
		Field: ui.Field{Name: "until", Label: "Last day", Help: "For \u201cUntil a day\u201d. Access ends at the end of that day, UTC.", Error: wrong.Of("until")},
		Type:  "date", Value: in.Until,
	}
}

// addInput is what is entered to add somebody.
type addInput struct {
	Email, Level, Reason string
	Ends                 endInput
}

func (in addInput) end(now time.Time) (*time.Time, string) { return in.Ends.end(now) }

func readAdd(form url.Values) addInput {
	return addInput{
		Email: form.Get("email"), Level: form.Get("level"), Reason: form.Get("reason"),
		Ends: endInput{Ends: form.Get("ends"), Until: form.Get("until")},
	}
}

// addView is the form that adds somebody.
type addView struct {
	src    string
	email  ui.Input
	level  ui.Select // without options: the resource has no levels
	ends   ui.Radio
	until  ui.Input
	reason ui.Textarea
	wrong  []ui.Problem
	people []ui.Person
	note   string
}

func addModel(t thing, in addInput, wrong part.Mistakes, people []ui.Person) addView {
	src := t.url() + "/users/add"
	a := addView{src: src, people: people, ends: endField(in.Ends, usualMinutes(t.Resource)), until: untilField(in.Ends, wrong)}
	a.email = ui.Input{
		Field: ui.Field{
			Name: "email", Label: "Person", Required: true, Error: wrong.Of("email"), Help: "Type a name or an e-mail address, and choose.",
			Attrs: part.Suggest(src, "people"),
		},
		Value: in.Email, Autocomplete: "off",
	}
	for _, l := range t.Levels {
		a.level.Options = append(a.level.Options, ui.Option{Value: l.ID, Label: l.Name})
	}
	a.level.Field = ui.Field{Name: "level", Label: "Access level", Required: true, Error: wrong.Of("level")}
	a.level.Value, a.level.Empty = in.Level, "Choose a level"
	a.reason = ui.Textarea{Field: ui.Field{Name: "reason", Label: "Reason", Error: wrong.Of("reason"), Help: "For those who look at this later, and in the ticket."}, Value: in.Reason}
	a.wrong = wrong.Summary(a.email.Field, a.level.Field, a.until.Field, a.reason.Field)
	a.note = "When you add somebody by hand, the ticket " + ticketform.ByHand(t.policy()) + "."
	if !t.policy().Files(access.ToGrant) {
		a.note = "Tickets are off for this: it is only written down, and nobody is asked to make the change."
	}
	return a
}

func usualMinutes(r access.Resource) *int {
	if r.RecommendedMinutes != nil {
		return r.RecommendedMinutes
	}
	return r.MaxMinutes
}

// endView is the form that changes an end.
type endView struct {
	title, src string
	ends       ui.Radio
	until      ui.Input
	wrong      []ui.Problem
	note       string
}

func endModel(h access.Holding, in endInput, wrong part.Mistakes) endView {
	e := endView{
		title: "Change when the access of " + h.User.Name() + " ends", src: holderURL(h, "end"), ends: endField(in, nil),
		until: untilField(in, wrong), note: "When it ends, Admit has the access removed.",
	}
	if len(h.Grants) > 1 {
		e.note += " It was also given by request; it stays until the last of the two has ended."
	}
	e.wrong = wrong.Summary(e.until.Field)
	return e
}

// removeView asks before somebody is removed.
type removeView struct {
	title, src string
	text       []string
}

func removeModel(t thing, h access.Holding) removeView {
	r := removeView{title: "Remove " + h.User.Name() + " from " + t.Name + "?", src: holderURL(h, "remove")}
	switch {
	case h.Change != nil && h.Change.State.Live() && h.Change.Direction == access.ToGrant:
		r.text = append(r.text, "The access is not in place yet. Admit takes the open change back; if somebody has begun with it, a removal follows.")
	case t.policy().Files(access.ToRemove):
		r.text = append(r.text, "A ticket asks to take the access away, and "+ticketform.ByHand(t.policy())+". Until it is done, "+h.User.Name()+" stays listed with a removal pending.")
	default:
		r.text = append(r.text, "This is only written down: tickets are off for removals, so nobody is asked to take the access away in "+t.App.Name+".")
	}
	if len(h.Grants) > 1 {
		r.text = append(r.text, "There are several reasons for this access. All of them end.")
	}
	return r
}
