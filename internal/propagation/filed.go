package propagation

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
	"admit/internal/ticket"
)

// afterCreate commits what is known after the call.
func (s *Service) afterCreate(ctx context.Context, f *filing, snap ticket.Snapshot, err error) (time.Time, error) {
	made := context.WithoutCancel(ctx) // the call was made: what came of it is stored, even while stopping
	failure := s.note(made, f.account.TicketProvider, err)
	if snap.ID != "" {
		return time.Time{}, s.filed(made, f, snap, access.TicketFiled)
	}
	if failure == nil {
		failure = &ticket.Failure{Certainty: ticket.Ambiguous, Trouble: ticket.Malformed, Msg: "the answer named no ticket"}
	}
	if failure.Certainty == ticket.Refused {
		return s.refused(ctx, f, failure)
	}
	return s.putOff(ctx, f, failure)
}

// refused goes down the ladder: without the assignee, then without the fields
// that were refused, else a person is asked. Nothing was made, so each step may
// be sent at once, as long as the job lasts: its lease lasts longer. After that
// another job starts anew. A step that is not refused ends as any call does.
func (s *Service) refused(ctx context.Context, f *filing, failure *ticket.Failure) (time.Time, error) {
	for f.yield(failure) {
		if ctx.Err() != nil {
			failure.Certainty = ticket.NotSent
			return s.putOff(ctx, f, failure)
		}
		if err := s.sendingLess(ctx, f); err != nil {
			return time.Time{}, overtook(err)
		}
		snap, err := f.account.Create(ctx, f.draft())
		if snap.ID != "" || err == nil || ticket.FailureOf(err).Certainty != ticket.Refused {
			return s.afterCreate(ctx, f, snap, err)
		}
		failure = ticket.FailureOf(err)
	}
	ctx = context.WithoutCancel(ctx)
	return time.Time{}, s.hold(ctx, f, func(w *store.Write) error {
		f.ticket.State, f.ticket.Note, f.ticket.EndedAt = access.TicketRefused, failure.Msg, &w.Now
		if err := store.UpdateTicket(ctx, w.Tx, f.ticket, access.TicketSending); err != nil {
			return err
		}
		return s.block(ctx, w, f, failure.Msg)
	})
}

// sendingLess notes what a ticket is sent without, before it is sent once more.
func (s *Service) sendingLess(ctx context.Context, f *filing) error {
	return s.hold(ctx, f, func(w *store.Write) error {
		f.ticket.SentAt, f.ticket.Note = &w.Now, strings.Join(f.without, "; ")
		f.assignee.write(&f.ticket)
		return store.UpdateTicket(ctx, w.Tx, f.ticket, access.TicketSending)
	})
}

// yield takes out of a draft what a refusal is about, and says so. A refusal
// that names nothing may be about the assignee, then about any field. It reports
// whether there was anything to take out.
func (f *filing) yield(failure *ticket.Failure) bool {
	about := func(id string) bool { return len(failure.Fields) == 0 || slices.Contains(failure.Fields, id) }
	if f.assignee.account.ID != "" && about(ticket.AssigneeField) {
		f.assignee = choice{why: f.assignee.account.Name + " was refused as assignee: " + failure.Msg}
		return true
	}
	kept, left := map[string]string{}, []string{}
	for _, id := range slices.Sorted(maps.Keys(f.ticket.Fields)) {
		if about(id) {
			left = append(left, cmp.Or(f.names[id], id))
			continue
		}
		kept[id] = f.ticket.Fields[id]
	}
	if len(left) == 0 {
		return false
	}
	f.ticket.Fields = kept
	f.without = append(f.without, "filed without "+strings.Join(left, ", ")+", which was refused: "+failure.Msg)
	return true
}

// block asks a person: the ticket cannot be filed as things are set up.
func (s *Service) block(ctx context.Context, w *store.Write, f *filing, why string) error {
	c, from := f.change, f.change.State
	if err := c.Ask(access.Blocked, why, w.Now); err != nil {
		return err
	}
	c.LeaseUntil = nil
	s.wind(&c)
	w.Event(changeEvent(access.System(), access.ChangeAttention, c, sentence(c)+" needs attention: the ticket is refused: "+why))
	w.Job(job.Reconcile{SlotIDs: []string{c.SlotID}})
	if err := store.UpdateLeased(ctx, w.Tx, c, from, f.lease); err != nil {
		return err
	}
	for _, line := range f.lines {
		if err := s.askPerson(ctx, w, line, access.Blocked, why); err != nil {
			return err
		}
	}
	return nil
}

// filed stores the reference of a ticket that exists now, before any other call.
func (s *Service) filed(ctx context.Context, f *filing, snap ticket.Snapshot, how access.EventType) error {
	err := s.hold(ctx, f, func(w *store.Write) error {
		t, from := f.ticket, f.ticket.State
		t.State, t.RemoteID, t.FiledAt, t.Note = access.TicketOpen, snap.ID, &w.Now, f.note(snap)
		if from == access.TicketSending && (how == access.TicketAdopted || t.Looks > 0 || f.looked) {
			t.TwinsAt = new(w.Now.Add(firstTwinLook))
		}
		f.assignee.write(&t)
		mirror(&t, snap, w.Now)
		if how == access.TicketAdopted {
			if err := s.assigneeOf(ctx, w, &t, f.ticket, snap); err != nil {
				return err
			}
		}
		if f.assignee.account.ID != "" && snap.Assignee.ID == "" {
			t.AssigneeID, t.Unassigned = nil, f.account.TicketProvider.Name+" did not keep "+f.assignee.account.Name+" as assignee"
		}
		if err := store.UpdateTicket(ctx, w.Tx, t, from); err != nil {
			return err
		}
		c, was := f.change, f.change.State
		if was == access.Filing {
			if err := c.Move(access.Open, w.Now); err != nil {
				return err
			}
		}
		c.LeaseUntil, c.NextTryAt, c.Detail = nil, nil, ""
		s.wind(&c)
		if err := store.UpdateLeased(ctx, w.Tx, c, was, f.lease); err != nil {
			return err
		}
		w.Event(ticketEvent(access.System(), how, c, t, "filed "+t.Identifier+" for the "+sentence(c)+assignedTo(t)))
		if err := s.openLines(ctx, w, f, t, how); err != nil {
			return err
		}
		if f.assignee.asked != nil && t.AssigneeName == "" {
			s.askByMail(w, t.ID, f.assignee.asked)
		}
		if snap.Outcome.Ended() {
			return s.observe(ctx, w, t, snap)
		}
		// The wish may have turned round meanwhile.
		wanted, err := store.Wanted(ctx, &w.Reader, c.SlotID)
		if err != nil || c.Direction.Leads(wanted) && len(f.lines) == 0 {
			return err
		}
		return s.reconcile(ctx, w, append(slotsOf(f.lines), c.SlotID))
	})
	if access.CodeOf(err) == access.Conflict {
		return s.overtaken(ctx, f, snap)
	}
	return err
}

// note says what a ticket was filed without, "" if nothing is missing.
func (f *filing) note(snap ticket.Snapshot) string {
	without := f.without
	if len(snap.Dropped) > 0 {
		without = append(without, f.account.TicketProvider.Name+" did not keep "+strings.Join(snap.Dropped, ", "))
	}
	return strings.Join(without, "; ")
}

// overtaken is for a ticket whose row moved on while it was filed: the poll was
// faster and adopted it, or another try filed a twin. Then this one is closed.
func (s *Service) overtaken(ctx context.Context, f *filing, snap ticket.Snapshot) error {
	t, err := store.Ticket(ctx, s.DB.Read(), f.ticket.ID)
	if err != nil || t.RemoteID == "" || t.RemoteID == snap.ID {
		return gone(err)
	}
	s.closeTwin(ctx, f.account, snap, t.Identifier)
	return nil
}

func assignedTo(t access.Ticket) string {
	if t.AssigneeName == "" {
		return ", unassigned"
	}
	return ", assigned to " + t.AssigneeName
}
