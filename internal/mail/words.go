package mail

import "cmp"

// DonePage asks somebody who has no account in an app's ticket system to make a
// change, and gives them a page to say that it is made. Programs of mail servers
// follow links to look for harm, so opening the link must use nothing up.
type DonePage struct {
	Task   string // what must be so: "Make sure josh@example.com HAS My Role in Payroll"
	App    string
	Ticket string // its identifier
	Link   string // works once
	Until  string // and until then
}

// Message words the mail.
func (d DonePage) Message(id, to string) Message {
	return letter{
		Subject: d.Ticket + ": " + d.Task,
		Opening: "You are asked to make a change in " + d.App + ".",
		Task:    d.Task,
		Facts:   []fact{{"App", d.App}, {"Ticket", d.Ticket}},
		Asking:  "When it is so, or if it cannot be done, say it here:",
		Link:    d.Link,
		Button:  "Say how it went",
		Closing: []string{
			"If it is so already, say that it is done too.",
			"You need no account for this. The link works once, until " + d.Until + ".",
			"It is meant for you alone: do not pass this mail on.",
		},
	}.message(id, to)
}

// Reminder says that a ticket has waited for long.
type Reminder struct {
	Task   string
	App    string
	Ticket string
	Waited string // for how long: "3 days"
	Link   string // where the ticket is
}

// Message words the mail.
func (r Reminder) Message(id, to string) Message {
	return letter{
		Subject: r.Ticket + " has waited for " + r.Waited + ": " + r.Task,
		Opening: "Ticket " + r.Ticket + " has waited for " + r.Waited + ".",
		Task:    r.Task,
		Facts:   []fact{{"App", r.App}, {"Ticket", r.Ticket}},
		Asking:  "When it is so, mark the ticket as done. If it cannot be done, close it and say why:",
		Link:    r.Link,
		Button:  "Open " + r.Ticket,
		Closing: []string{"If you have just done so, there is nothing left to do."},
	}.message(id, to)
}

// Escalation tells an admin that a ticket is late.
type Escalation struct {
	Task     string
	App      string
	Ticket   string
	Assignee string // who has it; "" for nobody
	Since    string // since when: "27 November 2026 09:00 UTC"
	Link     string // where Admit shows it
}

// Message words the mail.
func (e Escalation) Message(id, to string) Message {
	return letter{
		Subject: e.Ticket + " is late: " + e.Task,
		Opening: "Ticket " + e.Ticket + " is late. The change it asks for is not made.",
		Task:    e.Task,
		Facts:   []fact{{"App", e.App}, {"Ticket", e.Ticket}, {"Assigned to", cmp.Or(e.Assignee, "nobody")}, {"Open since", e.Since}},
		Asking:  "Ask who has it, or give it to somebody else:",
		Link:    e.Link,
		Button:  "Show " + e.Ticket + " in Admit",
		Closing: []string{"You get this mail because you are an admin."},
	}.message(id, to)
}
