package jira_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"admit/internal/ticket"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/jira/jiratest"
	"admit/internal/ticket/tickettest"
)

// kind is one of the two kinds of Jira, with a server of it.
type kind struct {
	name  string
	spec  ticket.Spec
	start func(t testing.TB) *jiratest.Server
}

func kinds() []kind {
	return []kind{
		{"Cloud", jira.Cloud(), func(t testing.TB) *jiratest.Server { return jiratest.Cloud(t, nil) }},
		{"DataCenter", jira.DataCenter(), jiratest.DataCenter},
	}
}

// each runs a test on a fresh server of each kind.
func each(t *testing.T, test func(t *testing.T, k kind, s *jiratest.Server)) {
	t.Helper()
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k, k.start(t))
		})
	}
}

func (k kind) open(t *testing.T, s *jiratest.Server) *jira.Provider {
	t.Helper()
	p, ok := tickettest.Open(t, k.spec, s.Settings()).(*jira.Provider)
	if !ok {
		t.Fatal("the provider is another one")
	}
	return p
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			tickettest.Run(t, func(t *testing.T) tickettest.Subject {
				return tickettest.Behind(t, k.spec, k.start(t).System(t)).Subject
			})
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			tickettest.RunFaults(t, func(t *testing.T) tickettest.FaultSubject {
				return tickettest.Behind(t, k.spec, k.start(t).System(t))
			})
		})
	}
}

// again is a subject for the suite to run a second time: its runs leave no
// record, and are spared the cases with many tickets.
func again(t *testing.T, spec ticket.Spec, system tickettest.System) tickettest.FaultSubject {
	t.Helper()
	spec.Kind, system.Fill = "", nil
	return tickettest.Behind(t, spec, system)
}

// TestRequests runs the suite on requests of Jira Service Management.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			tickettest.Run(t, func(t *testing.T) tickettest.Subject {
				return again(t, k.spec, k.start(t).DeskSystem(t)).Subject
			})
			tickettest.RunFaults(t, func(t *testing.T) tickettest.FaultSubject {
				return again(t, k.spec, k.start(t).DeskSystem(t))
			})
		})
	}
}

// TestOfficialSchema holds the provider and the fake to Atlassian's own
// description of the REST API v3.
func TestOfficialSchema(t *testing.T) {
	t.Parallel()
	contract := tickettest.OpenAPI(t, "jira-cloud-v3.openapi.json", usedOfCloud, mended)
	cloud := func(t *testing.T) *jiratest.Server {
		return jiratest.Cloud(t, func(next http.Handler) http.Handler { return contract.Hold(t, next) })
	}
	tickettest.Run(t, func(t *testing.T) tickettest.Subject {
		return again(t, jira.Cloud(), cloud(t).System(t)).Subject
	})
	t.Run("requests", func(t *testing.T) {
		s := cloud(t)
		p := tickettest.Open(t, jira.Cloud(), s.Settings())
		if _, err := p.Create(t.Context(), draftOf(jiratest.Desk, jiratest.Request)); err != nil {
			t.Error(err)
		}
	})
}

// mended is the description without what it gets wrong, as its own examples and
// words show: a field of an issue may be empty, the zone of a comment's times has
// no colon, an issue is assigned to null, and an answer 204 has no body.
func mended(doc *openapi3.T) {
	doc.Components.Schemas["User"].Value.Properties["accountId"].Value.Nullable = true
	doc.Components.Schemas["IssueBean"].Value.Properties["fields"].Value.AdditionalProperties.Schema.Value.Nullable = true
	for _, name := range []string{"created", "updated"} {
		doc.Components.Schemas["Comment"].Value.Properties[name].Value.Format = ""
	}
	for _, path := range doc.Paths.Map() {
		for _, operation := range path.Operations() {
			if none := operation.Responses.Value("204"); none != nil {
				none.Value.Content = nil
			}
		}
	}
}

// usedOfCloud keeps the paths that are used.
func usedOfCloud(path string) bool {
	path = strings.TrimPrefix(path, "/rest/api/3/")
	return slices.Contains([]string{
		"issue", "issue/bulkfetch", "issue/{issueIdOrKey}", "issue/{issueIdOrKey}/assignee", "issue/{issueIdOrKey}/comment",
		"issue/{issueIdOrKey}/transitions", "issue/createmeta/{projectIdOrKey}/issuetypes",
		"issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", "search/jql", "project/search", "project/{projectIdOrKey}",
		"project/{projectIdOrKey}/statuses", "user/search", "user/assignable/search", "myself", "mypermissions", "serverInfo", "status", "resolution/search",
	}, path)
}

func TestPage(t *testing.T) {
	t.Parallel()
	tickettest.Page(t, "jira-cloud", jira.Cloud())
	tickettest.Page(t, "jira-data-center", jira.DataCenter())
}

const key = "0123456789abcdef0123456789abcdef"

func draftOf(project, typ string) ticket.Draft {
	return ticket.Draft{
		Key: key, Project: project, Type: typ, Title: "Give Josh access",
		Body: "Make sure **josh@example.com HAS** *My Role* in *Payroll*.\n\n" + key,
	}
}
