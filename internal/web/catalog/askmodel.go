package catalog

import (
	"strings"

	"admit/internal/access"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

// askView is the form that asks.
type askView struct {
	things []thing
	admin  bool // may ask for somebody else

	reason, person       string
	length, number, unit string
	wrong                part.Mistakes
}

// thing is one resource asked for.
type thing struct {
	inventoryView
	reviewers []access.User // without the one who asks
	level     string
}

func (t thing) field() string      { return "thing-" + t.ID }
func (t thing) levelField() string { return "level-" + t.ID }

func (w askView) ok() bool { return len(w.wrong.Summary()) == 0 }

func (w askView) title() string {
	if len(w.things) == 1 {
		return "Ask for " + w.things[0].Name
	}
	return "Ask for " + ui.Plural(len(w.things), "resource")
}

func (w askView) shell() ui.Shell {
	return ui.Shell{Title: w.title(), Active: ui.NavCatalog, Crumbs: []ui.Link{{Label: "Catalog", URL: "/catalog"}}}
}

// src is the URL of this form.
func (w askView) src() string {
	ids := make([]string, len(w.things))
	for i, t := range w.things {
		ids[i] = "resource=" + t.ID
	}
	return "/request/new?" + strings.Join(ids, "&")
}

func (w askView) thingField(t thing) ui.Field {
	return ui.Field{Name: t.field(), Label: t.Name, Error: w.wrong.Of(t.field())}
}

func (w askView) level(t thing) ui.Radio {
	r := ui.Radio{
		Field: ui.Field{Name: t.levelField(), Label: "Access level of " + t.Name, Required: true, Error: w.wrong.Of(t.levelField())},
		Value: t.level, Inline: true,
	}
	for _, l := range t.Levels {
		r.Options = append(r.Options, ui.Option{Value: l.ID, Label: l.Name})
	}
	return r
}

func (w askView) reasonField() ui.Field {
	return ui.Field{
		Name: "reason", Label: "Reason", Required: true, Error: w.wrong.Of("reason"),
		Help: "Why you need it. One sentence is enough; reviewers and auditors read it.",
	}
}

func (w askView) lengthField() ui.Field {
	return ui.Field{Name: "length", Label: "How long", Required: true, Help: "It starts when it is approved.", Error: w.wrong.Of("length")}
}

func (w askView) numberField() ui.Field {
	return ui.Field{Name: "number", Label: "Another length", Error: w.wrong.Of("number"), Help: "If you fill this in, it counts instead of the choice above."}
}

func (w askView) personField() ui.Field {
	return ui.Field{Name: "person", Label: "For somebody else", Error: w.wrong.Of("person"), Help: "Their e-mail address. Empty: for yourself."}
}

// problems lists what is wrong, in the order of the form.
func (w askView) problems() []ui.Problem {
	var fields []ui.Field
	for _, t := range w.things {
		fields = append(fields, w.thingField(t), w.level(t).Field)
	}
	return w.wrong.Summary(append(fields, w.reasonField(), w.lengthField(), w.numberField(), w.personField())...)
}

// decided says who decides on a resource.
func (t thing) decided() string {
	switch {
	case t.AutoApprove:
		return "Approved at once, by policy: nobody needs to review it."
	case len(t.reviewers) == 0:
		return "Nobody but you reviews this: an admin of Admit has to decide."
	}
	const most = 4
	names := make([]string, 0, most)
	for _, u := range t.reviewers[:min(most, len(t.reviewers))] {
		names = append(names, u.Name())
	}
	text := strings.Join(names, ", ")
	if n := len(t.reviewers) - most; n > 0 {
		return "Decided by " + text + " or " + ui.Plural(n, "other") + "."
	}
	if n := len(names); n > 1 {
		text = strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return "Decided by " + text + "."
}
