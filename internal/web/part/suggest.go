package part

import "github.com/a-h/templ"

// Suggest makes a field for an e-mail offer people as one types. url is that of
// a page that holds the PeopleList of this id for what is in the field.
func Suggest(url, id string) templ.Attributes {
	return templ.Attributes{
		"list": id, "hx-get": url, "hx-trigger": "input delay:200ms", "hx-target": "#" + id, "hx-select": "#" + id,
		"hx-swap": "outerHTML", "hx-sync": "this:replace", "hx-headers": `{"Admit-Refresh":"` + id + `"}`,
	}
}
