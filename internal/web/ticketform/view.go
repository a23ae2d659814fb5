package ticketform

import (
	"github.com/a-h/templ"

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
	return ui.Field{Name: fieldProject, Label: f.Word, Required: true, Error: f.Mistakes.Of(fieldProject), Help: "Where the tickets are filed."}
}

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
