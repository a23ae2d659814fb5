package ui

import (
	"cmp"
	"maps"
	"strings"

	"github.com/a-h/templ"
)

// Field is what every control of a form has. The element's id is ID, or Name.
type Field struct {
	Name     string
	ID       string
	Label    string
	Help     string
	Error    string // what is wrong; shown below the control
	Required bool
	Disabled bool
	Attrs    templ.Attributes
}

func (f Field) id() string { return cmp.Or(f.ID, f.Name) }

// attrs ties the control to its help and its error.
func (f Field) attrs() templ.Attributes {
	all := templ.Attributes{}
	var described []string
	if f.Help != "" {
		described = append(described, f.id()+"-help")
	}
	if f.Error != "" {
		described = append(described, f.id()+"-error")
		all["aria-invalid"] = "true"
	}
	if len(described) > 0 {
		all["aria-describedby"] = strings.Join(described, " ")
	}
	maps.Copy(all, f.Attrs)
	return all
}

// Input is a control of one line.
type Input struct {
	Field
	Type         string // "text" when empty
	Value        string
	Placeholder  string
	Autocomplete string
	Before       string // text joined to the front: "https://"
	After        string // text joined to the end: "days"
	Mono         bool
}

// Textarea is a control of several lines that grows with its text.
type Textarea struct {
	Field
	Value       string
	Placeholder string
	Mono        bool
}

// Option is one choice.
type Option struct {
	Value, Label string
	Help         string // radio groups only
	Group        string // selects only: neighbours of one group stand together
	Disabled     bool
}

// Select is a choice from a list. Empty, if set, is the text of the choice of
// nothing.
type Select struct {
	Field
	Value   string
	Empty   string
	Options []Option
}

// Check is a box to tick. Value is what is sent; "on" when empty.
type Check struct {
	Field
	Value   string
	Checked bool
}

// Choices is any number of choices from a list, shown in full. Each is sent by
// itself.
type Choices struct {
	Field
	Chosen  map[string]bool // by Option.Value
	Options []Option
}

// Radio is a choice shown in full.
type Radio struct {
	Field
	Value   string
	Options []Option
	Inline  bool // short choices side by side, such as durations
}

// Filter is the search and the choices above a list. It is a GET form, so that
// its state is in the URL; Target is the id of the list it filters.
type Filter struct {
	Action      string
	Query       string
	Placeholder string // "Search users"; "" shows no search
	Selects     []Select
	Target      string
}

// attrs let the list be replaced in place while one types. Without the script
// the form is sent as usual.
func (f Filter) attrs() templ.Attributes {
	if f.Target == "" {
		return nil
	}
	return templ.Attributes{
		"hx-get": f.Action, "hx-target": "#" + f.Target, "hx-select": "#" + f.Target, "hx-swap": "outerHTML",
		"hx-replace-url": "true", "hx-trigger": "submit, input delay:200ms", "hx-sync": "this:replace",
	}
}

// group is a run of neighbouring options with one heading.
type group struct {
	name    string
	options []Option
}

func (s Select) groups() []group {
	var all []group
	for _, o := range s.Options {
		if len(all) == 0 || all[len(all)-1].name != o.Group {
			all = append(all, group{name: o.Group})
		}
		last := &all[len(all)-1]
		last.options = append(last.options, o)
	}
	return all
}

// Problem is one mistake in a form: the id of the control and what is wrong.
type Problem struct{ ID, Text string }

// Problems collects what is wrong with fields, in their order, for an
// ErrorSummary.
func Problems(fields ...Field) []Problem {
	var all []Problem
	for _, f := range fields {
		if f.Error != "" {
			all = append(all, Problem{ID: f.id(), Text: f.Label + ": " + f.Error})
		}
	}
	return all
}
