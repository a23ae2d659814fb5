package requesttracker_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
	"admit/internal/ticket/requesttracker"
	"admit/internal/ticket/tickettest"
)

// TestFields fills in a field of each kind on a real server.
func TestFields(t *testing.T) {
	t.Parallel()
	s := rt(t)
	p := open(t, s.url, s.token, nil)
	queue := s.queue(t, p, "Access")
	field := func(name string) string { return formField(t, p, queue, name).ID }
	d := ticket.Draft{
		Key: "abc-fields", Project: queue, Title: "t", Body: "b",
		Fields: map[string]string{
			"Due": "2027-02-03", "Priority": "50", field("System"): "Payroll – 日本語", field("Teams"): "red\nblue",
			field("Start"): "2027-01-02", field("Cost center"): "12",
		},
	}
	made, err := p.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"Cost center"}; !slices.Equal(made.Dropped, want) {
		t.Errorf("dropped %q, want %q: it must have four digits", made.Dropped, want)
	}
	want := map[string]string{
		"Due": "2027-02-03T00:00:00Z", "Priority": "50", "System": "Payroll – 日本語", "Teams": "red,blue", "Start": "2027-01-02",
		"Cost center": "", "Risk": "", "AdmitKey": d.Key,
	}
	if diff := cmp.Diff(want, s.values(t, made.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := rt(t)
	p := open(t, s.url, s.token, nil)
	queue := s.queue(t, p, "Access")
	for field, value := range map[string]string{
		"Due": "2027-02-30", "Priority": "urgent", formField(t, p, queue, "Start").ID: "soon", formField(t, p, queue, "Teams").ID: "\n \n",
		"2": "the key itself", "9999": "x",
	} {
		_, err := p.Create(t.Context(), ticket.Draft{Key: "abc-refused", Project: queue, Title: "t", Body: "b", Fields: map[string]string{field: value}})
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{field}) {
			t.Errorf("%s = %q: %+v; want a refusal about it", field, value, err)
		}
	}
	if found, err := p.Find(t.Context(), "abc-refused"); err != nil || len(found) > 0 {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	s := rt(t)
	p := open(t, s.url, s.token, nil)
	former, ok := p.(ticket.Former)
	if !ok {
		t.Fatal("no forms")
	}
	form, err := former.Form(t.Context(), s.queue(t, p, "Access"), "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]ticket.Entry{}
	for _, f := range form {
		got[f.Name] = f.Entry
		if f.Name == "Risk" {
			if diff := cmp.Diff([]ticket.Option{{ID: "high", Name: "high"}, {ID: "low", Name: "low"}}, f.Options); diff != "" {
				t.Error(diff)
			}
		}
	}
	want := map[string]ticket.Entry{
		"Due": ticket.Date, "Priority": ticket.Number, "System": ticket.Line, "Risk": ticket.Choice, "Teams": ticket.Choices,
		"Cost center": ticket.Line, "Start": ticket.Date,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := former.Form(t.Context(), "../rt", ""); ticket.FailureOf(err).Trouble != ticket.Input || err == nil {
		t.Errorf("a queue that is none: %v", err)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	s := rt(t)
	p := open(t, s.url, s.token, nil)
	for query, want := range map[string]string{"lic": "Alice", "ALICE": "Alice", "carol@exam": "Carol", "dave": "Dave"} {
		people, err := p.People(t.Context(), "", query)
		if err != nil || len(people) != 1 || people[0].Name != want || people[0].ID == "" || people[0].Email == "" {
			t.Errorf("people by %q: %+v, %v; want %s", query, people, err, want)
		}
	}
	if people, err := p.People(t.Context(), "", "example.com"); err != nil || len(people) < 8 || len(people) > 20 {
		t.Errorf("by what all have: %+v, %v", people, err)
	}
}

// TestEarlierSettings opens an account with the settings an earlier version
// stored, and saves it again: nothing of their meaning is lost.
func TestEarlierSettings(t *testing.T) {
	t.Parallel()
	spec := requesttracker.Spec()
	stored := map[string]string{
		"base_url": "https://rt.example.com", "token": "t", "key_field": "AdmitKey",
		"done_statuses": "resolved, completed", "declined_statuses": "withdrawn, rejected", "open_statuses": "new, open, stalled, on hold",
	}
	if _, err := spec.Open(stored, tickettest.Client()); err != nil {
		t.Error(err)
	}
	again, err := spec.Validate(stored)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range stored {
		if again[name] != value {
			t.Errorf("%s is %q, want %q", name, again[name], value)
		}
	}
}
