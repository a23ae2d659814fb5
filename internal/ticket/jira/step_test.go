package jira

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

// offers is a Jira that offers these steps for every issue.
func offers(t *testing.T, steps string) *Provider {
	t.Helper()
	return faked(t, func(*http.Request) string { return `{"transitions":[` + steps + `]}` })[0]
}

// screen is a screen with the field Resolution.
func screen(required, resolutions string) string {
	return `,"fields":{"resolution":{"required":` + required + `,"allowedValues":[` + resolutions + `]}}`
}

func step(id, name, status, category, fields string) string {
	return `{"id":"` + id + `","name":"` + name + `","to":{"id":"1","name":"` + status + `","statusCategory":{"key":"` + category + `"}}` + fields + `}`
}

// TestWayTo chooses among the steps of a workflow.
func TestWayTo(t *testing.T) {
	t.Parallel()
	const yes, no, odd = `{"id":"1","name":"Done"}`, `{"id":"2","name":"Won't Do"}`, `{"id":"3","name":"Deferred"}`
	const more = `,"fields":{"customfield_1":{"required":true}}`
	plain := step("11", "Close", "Closed", done, "")
	for name, c := range map[string]struct{ steps, yes, no string }{
		"no step":                   {"", "", ""},
		"steps that end nothing":    {step("11", "Start", "In Progress", inProgress, ""), "", ""},
		"a plain end":               {plain, `{"transition":{"id":"11"}}`, ""},
		"an end that says yes":      {plain + "," + step("21", "Finish", "Done", done, ""), `{"transition":{"id":"21"}}`, ""},
		"an end that says no":       {step("21", "Refuse", "Won't Do", done, ""), "", `{"transition":{"id":"21"}}`},
		"an end that may say no":    {step("21", "Refuse", "Rejected by CAB", done, ""), "", ""},
		"a step that may say no":    {step("21", "Cancel request", "Closed", done, ""), "", ""},
		"a step that asks for more": {step("21", "Finish", "Done", done, more), "", ""},
		"a step that is not open":   {step("21", "Finish", "Done", done, `,"isAvailable":false`), "", ""},
		"resolutions": {
			plain + "," + step("21", "Close", "Closed", done, screen("true", odd+","+no+","+yes)),
			`{"fields":{"resolution":{"id":"1"}},"transition":{"id":"21"}}`, `{"fields":{"resolution":{"id":"2"}},"transition":{"id":"21"}}`,
		},
		"an end that says yes, with resolutions": {
			step("21", "Close", "Closed", done, screen("true", yes)) + "," + step("31", "Finish", "Done", done, screen("true", yes)),
			`{"fields":{"resolution":{"id":"1"}},"transition":{"id":"31"}}`, "",
		},
		"no resolution that is known":             {step("21", "Finish", "Done", done, screen("true", odd)), "", ""},
		"no resolution that is known, or needed":  {step("21", "Finish", "Done", done, screen("false", odd)), `{"transition":{"id":"21"}}`, ""},
		"a status that says no, with resolutions": {step("21", "Refuse", "Won't Do", done, screen("true", yes)), "", ""},
	} {
		for wanted, want := range map[ticket.Outcome]string{ticket.Yes: c.yes, ticket.No: c.no} {
			got, err := offers(t, c.steps).wayTo(t.Context(), wireIssue{ID: "7"}, wanted)
			if want == "" {
				if !ticket.IsRefusal(err) {
					t.Errorf("%s: to %s leads %v, %v; want a refusal", name, wanted, got, err)
				}
				continue
			}
			sent, _ := json.Marshal(got)
			if diff := cmp.Diff(want, string(sent)); diff != "" || err != nil {
				t.Errorf("%s: to %s: %v\n%s", name, wanted, err, diff)
			}
		}
	}
}

// TestSays knows a comment again, whatever Jira made of its form.
func TestSays(t *testing.T) {
	t.Parallel()
	const said = "Done by **Carol**.\nSee Admit."
	for name, c := range map[string]struct {
		f      flavour
		stored string
		want   bool
	}{
		"as it was sent": {cloud(), `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[
			{"type":"text","text":"Done by "},{"type":"text","text":"Carol","marks":[{"type":"strong"}]},{"type":"text","text":"."},
			{"type":"hardBreak"},{"type":"text","text":"See Admit."}]}]}`, true},
		"in other nodes": {cloud(), `{"type":"doc","version":1,"content":[{"type":"paragraph","attrs":{"localId":"x"},"content":[
			{"type":"text","text":"Done by Carol."}]},{"type":"paragraph","content":[{"type":"text","text":"See Admit."}]}]}`, true},
		"another text": {cloud(), `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Done by Dave."}]}]}`, false},
		"nothing":      {cloud(), `null`, false},
		"wiki markup":  {dataCenter(), `"Done by *Carol*.\r\nSee Admit."`, true},
		"other markup": {dataCenter(), `"Done by Carol"`, false},
	} {
		w := wireIssue{Fields: wireFields{Comment: wireComments{Comments: []wireComment{{Body: json.RawMessage(`"Hello"`)}, {Body: json.RawMessage(c.stored)}}}}}
		if got := w.says(c.f.fitted(said)); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
