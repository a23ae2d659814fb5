package mail_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"admit/internal/mail"
	"admit/internal/mail/mailtest"
)

const (
	task = "Make sure josh@example.com HAS My Role in Payroll"
	link = "https://admit.example.com/done/abc?x=1&y=2"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		message       mail.Message
		subject, text string
	}{
		"done page": {
			mail.DonePage{Task: task, App: "Payroll", Ticket: "IT-12", Link: link, Until: "4 December 2026 09:00 UTC"}.Message("a-1", "ann@example.com"),
			"IT-12: " + task,
			`You are asked to make a change in Payroll.

    Make sure josh@example.com HAS My Role in Payroll

App: Payroll
Ticket: IT-12

When it is so, or if it cannot be done, say it here:

https://admit.example.com/done/abc?x=1&y=2

If it is so already, say that it is done too.
You need no account for this. The link works once, until 4 December 2026 09:00 UTC.
It is meant for you alone: do not pass this mail on.
`,
		},
		"reminder": {
			mail.Reminder{Task: task, App: "Payroll", Ticket: "IT-12", Waited: "3 days", Link: link}.Message("a-1", "ann@example.com"),
			"IT-12 has waited for 3 days: " + task,
			`Ticket IT-12 has waited for 3 days.

    Make sure josh@example.com HAS My Role in Payroll

App: Payroll
Ticket: IT-12

When it is so, mark the ticket as done. If it cannot be done, close it and say why:

https://admit.example.com/done/abc?x=1&y=2

If you have just done so, there is nothing left to do.
`,
		},
		"escalation": {
			mail.Escalation{Task: task, App: "Payroll", Ticket: "IT-12", Since: "20 November 2026 09:00 UTC", Link: link}.Message("a-1", "ann@example.com"),
			"IT-12 is late: " + task,
			`Ticket IT-12 is late. The change it asks for is not made.

    Make sure josh@example.com HAS My Role in Payroll

App: Payroll
Ticket: IT-12
Assigned to: nobody
Open since: 20 November 2026 09:00 UTC

Ask who has it, or give it to somebody else:

https://admit.example.com/done/abc?x=1&y=2

You get this mail because you are an admin.
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := mailtest.New(t, mailtest.Options{})
			if err := sender(t, server).Send(t.Context(), c.message); err != nil {
				t.Fatal(err)
			}
			got := server.Wait(t, 1)
			if got.To != "ann@example.com" || got.MessageID != "<a-1@example.com>" || got.Subject != c.subject {
				t.Errorf("%q to %s as %s", got.Subject, got.To, got.MessageID)
			}
			if got.Text != c.text {
				t.Errorf("the text is\n%s", got.Text)
			}
			saysTheSame(t, got.HTML, c.text)
		})
	}
}

// saysTheSame checks that the HTML has the words of the text, and its link.
func saysTheSame(t *testing.T, html, text string) {
	t.Helper()
	page, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	if href, _ := page.Find("a").Attr("href"); href != link {
		t.Errorf("the link is %q", href)
	}
	words := strings.Join(strings.Fields(page.Find("body").Text()), " ")
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != link && !strings.Contains(words, l) {
			t.Errorf("no %q in %q", l, words)
		}
	}
}

// TestHostileWords: names come from people, and must stay names.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	const evil = "x\r\nBcc: all@example.com\n\nhttps://evil.example\n<script>alert(1)</script><img src=//evil.example>\"' {{.Link}} \u202egpj"
	server := mailtest.New(t, mailtest.Options{})
	for i, m := range []mail.Message{
		mail.DonePage{Task: evil, App: evil, Ticket: evil, Link: link + "\n" + evil, Until: evil}.Message("a", "ann@example.com"),
		mail.Reminder{Task: evil, App: evil, Ticket: evil, Link: "javascript:alert(1)", Waited: evil}.Message("b", "ann@example.com"),
		mail.Escalation{Task: evil, App: evil, Ticket: evil, Link: "data:text/html,x", Since: evil, Assignee: evil}.Message("c", "ann@example.com"),
	} {
		if err := sender(t, server).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		got := server.Wait(t, i+1)
		if got.Header.Get("Bcc") != "" {
			t.Error("a header came out of a name")
		}
		for l := range strings.Lines(got.Text) {
			if strings.HasPrefix(l, "Bcc:") || strings.HasPrefix(l, "https://evil") {
				t.Errorf("a line of its own: %q", l)
			}
		}
		page, err := goquery.NewDocumentFromReader(strings.NewReader(got.HTML))
		if err != nil {
			t.Fatal(err)
		}
		if n := page.Find("script, img, link, style, iframe").Length(); n != 0 {
			t.Errorf("%d elements came out of a name: %s", n, got.HTML)
		}
		href, _ := page.Find("a").Attr("href")
		if page.Find("a").Length() != 1 || strings.HasPrefix(href, "javascript:") || strings.HasPrefix(href, "data:") {
			t.Errorf("the link is %q", href)
		}
		if strings.Contains(got.Text+got.HTML, "\u202e") {
			t.Error("a name may turn the direction of writing")
		}
	}
}
