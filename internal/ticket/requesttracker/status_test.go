package requesttracker

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

func TestStatuses(t *testing.T) {
	t.Parallel()
	var asked []string
	p := faked(t, func(r *http.Request) string {
		if strings.HasSuffix(r.URL.Path, "/tickets") {
			asked = append(asked, r.URL.Query().Get("query"))
			return rows("3", row(7, "in progress", never, noon), row(8, "Withdrawn", noon, noon), row(9, "new", never, noon))
		}
		return strings.Replace(row(7, "new", never, noon), `"type":"ticket"`, `"type":"ticket","_hyperlinks":[
			{"ref":"lifecycle","from":"new","to":"In review"},{"ref":"lifecycle","to":"*"},{"ref":"lifecycle","to":"deleted"},{"ref":"comment","to":"x"}]`, 1)
	}, nil)
	got, err := p.Statuses(t.Context(), "3")
	want := []ticket.Ground{
		{Key: "status:in progress", Name: "in progress", Outcome: ticket.Open},
		{Key: "status:new", Name: "new", Outcome: ticket.Open},
		{Key: "status:open", Name: "open", Outcome: ticket.Open},
		{Key: "status:stalled", Name: "stalled", Outcome: ticket.Open},
		{Key: "status:resolved", Name: "resolved", Outcome: ticket.Yes},
		{Key: "status:rejected", Name: "rejected", Outcome: ticket.No},
		{Key: "status:in review", Name: "in review", Outcome: ticket.Unclear},
		{Key: "status:withdrawn", Name: "withdrawn", Outcome: ticket.Unclear},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if want := []string{"Queue = 3"}; !cmp.Equal(want, asked) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	if _, err := p.Statuses(t.Context(), "3 OR id > 0"); ticket.FailureOf(err).Trouble != ticket.Input {
		t.Errorf("a queue that is none: %v", err)
	}
}

func TestDeclinedStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		settings   map[string]string
	}{
		{"nothing said", "rejected", nil},
		{"said", "withdrawn", map[string]string{"declined_status": "Withdrawn"}},
		{"said by an earlier version", "refused", map[string]string{"declined_statuses": "Refused, rejected"}},
		{"said again", "withdrawn", map[string]string{"declined_status": "withdrawn", "declined_statuses": "refused"}},
	} {
		p := faked(t, func(*http.Request) string { return "" }, c.settings)
		if p.declined != c.want || p.means.ground(c.want, true).Outcome != ticket.No {
			t.Errorf("%s: %q, which reads as %+v; want %q and no", c.name, p.declined, p.means.ground(p.declined, true), c.want)
		}
	}
}

func TestDoneStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		settings   map[string]string
	}{
		{"nothing said", "resolved", nil},
		{"said", "granted", map[string]string{"done_status": "Granted"}},
		{"said by an earlier version", "completed", map[string]string{"done_statuses": "Completed, resolved"}},
	} {
		p := faked(t, func(*http.Request) string { return "" }, c.settings)
		if p.done != c.want || p.means.ground(c.want, true).Outcome != ticket.Yes {
			t.Errorf("%s: %q, which reads as %+v; want %q and yes", c.name, p.done, p.means.ground(p.done, true), c.want)
		}
	}
}
