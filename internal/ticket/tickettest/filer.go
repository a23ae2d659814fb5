package tickettest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

func testCreate(t *testing.T, s Subject) {
	d := s.draft()
	d.Assignee = s.account(t)
	made, err := s.Provider.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for what, ok := range map[string]bool{
		"id":                  made.ID != "",
		"identifier":          made.Identifier != "",
		"address":             strings.HasPrefix(made.URL, "http") || strings.HasPrefix(made.URL, "/"),
		"project":             made.Project == s.Project,
		"key":                 made.Key == d.Key,
		"title":               made.Title == d.Title,
		"status":              made.Status != "",
		"outcome open":        made.Outcome == ticket.Open,
		"no work seen":        !made.WorkSeen,
		"assignee":            made.Assignee == d.Assignee,
		"closed by nobody":    made.ClosedBy == ticket.Account{},
		"time of creation":    !made.CreatedAt.IsZero(),
		"time of last change": !made.UpdatedAt.Before(made.CreatedAt),
	} {
		if !ok {
			t.Errorf("%s is wrong in %+v", what, made)
		}
	}
	if diff := cmp.Diff([]ticket.Snapshot{made}, s.find(t, d.Key)); diff != "" {
		t.Errorf("what is found is not what was made:\n%s", diff)
	}
	if body := s.Text(t, made.ID); !strings.Contains(body, d.Body) {
		t.Errorf("the body is %q, want %q in it", body, d.Body)
	}
}

func testCreateUnassigned(t *testing.T, s Subject) {
	if made := s.create(t, s.draft()); made.Assignee != (ticket.Account{}) {
		t.Errorf("assigned to %+v, want nobody", made.Assignee)
	}
}

func testCreateUnassignable(t *testing.T, s Subject) {
	if s.Unassignable == "" {
		return
	}
	acct, ok, err := s.Provider.Account(t.Context(), s.Project, s.Unassignable)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return // told in time
	}
	d := s.draft()
	d.Assignee = acct
	made, err := s.Provider.Create(t.Context(), d)
	if err != nil {
		if f := ticket.FailureOf(err); f.Certainty != ticket.Refused || len(s.find(t, d.Key)) > 0 {
			t.Errorf("%+v, with tickets %+v; want a clean refusal", f, s.find(t, d.Key))
		}
		return
	}
	if made.Assignee != (ticket.Account{}) {
		t.Errorf("Create says it is assigned to %+v, who cannot be", made.Assignee)
	}
}

func testCreateInNoProject(t *testing.T, s Subject) {
	for _, project := range []string{"999999999", "no such project", "", "../../" + s.Project, s.Project + "?x=y"} {
		d := s.draft()
		d.Project = project
		made, err := s.Provider.Create(t.Context(), d)
		f := ticket.FailureOf(err)
		if err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input || f.Msg == "" {
			t.Errorf("Create in %q = %+v, %+v; want a refusal", project, made, f)
		}
		if found := s.find(t, d.Key); len(found) != 0 {
			t.Errorf("Create in %q made %+v", project, found)
		}
	}
}

func testCreateTwice(t *testing.T, s Subject) {
	d := s.draft()
	first, second := s.create(t, d), s.create(t, d)
	found := s.find(t, d.Key)
	want := []string{first.ID, second.ID}
	if s.Spec.Idempotent {
		want = want[:1]
	}
	if got := idsOf(found); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v, oldest first", got, want)
	}
	if s.Spec.Idempotent != (first.ID == second.ID) {
		t.Errorf("tickets %s and %s, idempotent = %v", first.ID, second.ID, s.Spec.Idempotent)
	}
}

func testCreateOddTexts(t *testing.T, s Subject) {
	long := strings.Repeat("Zugriff für Jürgen, 日本語, 🔑\n", 100_000/37)
	for name, d := range map[string]ticket.Draft{
		"non-ASCII":   {Title: "Zugriff für Jürgen – 日本語 🔑", Body: "Größe: ñandú\n\n日本語 🔑 **HAS** <b>x</b> & 'quotes' \"double\""},
		"hostile":     {Title: "one\ntwo\r\nBcc: x@example.com\x00\x1b[31m<script>alert(1)</script>' OR 1=1 --", Body: "a\x00b\x1b[31mc\r\nd <script>"},
		"not UTF-8":   {Title: "bad \xff\xfe title", Body: "bad \xff\xfe body"},
		"100 kB":      {Title: strings.Repeat("日", 200), Body: long},
		"placeholder": {Title: "%s {{.Name}} ${HOME} __CurrentUser__", Body: "%d {$Ticket->id} {{7*7}}"},
	} {
		t.Run(name, func(t *testing.T) {
			whole := s.draft()
			whole.Title, whole.Body = d.Title, d.Body+"\n\n"+whole.Key
			made := s.create(t, whole)
			if strings.ContainsFunc(made.Title, func(r rune) bool { return r < ' ' }) || strings.TrimSpace(made.Title) == "" {
				t.Errorf("title %q is not one plain line", made.Title)
			}
			text := s.Text(t, made.ID)
			if !strings.Contains(text, whole.Key) {
				t.Errorf("the last line is missing: %.100q", text)
			}
			if name == "hostile" || name == "not UTF-8" {
				return
			}
			// A column may be too short for a title in a script of many bytes.
			if title := strings.TrimRight(made.Title, "\uFFFD…"); !strings.HasPrefix(whole.Title, title) || len(title) < min(len(whole.Title), 150) {
				t.Errorf("title %q, want %q", made.Title, whole.Title)
			}
			if !strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), d.Body) {
				t.Errorf("the body is not whole: %.200q", text)
			}
		})
	}
}

func testFindNone(t *testing.T, s Subject) {
	if found := s.find(t, newKey()); len(found) != 0 {
		t.Errorf("found %+v, want nothing", found)
	}
}
