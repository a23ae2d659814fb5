package shortcut_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/shortcut"
	"admit/internal/ticket/shortcut/shortcuttest"
)

// TestCloseWithoutState closes a story whose workflow has no state that says no.
func TestCloseWithoutState(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	d := draft()
	d.Project = shortcuttest.Platform
	made := create(t, p, d)
	for range 2 {
		if err := p.Close(t.Context(), made.ID, "not wanted"); err != nil {
			t.Fatal(err)
		}
	}
	got := read(t, p, made.ID)
	if got.Outcome != ticket.No || got.Grounds[0].Key != "label:wont-do" || got.Reason != "not wanted" || got.Status != "Waiting, archived" {
		t.Errorf("read %+v", got)
	}
	if st := s.Story(t, made.ID); len(st.Comments) != 1 || !slices.Equal(st.Labels, []string{"admit", "wont-do"}) {
		t.Errorf("the story is %+v", st)
	}
	if found, err := p.Find(t.Context(), key); err != nil || len(found) != 1 {
		t.Errorf("in the archive it is not found: %+v, %v", found, err)
	}
}

// TestEndUndone ends a story with an automation that has other plans.
func TestEndUndone(t *testing.T) {
	t.Parallel()
	type end func(p *shortcut.Provider, ctx context.Context, id, text string) error
	for name, c := range map[string]struct {
		end        end
		automation func(*shortcuttest.Story)
	}{
		"closed and opened again":    {(*shortcut.Provider).Close, func(st *shortcuttest.Story) { st.State = shortcuttest.Ready }},
		"completed and opened again": {(*shortcut.Provider).Complete, func(st *shortcuttest.Story) { st.State = shortcuttest.Ready }},
		"completed and declined":     {(*shortcut.Provider).Complete, func(st *shortcuttest.Story) { st.State = shortcuttest.WontDo }},
		"completed with the label":   {(*shortcut.Provider).Complete, func(st *shortcuttest.Story) { st.Labels = append(st.Labels, "Wont-Do") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, p := start(t, func(s *shortcuttest.Server) { s.OnChange = c.automation })
			made := create(t, p, draft())
			if err := c.end(provider(t, p), t.Context(), made.ID, "It is over."); !ticket.IsRefusal(err) {
				t.Errorf("%v, want it told that it did not last", err)
			}
		})
	}
}

// TestCompleteLabeled completes a story that somebody has given the label that
// says no.
func TestCompleteLabeled(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	made := create(t, p, draft())
	st := s.Story(t, made.ID)
	st.Labels = append(st.Labels, "Wont-Do", "vip")
	if err := provider(t, p).Complete(t.Context(), made.ID, "Josh says that it is done."); err != nil {
		t.Fatal(err)
	}
	if got := read(t, p, made.ID); got.Outcome != ticket.Yes || got.Status != "Completed" || !slices.Equal(st.Labels, []string{"admit", "vip"}) {
		t.Errorf("read %+v of %+v", got, st)
	}
}

// TestCompleteWithoutState completes a story whose workflow has only a state that
// says no: nothing is said, and nothing changes.
func TestCompleteWithoutState(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	made := create(t, p, draft())
	s.Drop(shortcuttest.Done)
	err := provider(t, p).Complete(t.Context(), made.ID, "Josh says that it is done.")
	if f := ticket.FailureOf(err); !ticket.IsRefusal(err) || !strings.Contains(f.Msg, "no state of the type Done that says yes") {
		t.Errorf("%+v, want a refusal that says what is missing", f)
	}
	if st := s.Story(t, made.ID); len(st.Comments) > 0 || st.State != shortcuttest.Ready || st.Archived {
		t.Errorf("the story is %+v", st)
	}
}

// TestAssignOne gives a story of two owners to one of them.
func TestAssignOne(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	made := create(t, p, draft())
	st := s.Story(t, made.ID)
	st.Owners = []string{shortcuttest.Bob, shortcuttest.Alice}
	if err := provider(t, p).Assign(t.Context(), made.ID, alice()); err != nil || !slices.Equal(st.Owners, []string{shortcuttest.Alice}) {
		t.Errorf("%v, owners %q; want Alice alone", err, st.Owners)
	}
	st.Owners = []string{shortcuttest.Bob, shortcuttest.Alice}
	if err := provider(t, p).Assign(t.Context(), made.ID, ticket.Account{}); err != nil || len(st.Owners) > 0 {
		t.Errorf("%v, owners %q; want none", err, st.Owners)
	}
}

func TestAssignRefused(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	d := draft()
	d.Assignee = alice()
	made := create(t, p, d)
	refused := func(what string, to ticket.Account) {
		t.Helper()
		err := provider(t, p).Assign(t.Context(), made.ID, to)
		if f := ticket.FailureOf(err); !ticket.IsRefusal(err) || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
			t.Errorf("%s: %+v, want a refusal of the assignee", what, f)
		}
		if got := read(t, p, made.ID); got.Assignee.ID != shortcuttest.Alice {
			t.Errorf("%s: it is with %+v now, want Alice as before", what, got.Assignee)
		}
	}
	refused("somebody who is disabled", ticket.Account{ID: shortcuttest.Gone})
	refused("an observer", ticket.Account{ID: shortcuttest.Olga})
	s.OnChange = func(st *shortcuttest.Story) { st.Owners = []string{shortcuttest.Alice} }
	refused("an automation gives it back", ticket.Account{ID: shortcuttest.Bob})
	refused("an automation lets nobody put it down", ticket.Account{})
}

func provider(t *testing.T, p ticket.Provider) *shortcut.Provider {
	t.Helper()
	s, ok := p.(*shortcut.Provider)
	if !ok {
		t.Fatalf("a %T", p)
	}
	return s
}
