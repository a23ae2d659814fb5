package propagation

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// mirror copies what the provider has into a ticket.
func mirror(t *access.Ticket, snap ticket.Snapshot, now time.Time) {
	t.Identifier, t.URL, t.Status, t.WorkSeen = snap.Identifier, snap.URL, snap.Status, t.WorkSeen || snap.WorkSeen
	if snap.Project != "" {
		t.ProjectID = snap.Project
	}
	switch {
	case snap.Assignee.ID != "":
		t.AssigneeAccount, t.AssigneeName, t.AssigneeEmail, t.Unassigned = snap.Assignee.ID, snap.Assignee.Name, snap.Assignee.Email, ""
	case t.AssigneeName != "" || t.AssigneeAccount != "":
		t.AssigneeID, t.AssigneeAccount, t.AssigneeName, t.AssigneeEmail, t.Unassigned = nil, "", "", "", "nobody is assigned any more"
	}
	t.ClosedBy, t.Outcome, t.Grounds = snap.ClosedBy.Name, string(snap.Outcome), grounds(snap)
	t.SyncedAt, t.SuspectAt = &now, nil
	if !snap.UpdatedAt.IsZero() {
		at := snap.UpdatedAt.UTC().Truncate(time.Microsecond)
		t.RemoteAt = &at
	}
}

func grounds(snap ticket.Snapshot) []access.TicketGround {
	out := make([]access.TicketGround, len(snap.Grounds))
	for i, g := range snap.Grounds {
		out[i] = access.TicketGround{Key: g.Key, Name: g.Name, Outcome: string(g.Outcome)}
	}
	return out
}

// apply takes in tickets as a provider has them, and reports how many had news.
// Tickets we do not know are passed over, unless they carry the key of one whose
// create call never answered: then they are adopted. Those with another key of
// ours are strays. One ticket that cannot be
// taken in does not hold up the others.
func (s *Service) apply(ctx context.Context, p access.TicketProvider, snaps []ticket.Snapshot) (news int, err error) {
	snaps = latest(snaps)
	if len(snaps) == 0 {
		return 0, nil
	}
	news, err = s.applyAll(ctx, p, snaps)
	if err == nil || len(snaps) == 1 || ctx.Err() != nil || access.CodeOf(err) == access.Unavailable {
		return news, err
	}
	news = 0
	for _, one := range snaps {
		n, err := s.applyAll(ctx, p, []ticket.Snapshot{one})
		if err != nil {
			s.Log.ErrorContext(ctx, "ticket not taken in", "provider", p.Name, "ticket", one.Identifier, "error", err)
		}
		news += n
	}
	return news, nil
}

// applyAll takes in the tickets with news in one transaction, and notes in
// another that the rest was read.
func (s *Service) applyAll(ctx context.Context, p access.TicketProvider, snaps []ticket.Snapshot) (news int, err error) {
	var quiet []string
	var strange []ticket.Snapshot
	err = s.DB.Write(ctx, func(w *store.Write) error {
		known, unknown, err := s.match(ctx, w, p.ID, snaps)
		if err != nil {
			return err
		}
		strange = unknown
		var fresh []ticket.Snapshot
		if quiet, fresh = sift(known, snaps); len(fresh) == 0 {
			return nil
		}
		// What has news is read again, with nobody else at it.
		changes, err := s.lockChanges(ctx, w, known, fresh)
		if err != nil {
			return err
		}
		if known, _, err = s.match(ctx, w, p.ID, fresh); err != nil {
			return err
		}
		_, fresh = sift(known, fresh)
		for _, snap := range fresh {
			t := known[snap.ID]
			if err := s.take(ctx, w, changes[t.ChangeID], t, snap); err != nil {
				return fmt.Errorf("take in ticket %s: %w", snap.Identifier, err)
			}
		}
		news = len(fresh)
		return nil
	})
	if err == nil {
		err = overtook(s.noteStrays(ctx, p, strange)) // another server may see them first
	}
	if err != nil || len(quiet) == 0 {
		return news, err
	}
	return news, s.DB.Write(ctx, func(w *store.Write) error { return store.TouchTickets(ctx, w.Tx, quiet, w.Now) })
}

// sift tells the tickets without news from the snapshots that bring some.
// Snapshots of tickets that are not ours are neither.
func sift(known map[string]access.Ticket, snaps []ticket.Snapshot) (quiet []string, fresh []ticket.Snapshot) {
	for _, snap := range snaps {
		switch t, ok := known[snap.ID]; {
		case !ok:
		case hasNews(t, snap):
			fresh = append(fresh, snap)
		default:
			quiet = append(quiet, t.ID)
		}
	}
	return quiet, fresh
}

// lockChanges returns the changes whose tickets have news, with their slots
// locked.
func (s *Service) lockChanges(ctx context.Context, w *store.Write, known map[string]access.Ticket, fresh []ticket.Snapshot) (map[string]access.AccessChange, error) {
	var ids, ticketIDs, slotIDs []string
	for _, snap := range fresh {
		ids, ticketIDs = append(ids, known[snap.ID].ChangeID), append(ticketIDs, known[snap.ID].ID)
	}
	changes, err := store.ChangesByID(ctx, &w.Reader, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		slotIDs = append(slotIDs, c.SlotID)
	}
	lines, err := store.SlotsOfLines(ctx, &w.Reader, ticketIDs)
	if err != nil {
		return nil, err
	}
	if _, err := store.SlotsByID(ctx, w.Tx, unique(append(slotIDs, lines...))); err != nil {
		return nil, err
	}
	return store.ChangesByID(ctx, &w.Reader, ids)
}

// match finds our tickets among snapshots: by the provider's id, and by the key
// where the call that was to make one was not answered. strange are those that
// carry a key of ours and are none we know.
func (s *Service) match(ctx context.Context, w *store.Write, providerID string, snaps []ticket.Snapshot) (known map[string]access.Ticket, strange []ticket.Snapshot, err error) {
	var ids, keys []string
	for _, x := range snaps {
		ids = append(ids, x.ID)
		if x.Key != "" {
			keys = append(keys, x.Key)
		}
	}
	if known, err = store.TicketsByRemoteID(ctx, &w.Reader, providerID, ids); err != nil {
		return nil, nil, err
	}
	byKey, err := store.TicketsByKey(ctx, &w.Reader, providerID, keys)
	if err != nil {
		return nil, nil, err
	}
	if err := twinsAmong(ctx, w, known, byKey, snaps); err != nil {
		return nil, nil, err
	}
	for _, x := range snaps {
		if t, ok := byKey[x.Key]; ok && t.RemoteID == "" && t.State == access.TicketSending && x.Key != "" {
			if _, twice := known[x.ID]; !twice {
				known[x.ID] = t
			}
		}
	}
	return known, s.strange(known, byKey, snaps), nil
}

// latest keeps one snapshot for each ticket: the newest.
func latest(snaps []ticket.Snapshot) []ticket.Snapshot {
	at := map[string]int{}
	out := snaps[:0:0]
	for _, x := range snaps {
		i, seen := at[x.ID]
		switch {
		case !seen:
			at[x.ID] = len(out)
			out = append(out, x)
		case !x.UpdatedAt.Before(out[i].UpdatedAt):
			out[i] = x
		}
	}
	return out
}

// hasNews reports whether a snapshot tells something new. Older ones than what
// we have are not news.
func hasNews(t access.Ticket, snap ticket.Snapshot) bool {
	switch t.State {
	case access.TicketSending, access.TicketSuspect:
		return true
	case access.TicketLost, access.TicketRefused, access.TicketPlanned:
		return false // another ticket took over
	case access.TicketOpen, access.TicketEnded:
	}
	if t.RemoteAt != nil && snap.UpdatedAt.UTC().Truncate(time.Microsecond).Before(*t.RemoteAt) {
		return false
	}
	return t.Status != snap.Status || t.WorkSeen != (t.WorkSeen || snap.WorkSeen) ||
		t.AssigneeAccount != snap.Assignee.ID || snap.Assignee.Email != "" && t.AssigneeName != snap.Assignee.Name ||
		t.Outcome != string(snap.Outcome) || t.Identifier != snap.Identifier || t.URL != snap.URL || (t.State == access.TicketEnded) != snap.Outcome.Ended()
}

// take stores one snapshot with news and moves its change.
func (s *Service) take(ctx context.Context, w *store.Write, c access.AccessChange, t access.Ticket, snap ticket.Snapshot) error {
	was, before := t.State, t
	adopted := was == access.TicketSending
	t.RemoteID = snap.ID
	mirror(&t, snap, w.Now)
	if err := s.assigneeOf(ctx, w, &t, before, snap); err != nil {
		return err
	}
	if was == access.TicketSending || was == access.TicketSuspect {
		t.State, t.Note = access.TicketOpen, ""
	}
	if adopted {
		t.FiledAt = &w.Now
	}
	if err := store.UpdateTicket(ctx, w.Tx, t, was); err != nil {
		return err
	}
	if adopted {
		if err := s.adopted(ctx, w, t); err != nil {
			return err
		}
	} else if before.Status != t.Status || before.AssigneeName != t.AssigneeName {
		w.Event(ticketEvent(access.System(), access.TicketUpdated, c, t, t.Identifier+" is "+t.Status+assignedTo(t)))
	}
	if was == access.TicketEnded && snap.Outcome == ticket.Yes && before.Outcome != t.Outcome {
		if err := s.doneAfterAll(ctx, w, t); err != nil {
			return err
		}
	}
	return s.observe(ctx, w, t, snap)
}

// adopted opens the changes of a ticket that was found: the call that made it had
// no answer.
func (s *Service) adopted(ctx context.Context, w *store.Write, t access.Ticket) error {
	changes, err := store.ChangesOn(ctx, &w.Reader, t)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.State != access.Filing {
			continue
		}
		if err := s.moveChange(ctx, w, &c, access.Open, "", nil); err != nil {
			return err
		}
		w.Event(ticketEvent(access.System(), access.TicketAdopted, c, t, "found "+t.Identifier+" for the "+sentence(c)))
	}
	return nil
}

// assigneeOf finds our user for whoever the provider has as assignee now: by the
// account, else by the e-mail address. A system that shows only the account of
// somebody we know gets their name from us.
func (s *Service) assigneeOf(ctx context.Context, w *store.Write, t *access.Ticket, before access.Ticket, snap ticket.Snapshot) error {
	if snap.Assignee.ID == "" {
		return nil
	}
	known, ok, err := store.AccountHolder(ctx, &w.Reader, t.ProviderID, snap.Assignee.ID)
	if err != nil {
		return err
	}
	if ok && snap.Assignee.Email == "" {
		t.AssigneeName, t.AssigneeEmail = cmp.Or(known.Name, t.AssigneeName), known.Email
	}
	if snap.Assignee.ID == before.AssigneeAccount {
		return nil
	}
	if t.AssigneeID = nil; ok {
		t.AssigneeID = &known.UserID
		return nil
	}
	email, problem := access.NormalEmail(snap.Assignee.Email)
	if problem != "" {
		return nil
	}
	u, err := store.UserByEmail(ctx, &w.Reader, email)
	if access.CodeOf(err) == access.NotFound {
		return nil
	}
	t.AssigneeID = &u.ID
	return err
}
