package tickettest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestToy runs the whole suite on a system that has everything.
func TestToy(t *testing.T) {
	t.Run("Run", func(t *testing.T) {
		Run(t, func(t *testing.T) Subject { return Behind(t, toySpec(toyBug()), startToy(t).system()).Subject })
	})
	t.Run("RunFaults", func(t *testing.T) {
		RunFaults(t, func(t *testing.T) FaultSubject { return Behind(t, toySpec(toyBug()), startToy(t).system()) })
	})
}

// TestSuiteCatches makes the toy's provider do one thing wrong after the other,
// each in a process of its own, and sees the suite fail where it should.
func TestSuiteCatches(t *testing.T) {
	t.Parallel()
	if toyBug() != "" {
		return
	}
	for bug, name := range map[string]string{
		"an empty answer is nothing":            "An_empty_answer_is_never_taken",
		"names are handed on":                   "Names_of_10_kB",
		"a part of an address is enough":        "A_person_is_found_by_the_exact",
		"unknown fields are ignored":            "A_field_that_is_not_there",
		"the key is cut off":                    "A_body_longer_than_the_system_takes",
		"a lost answer may be repeated":         "connection_lost",
		"a later failure hides the ticket":      "A_step_after_the_ticket_was_made",
		"what is unknown is done":               "An_end_nobody_knows",
		"our comment is work":                   "A_comment_arrives_once",
		"the newest twin comes first":           "Twins_with_one_key",
		"one call for one ticket":               "10,000_tickets_are_read",
		"paging by number":                      "10,000_changes_come",
		"no overlap":                            "A_change_that_the_search_shows_late",
		"closing twice tells twice":             "closing_again_gives",
		"a status is not offered":               "The_statuses_offered",
		"a ticket is never taken away":          "A_ticket_is_given_to_somebody_and_to_nobody",
		"giving a ticket away is told":          "A_ticket_is_given_to_somebody_and_to_nobody",
		"a refused assignee is not noticed":     "A_ticket_is_refused_to_somebody",
		"a refused assignee is not named":       "A_ticket_is_refused_to_somebody",
		"completing is closing":                 "A_ticket_that_is_completed_reads_as_done",
		"what has ended is done":                "Completing_a_ticket_that_has_ended",
		"what was said before is not looked at": "Completing_a_ticket_is_cut_short",
		"an empty secret signs":                 "A_delivery_names_its_ticket",
		"signatures are not looked at":          "A_wrong_or_missing_signature",
		"a webhook for each call":               "Setting_the_webhook_up_twice",
	} {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestToy$/^Run/"+name, "-test.v")
			cmd.Env = append(os.Environ(), "ADMIT_TOY_BUG="+bug)
			said, err := cmd.CombinedOutput()
			if err == nil || !hasFailed(string(said), name) {
				t.Errorf("the suite does not catch it: %v\n%s", err, failures(string(said)))
			}
		})
	}
}

// hasFailed reports whether the case with this name did.
func hasFailed(said, name string) bool { return strings.Contains(failures(said), name) }

// failures are the lines about cases that failed.
func failures(said string) string {
	var failed strings.Builder
	for line := range strings.Lines(said) {
		if strings.Contains(line, "--- FAIL") {
			failed.WriteString(line)
		}
	}
	return failed.String()
}
