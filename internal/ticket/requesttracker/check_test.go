package requesttracker

import (
	"net/http"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"/rt":           `{"Version":"5.0.3"}`,
		"/user/27":      `{"id":27,"Name":"admit","Timezone":"UTC"}`,
		"/users":        `{"items":[],"total":0}`,
		"/customfields": `{"items":[{"type":"customfield","Name":"AdmitKey","Type":"Freeform","MaxValues":"1","LookupType":"RT::Queue-RT::Ticket","Disabled":"0","UniqueValues":"0","Pattern":""}]}`,
		"/queue/3":      `{"id":3,"Name":"Access","Disabled":"0","_hyperlinks":[{"ref":"create","type":"ticket"}],"TicketCustomFields":[{"name":"AdmitKey"}]}`,
	}
	cases := []struct {
		name, path, from, to string // the answer to path has to in place of from
		field, says          string
	}{
		{name: "all is well"},
		{"another system", "/rt", `{"Version":"5.0.3"}`, `{"hello":"world"}`, "base_url", "REST 2.0"},
		{"no JSON", "/rt", `{"Version":"5.0.3"}`, `<html>`, "base_url", "REST 2.0"},
		{"time zone", "/user/27", "UTC", "America/New_York", "", "time zone"},
		{"no time zone", "/user/27", "UTC", "", "", "time zone"},
		{"search is ignored", "/users", `[]`, `[{"id":14,"Name":"root","EmailAddress":"root@example.com"}]`, "", "UserSummaryExtraInfo"},
		{"no key field", "/customfields", `"AdmitKey"`, `"Other"`, "key_field", "no custom field AdmitKey"},
		{"key field of something else", "/customfields", `RT::Queue-RT::Ticket`, `RT::User`, "key_field", "no custom field AdmitKey"},
		{"many values", "/customfields", `"MaxValues":"1"`, `"MaxValues":"0"`, "key_field", "Enter one value"},
		{"a choice", "/customfields", `Freeform`, `Select`, "key_field", "Enter one value"},
		{"unique", "/customfields", `"UniqueValues":"0"`, `"UniqueValues":"1"`, "key_field", "unique"},
		{"validation", "/customfields", `"Pattern":""`, `"Pattern":"^x"`, "key_field", "validation"},
		{"disabled queue", "/queue/3", `"Disabled":"0"`, `"Disabled":"1"`, "", "disabled"},
		{"no right to file", "/queue/3", `"create"`, `"history"`, "", "CreateTicket"},
		{"key field elsewhere", "/queue/3", `"AdmitKey"`, `"Other"`, "key_field", "does not apply"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := faked(t, func(r *http.Request) string {
				path := strings.TrimPrefix(r.URL.Path, "/REST/2.0")
				if path == c.path {
					return strings.Replace(good[path], c.from, c.to, 1)
				}
				return good[path]
			}, nil)
			findings, err := p.Check(t.Context(), "3")
			if err != nil {
				t.Fatal(err)
			}
			if c.says == "" {
				if len(findings) > 0 {
					t.Errorf("found %+v, want nothing", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Field != c.field || !strings.Contains(findings[0].Problem, c.says) {
				t.Errorf("found %+v, want %q about %q", findings, c.says, c.field)
			}
		})
	}
}
