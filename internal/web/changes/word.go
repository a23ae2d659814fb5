package changes

import (
	"cmp"
	"time"

	"github.com/a-h/templ"

	"admit/internal/access"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// look is how a dialog looks.
type look struct {
	title    string
	text     []string // the consequence
	fields   []ui.Field
	controls templ.Component
	yes      ui.Button
}

// url is where the dialog is, and where its form goes.
func (f *form) url() string { return part.WayURL(f.change.ID, string(f.way), f.next) }

// back is where one goes without doing anything.
func (f *form) back() string { return site.Local(f.next, part.ChangeURL(f.change.ID)) }

// person is whose access it is about.
func (f *form) person() string { return cmp.Or(f.change.UserName, f.change.UserEmail) }

// thing is what it is about.
func (f *form) thing() string { return part.What(f.change.AccessChange) + " in " + f.change.AppName }

// reason is the control that all words about a change need.
func (f *form) reason(help string) ui.Textarea {
	return ui.Textarea{
		Field: ui.Field{Name: "reason", Label: "Why", Required: true, Error: f.wrong.Of("reason"), Help: help},
		Value: f.in.Get("reason"),
	}
}

// asks is a dialog that asks for a reason only.
func (f *form) asks(title, help string, yes ui.Button, text ...string) {
	r := f.reason(help)
	f.look = look{title: title, text: text, fields: []ui.Field{r.Field}, controls: ui.TextareaField(r), yes: yes}
}

func attestForm(_ *site.Visit, f *form) error {
	f.asks("It is so: "+part.Sought(f.change.AccessChange)+"?", "How you know. It stands in the events.",
		ui.Button{Label: "It is so", Variant: ui.Primary, Busy: "Recording…"},
		"You say that this is so now, whatever its ticket says. It is recorded as complete, by your word.")
	return nil
}

func attest(v *site.Visit, f *form) (string, error) {
	return "Recorded as complete, by your word.", v.Propagation.AttestChange(v.R.Context(), v.Actor, f.change.ID, f.in.Get("reason"))
}

func disputeForm(v *site.Visit, f *form) error {
	text := "You say that " + f.person() + " does not have " + f.thing() + ", although it is recorded as complete."
	switch {
	case f.change.Direction == access.ToRemove:
		text = "You say that " + f.person() + " still has " + f.thing() + ", although it is recorded as taken away."
	case f.change.UserID == v.Actor.UserID:
		text = "You say that you do not have " + f.thing() + ", although it is recorded as complete."
	}
	f.asks("It is not so?", "What you see. Whoever looks at it reads this first.", ui.Button{Label: "It is not so", Variant: ui.Danger, Busy: "Sending…"},
		text, "The green mark goes, and an admin of "+f.change.ResourceName+" decides what becomes of it.")
	return nil
}

func dispute(v *site.Visit, f *form) (string, error) {
	return "It does not count as done any more. An admin of " + f.change.ResourceName + " has to look.",
		v.Propagation.DisputeChange(v.R.Context(), v.Actor, f.change.ID, f.in.Get("reason"))
}

// untilDay is the choice of a day that is entered.
const untilDay = "day"

func giveUpForm(v *site.Visit, f *form) error {
	if f.change.Direction == access.ToGrant {
		f.asks("Give this up?", "It stands in the events.", ui.Button{Label: "Give up", Variant: ui.Danger, Busy: "Giving up…"},
			f.person()+" does not get "+f.thing()+". What gave it to them, a request or an admin, ends with it: to have it, they ask again.")
		return nil
	}
	reason := f.reason("Why this risk can be taken. A second person reads it, and so does an auditor.")
	until, day := f.until(v.Now)
	f.look = look{
		title: "Give this removal up for a time?", fields: []ui.Field{reason.Field, until.Field, day.Field}, controls: keepFields(reason, until, day),
		yes: ui.Button{Label: "Ask a second person to agree", Variant: ui.Danger, Busy: "Asking…"},
		text: []string{
			f.person() + " keeps " + f.thing() + " for that time, although it is not wanted any more.",
			"That is a risk: somebody else than you, and than " + f.person() + ", must agree. Until they do, the removal needs attention as before.",
		},
	}
	return nil
}

// until are the controls for the end of a removal that is given up. Each choice
// names its consequence.
func (f *form) until(now time.Time) (ui.Radio, ui.Input) {
	radio := ui.Radio{
		Field: ui.Field{Name: "until", Label: "Until", Required: true}, Value: cmp.Or(f.in.Get("until"), "30"),
		Options: []ui.Option{
			{Value: "30", Label: "30 days"}, {Value: "90", Label: "90 days"}, {Value: "180", Label: "180 days"}, {Value: "365", Label: "A year"},
		},
	}
	for i := range radio.Options {
		o := &radio.Options[i]
		o.Help = "The removal comes back on " + lastMoment(now.AddDate(0, 0, days[o.Value])).Format("2 January 2006") + "."
	}
	radio.Options = append(radio.Options, ui.Option{Value: untilDay, Label: "Until a day", Help: "The removal comes back at the end of that day, UTC."})
	day := ui.Input{Field: ui.Field{Name: "day", Label: "Last day", Help: "For “Until a day”. At most a year from now."}, Type: "date", Value: f.in.Get("day")}
	if radio.Value == untilDay {
		day.Error = f.wrong.Of("until")
	} else {
		radio.Error = f.wrong.Of("until")
	}
	return radio, day
}

// days are the choices for how long a removal can be given up.
var days = map[string]int{"30": 30, "90": 90, "180": 180, "365": 365}

// lastMoment is the end of a day.
func lastMoment(t time.Time) time.Time {
	return t.UTC().Truncate(24 * time.Hour).Add(24*time.Hour - time.Second)
}

// end returns the end that was entered; nil if none was.
func (f *form) end(now time.Time) (*time.Time, error) {
	choice, entered := f.in.Get("until"), f.in.Get("day")
	n, ok := days[choice]
	switch {
	case ok && entered != "":
		return nil, access.Problems{"until": "has a day beside it: choose “Until a day”, or clear the day"}.Err()
	case ok:
		end := lastMoment(now.AddDate(0, 0, n))
		return &end, nil
	case choice != untilDay:
		return nil, access.Problems{"until": "must be one of the choices"}.Err()
	}
	day, err := time.Parse(time.DateOnly, entered)
	if err != nil {
		return nil, access.Problems{"until": "needs a day"}.Err()
	}
	end := lastMoment(day)
	return &end, nil
}

func giveUp(v *site.Visit, f *form) (string, error) {
	ctx, reason := v.R.Context(), f.in.Get("reason")
	if f.change.Direction == access.ToGrant {
		return "Given up: the access is not wanted any more.", v.Propagation.GiveUp(ctx, v.Actor, f.change.ID, reason, nil)
	}
	end, err := f.end(v.Now)
	if err != nil {
		return "", err
	}
	return "A second person must agree now. The removal comes back on " + end.Format("2 January 2006") + " if they do.",
		v.Propagation.GiveUp(ctx, v.Actor, f.change.ID, reason, end)
}
