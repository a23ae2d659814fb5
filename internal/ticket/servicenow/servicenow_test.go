package servicenow_test

import (
	"testing"

	"admit/internal/ticket/servicenow"
	"admit/internal/ticket/servicenow/servicenowtest"
	"admit/internal/ticket/tickettest"
)

// ways are the ways to file.
var ways = map[string]string{"incident": "incident", "task": "sc_task", "order": "catalog:" + servicenowtest.Item}

func subject(t *testing.T, project string) tickettest.FaultSubject {
	t.Helper()
	system, spec := servicenowtest.Start(t).SystemOf(t, project), servicenow.Spec()
	switch project {
	case ways["order"]:
		system.Edition = "order"
	case ways["task"]: // it goes the way of an incident: no record, and none of the long cases
		spec.Kind, system.Fill = "", nil
	}
	s := tickettest.Behind(t, spec, system)
	if project == ways["order"] {
		s.Calls = nil // a page with orders on it needs a second call; see TestCalls
	}
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, project := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tickettest.Run(t, func(t *testing.T) tickettest.Subject { return subject(t, project).Subject })
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, project := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tickettest.RunFaults(t, func(t *testing.T) tickettest.FaultSubject { return subject(t, project) })
		})
	}
}

func TestPage(t *testing.T) { tickettest.Page(t, "servicenow", servicenow.Spec()) }
