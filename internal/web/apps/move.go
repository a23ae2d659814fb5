package apps

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// elsewhere are the changes of an app whose tickets are elsewhere than its settings
// say now.
type elsewhere struct {
	n         int
	from, to  string // where they are, and where they would go
	providers []access.TicketProvider
}

// loadElsewhere looks for them, for those who may move them.
func loadElsewhere(v *site.Visit, t thing) (elsewhere, error) {
	if !t.moves {
		return elsewhere{}, nil
	}
	ctx := v.R.Context()
	places, err := v.Propagation.PlacesElsewhere(ctx, v.Actor, t.ID, "")
	if err != nil || len(places) == 0 {
		return elsewhere{}, err
	}
	s := elsewhere{}
	if s.providers, err = v.Propagation.Providers(ctx, v.Actor); err != nil {
		return s, err
	}
	var from, to []string
	for _, p := range places {
		s.n += p.Changes
		from, to = append(from, s.place(p)), append(to, s.provider(&p.ToProviderID)+", "+p.ToProjectName)
	}
	s.from, s.to = listed(from), listed(to)
	return s, nil
}

// listed names places, each once.
func listed(names []string) string {
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " and ")
}

// place names where some of the changes are.
func (s elsewhere) place(p store.PlaceElsewhere) string {
	name := s.provider(p.ProviderID)
	if readable(p.ProjectID) {
		return name + " / " + p.ProjectID
	}
	return name
}

func (s elsewhere) provider(id *string) string {
	for _, p := range s.providers {
		if id != nil && p.ID == *id {
			return p.Name
		}
	}
	return "another ticket provider"
}

// readable reports whether the id of a project tells people something. Its name
// is the provider's to know.
func readable(id string) bool {
	_, err := uuid.Parse(id)
	return err != nil && strings.ContainsFunc(id, unicode.IsLetter)
}

func (s elsewhere) title() string {
	if s.n == 1 {
		return "1 change is still in " + s.from
	}
	return ui.Plural(s.n, "change") + " are still in " + s.from
}

// mayMove loads an app whose tickets the actor may move.
func mayMove(v *site.Visit) (thing, elsewhere, error) {
	t, err := load(v, "")
	if err != nil {
		return t, elsewhere{}, err
	}
	if !t.moves {
		return t, elsewhere{}, v.Actor.May(access.RerouteChange, t.rel)
	}
	s, err := loadElsewhere(v, t)
	return t, s, err
}

func moveForm(v *site.Visit) error {
	t, s, err := mayMove(v)
	if err != nil {
		return err
	}
	if s.n == 0 {
		return v.Done(t.url(), ui.Flash{Kind: ui.Note, Text: "All tickets are where the settings say."})
	}
	return v.Show(t.shell(), movePage(t, s, nil))
}

func move(v *site.Visit) error {
	t, s, err := mayMove(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(form.Get("changes"))
	if err != nil {
		err = access.Errorf(access.Invalid, "the form does not say how many changes it is for; look again")
	} else {
		err = v.Propagation.Migrate(v.R.Context(), v.Actor, t.ID, "", n)
	}
	if err == nil {
		return v.Done(t.url(), site.Said(ui.Plural(n, "change")+" will be moved to "+s.to+", one after the other."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return v.ShowStatus(http.StatusUnprocessableEntity, t.shell(), movePage(t, s, wrong.Summary()))
}

// text names what follows from moving tickets.
func (s elsewhere) text() []string {
	return []string{
		"Each open ticket is closed with a word where it is, and a new one is filed in " + s.to + ". What was said in the old ones stays there.",
		"One that is being filed or closed just now stays, and can be moved later.",
	}
}
