package tickettest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

func testRead(t *testing.T, s Subject) {
	a, b := s.create(t, s.draft()), s.create(t, s.draft())
	got := s.read(t, b.ID, "999999999", a.ID, "no id", "", "1 OR id > 0", "' OR ''='\x00\n", "../"+a.ID, a.ID+"?x=y", a.ID+",")
	want := []ticket.Snapshot{a, b}
	for _, list := range [][]ticket.Snapshot{got, want} {
		slices.SortFunc(list, func(x, y ticket.Snapshot) int { return strings.Compare(x.ID, y.ID) })
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is read is not what was made:\n%s", diff)
	}
	if got := s.read(t); len(got) != 0 {
		t.Errorf("reading nothing gave %+v", got)
	}
}

func testReadBatch(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	ids := []string{made.ID}
	for n := range s.Spec.Batch - 1 {
		ids = append(ids, missingID(n))
	}
	s.calling(t, 1, func() {
		if diff := cmp.Diff([]ticket.Snapshot{made}, s.read(t, ids...)); diff != "" {
			t.Errorf("what is read is not what was made:\n%s", diff)
		}
	})
}

// many is how many tickets a large company has open.
const many = 10_000

func testReadMany(t *testing.T, s Subject) {
	ids := s.Fill(t, many)
	seen, keys := map[string]bool{}, map[string]bool{}
	s.calling(t, (many+s.Spec.Batch-1)/s.Spec.Batch, func() {
		for chunk := range slices.Chunk(ids, s.Spec.Batch) {
			for _, one := range s.read(t, chunk...) {
				seen[one.ID], keys[one.Key] = true, true
				if one.Key == "" || one.Outcome != ticket.Open {
					t.Fatalf("read %+v, want an open ticket with a key", one)
				}
			}
		}
	})
	if len(ids) != many || len(seen) != many || len(keys) != many {
		t.Errorf("of %d tickets %d were read, with %d keys; want %d", len(ids), len(seen), len(keys), many)
	}
}

func testHide(t *testing.T, s Subject) {
	d := s.draft()
	hidden, other := s.create(t, d), s.create(t, s.draft())
	poll := s.poller(t)
	s.Hide(t, hidden.ID)
	if got := idsOf(s.read(t, hidden.ID, other.ID)); !slices.Equal(got, []string{other.ID}) {
		t.Errorf("read %v, want only %s", got, other.ID)
	}
	if found := s.find(t, d.Key); len(found) != 0 {
		t.Errorf("found %+v, which is hidden", found)
	}
	poll.drain(t)
	if s.Show == nil {
		return
	}
	s.Show(t, hidden.ID)
	if got := s.readOne(t, hidden.ID); got.Key != d.Key {
		t.Errorf("shown again it reads %+v", got)
	}
}

func testMove(t *testing.T, s Subject) {
	d := s.draft()
	made := s.create(t, d)
	s.Move(t, made.ID)
	got := s.readOne(t, made.ID)
	if got.Project == made.Project && got.Identifier == made.Identifier {
		t.Errorf("after the move: %+v, want another project or identifier", got)
	}
	if got.Key != d.Key || got.Outcome != ticket.Open {
		t.Errorf("after the move: %+v, want it open and with its key", got)
	}
	if found := idsOf(s.find(t, d.Key)); !slices.Equal(found, []string{made.ID}) {
		t.Errorf("found %v, want %s", found, made.ID)
	}
	if err := s.Provider.Close(t.Context(), made.ID, "not wanted"); err != nil {
		t.Errorf("closing it after the move: %v", err)
	}
}

func testDelete(t *testing.T, s Subject) {
	d := s.draft()
	made := s.create(t, d)
	s.Fulfiller.Delete(t, made.ID)
	for _, got := range [][]ticket.Snapshot{s.read(t, made.ID), s.find(t, d.Key)} {
		if len(got) > 0 && got[0].Outcome != ticket.Deleted {
			t.Errorf("a deleted ticket reads as %+v", got)
		}
	}
}
