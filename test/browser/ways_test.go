package browser

import (
	"testing"

	"admit/internal/testkit"
	"admit/internal/testkit/browser"
)

// TestWaysOut leads a removal out of its state in dialogs: somebody asks to give it
// up, somebody else agrees, and the row under the dialog says so without a reload.
func TestWaysOut(t *testing.T) {
	s := &story{T: t, server: demo(t, testkit.SQLite(t)), system: queue{}, browser: browser.Start(t)}
	s.removals("otto@example.com")
	const dialog = `document.querySelector("dialog[open] #dialog-content")`
	said := func(text string) string { return dialog + `?.innerText.includes("` + text + `")` }

	ana := s.as("Ana Ruiz")
	ana.Visit("/resources/" + s.bank().ID + "/users")
	ana.Click("Needs attention")
	ana.Until(said("Make sure that Otto Brandt does not have Bank files"))
	ana.Click("Send elsewhere")
	ana.Until(said("Send it elsewhere"))
	ana.Fill("provider_id", "") // the other choices follow at once
	ana.Until(dialog + ` && !document.querySelector("dialog[open] [name=project_id]")`)
	ana.Click("Back")
	ana.Until(said("Give up"))
	ana.Click("Give up")
	ana.Until(said("Give this removal up for a time?"))
	ana.Fill("reason", " ")
	ana.Click("Ask a second person to agree")
	ana.Until(said("Is required"))
	ana.Fill("reason", "The vendor is away.")
	ana.Click("Ask a second person to agree")
	ana.Until(said("Ana Ruiz asks to give this removal up"))
	ana.Check("a dialog of a change")

	ada := s.as("Ada Lind")
	ada.Visit("/work/attention")
	ada.Click("Needs attention")
	ada.Until(said("The vendor is away."))
	ada.Click("Agree")
	ada.Until(said("risk accepted"))
	ana.Until(said("risk accepted")) // by itself
	ana.Click("Close")
	ana.Until(`document.querySelector("#users .mark-waived")`)
}
