package ticketform

import (
	"strings"

	"github.com/a-h/templ"

	"admit/internal/access"
	"admit/internal/ticket"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

func (f Form) switchField() ui.Field {
	return ui.Field{
		Name: fieldEnabled, Label: "Create ticket to propagate access",
		Help:  "Each time somebody gets or loses access, Admit files a ticket and follows it until it is done.",
		Attrs: f.again("change", "#tickets"),
	}
}

func (f Form) providerField() ui.Field {
	return ui.Field{
		Name: fieldProvider, Label: "Ticket provider", Required: true, Error: f.Mistakes.Of(fieldProvider),
		Attrs: f.again("change", "#tickets"),
	}
}

func (f Form) projectField() ui.Field {
	return ui.Field{
		Name: fieldProject, Label: f.Word, Required: true, Error: f.Mistakes.Of(fieldProject), Help: "Where the tickets are filed.",
		Attrs: f.again("change", "#tickets"),
	}
}

func (f Form) typeField() ui.Field {
	return ui.Field{Name: fieldType, Label: "Type", Required: true, Error: f.Mistakes.Of(fieldType), Attrs: f.again("change", "#tickets")}
}

func (f Form) titleField() ui.Field {
	return ui.Field{
		Name: fieldTitle, Label: "Title", Error: f.Mistakes.Of(fieldTitle), Help: "Leave it empty for Admit's own.",
		Attrs: f.again("input delay:400ms", "#ticket-preview"),
	}
}

func (f Form) bodyField() ui.Field {
	return ui.Field{
		Name: fieldBody, Label: "Text", Error: f.Mistakes.Of(fieldBody),
		Help:  "Markdown. Leave it empty for Admit's own. The key that Admit finds the ticket by is added as the last line.",
		Attrs: f.again("input delay:400ms", "#ticket-preview"),
	}
}

func (f Form) saveAnywayField() ui.Field {
	return ui.Field{
		Name: fieldSaveAnyway, Label: "Save it all the same", Error: f.Mistakes.Of(fieldSaveAnyway),
		Help: "The preflight found what is missing. Saved like this, tickets may be refused until it is set right.",
	}
}

// lacking reports whether a preflight refused the form.
func (f Form) lacking() bool {
	if f.Mistakes.Of(fieldSaveAnyway) != "" || f.Mistakes.Of(fieldType) != "" || f.SaveAnyway {
		return true
	}
	for _, x := range f.More {
		if f.Mistakes.Of(fieldOf+x.ID) != "" {
			return true
		}
	}
	return false
}

// moreField is the control of a field of the provider's form.
func (f Form) moreField(x ticket.FormField) ui.Field {
	return ui.Field{
		Name: fieldOf + x.ID, Label: part.Capital(x.Name), Help: moreHelp(x), Required: x.Required, Error: f.Mistakes.Of(fieldOf + x.ID),
	}
}

func moreHelp(x ticket.FormField) string {
	help := map[ticket.Entry]string{
		ticket.Line: "May hold placeholders, see below.", ticket.Paragraph: "Markdown; may hold placeholders, see below.",
		ticket.Tags: "One a line.",
	}[x.Entry]
	return strings.TrimSpace(ticket.Clip(ticket.OneLine(x.Help), longestHelp) + " " + help)
}

const longestHelp = 200

// required and others are the two parts of a provider's form: the second may be
// left alone.
func (f Form) required() []ticket.FormField { return f.those(true) }

func (f Form) others() []ticket.FormField { return f.those(false) }

func (f Form) those(required bool) []ticket.FormField {
	var all []ticket.FormField
	for _, x := range f.More {
		if x.Required == required {
			all = append(all, x)
		}
	}
	return all
}

// filled counts the optional fields with a value or a mistake: with some, they
// are shown.
func (f Form) filled() int {
	n := 0
	for _, x := range f.others() {
		if f.Values[x.ID] != "" || f.Mistakes.Of(fieldOf+x.ID) != "" {
			n++
		}
	}
	return n
}

func options(x ticket.FormField) []ui.Option {
	all := make([]ui.Option, len(x.Options))
	for i, o := range x.Options {
		all[i] = ui.Option{Value: o.ID, Label: o.Name}
	}
	return all
}

// flags are the choices of a field that is true or false.
func flags() []ui.Option {
	return []ui.Option{{Value: "true", Label: "Yes"}, {Value: "false", Label: "No"}}
}

func chosen(value string) map[string]bool {
	all := map[string]bool{}
	for id := range strings.SplitSeq(value, "\n") {
		all[id] = true
	}
	return all
}

// placeholders are the names that may stand in a template, as they are written.
func placeholders() string { return "{{" + strings.Join(access.Placeholders, "}} {{") + "}}" }

func (f Form) grantField() ui.Field {
	problem := f.Mistakes.Of(fieldOnGrant)
	if problem != "" {
		problem = "Choose one or both. To file no tickets, switch them off."
	}
	return ui.Field{Name: fieldOnGrant, Label: "When access is given", Error: problem}
}

func (f Form) removalField() ui.Field {
	return ui.Field{Name: fieldOnRemoval, Label: "When access is removed", Help: "What is not ticked is only written down, as complete at once."}
}

func (f Form) instructionsField() ui.Field {
	return ui.Field{
		Name: fieldInstructions, Label: "How a change is made", Error: f.Mistakes.Of(fieldInstructions),
		Help:  "Stands in every ticket, for those who make the change: where to click, whom to ask.",
		Attrs: f.again("input delay:400ms", "#ticket-preview"),
	}
}

// again shows a part of the form anew, with what is entered, as one changes a
// control.
func (f Form) again(trigger, target string) templ.Attributes {
	if f.PreviewURL == "" {
		return nil
	}
	return templ.Attributes{
		"hx-post": f.PreviewURL, "hx-trigger": trigger, "hx-target": target, "hx-select": target, "hx-swap": "outerMorph",
		"hx-validate": "false", "hx-sync": "closest form:replace",
	}
}

// elsewhere makes a button send the form to another place than where it is
// saved, without the browser asking for what is still missing.
func elsewhere(url string) templ.Attributes {
	return templ.Attributes{"formaction": url, "formnovalidate": ""}
}
