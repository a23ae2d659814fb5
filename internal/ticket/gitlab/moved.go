package gitlab

import (
	"context"

	"admit/internal/ticket"
)

// An issue that is moved is closed, and goes on in another project as an issue
// of its own, which the old one names by its id. An id alone leads nowhere in
// the REST interface. But the new issue has the same author and description, so
// it is found by the key. It has the same times, too, until somebody changes it.

// moves are the issues that are known, by id.
type moves map[int64]wireIssue

// end returns where an issue is now, as far as that is known: then its MovedTo is
// 0.
func (m moves) end(w wireIssue) wireIssue {
	for range m { // no longer way than through all of them
		next, known := m[w.MovedTo]
		if !known {
			return w
		}
		w = next
	}
	return w
}

// follow finds where an issue went.
func (m moves) follow(ctx context.Context, x exchange, w wireIssue) error {
	if m.end(w).MovedTo == 0 || w.key() == "" {
		return nil
	}
	found, _, err := x.search(ctx, w.key())
	for _, other := range found {
		if _, known := m[other.ID]; !known {
			m[other.ID] = other
		}
	}
	return err
}

// settle maps issues to tickets. A moved issue and the one it became are one
// ticket: it has the id of the first and the state of the last. The refs are
// those of tickets that were moved, by the id of the issue they are now.
func (p *Provider) settle(ctx context.Context, found []wireIssue) ([]ticket.Snapshot, map[int64]ref, error) {
	known := make(moves, len(found))
	for _, w := range found {
		if !w.whole() {
			_, err := p.snapshot(w, ticket.Reads)
			return nil, nil, err
		}
		known[w.ID] = w
	}
	for _, w := range found {
		if err := known.follow(ctx, p.http, w); err != nil {
			return nil, nil, err
		}
	}
	later := map[int64]bool{} // issues that began as another one
	for _, w := range known {
		later[w.MovedTo] = true
	}
	tickets, origins := make([]ticket.Snapshot, 0, len(found)), map[int64]ref{}
	for _, w := range found {
		if later[w.ID] {
			continue
		}
		now := known.end(w)
		s, err := p.snapshot(now, ticket.Reads)
		if err != nil {
			return nil, nil, err
		}
		if now.ID != w.ID {
			origins[now.ID] = w.ref()
			s.ID, s.CreatedAt = w.ref().String(), w.CreatedAt.UTC()
			if w.UpdatedAt.After(s.UpdatedAt) {
				s.UpdatedAt = w.UpdatedAt.UTC()
			}
		}
		tickets = append(tickets, s)
	}
	return tickets, origins, nil
}
