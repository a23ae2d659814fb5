package propagation

import (
	"context"
	"errors"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
	"admit/internal/ticket"
)

// File files the ticket of a change, or goes on where an earlier try stopped. It
// returns when to try again, zero for never.
//
// There is one path to a provider's Create, and it starts from a committed row:
//
//  1. lease the change, so that nobody else files it meanwhile;
//  2. if an earlier call may have been sent, look for its key first;
//  3. commit the ticket with its key, as "sending";
//  4. call Create;
//  5. commit what is known now.
func (s *Service) File(ctx context.Context, changeID string) (time.Time, error) {
	f, ok, err := s.lease(ctx, changeID)
	if err != nil || !ok {
		return f.dueAt, err
	}
	if f.account, err = s.open(ctx, *f.change.ProviderID); err != nil {
		return s.putOff(ctx, f, &ticket.Failure{Certainty: f.unsent(), Trouble: ticket.Down, Msg: "the ticket provider cannot be opened", Err: err})
	}
	if f.ticket.State == access.TicketSending {
		done, again, err := s.lookBeforeSending(ctx, f)
		if done || err != nil {
			return again, err
		}
	}
	if err := s.prepare(ctx, f); err != nil {
		return s.afterPrepare(ctx, f, err)
	}
	snap, err := f.account.Create(ctx, f.draft())
	return s.afterCreate(ctx, f, snap, err)
}

// filing is one try at filing one change.
type filing struct {
	change   access.AccessChange
	ticket   access.Ticket // zero before the first try
	account  account
	assignee choice
	dueAt    time.Time // when there is nothing to do yet: when to come back
}

// unsent is how certain it is that nothing was sent before this try sends
// anything.
func (f *filing) unsent() ticket.Certainty {
	if f.ticket.State == access.TicketSending {
		return ticket.Ambiguous
	}
	return ticket.NotSent
}

// draft is what Create is called with.
func (f *filing) draft() ticket.Draft {
	return ticket.Draft{
		Key: f.ticket.Key, Project: f.ticket.ProjectID, Title: f.ticket.Title, Body: f.ticket.Body, Assignee: f.assignee.account,
	}
}

// lease takes the change for this try. ok is false when there is nothing to do,
// or not yet.
func (s *Service) lease(ctx context.Context, changeID string) (*filing, bool, error) {
	f := &filing{}
	ok := false
	err := s.DB.Write(ctx, func(w *store.Write) error {
		var err error
		if f.change, ok, err = store.LeaseChange(ctx, w.Tx, changeID, w.Now, w.Now.Add(s.cfg.Lease)); err != nil {
			return err
		}
		if !ok {
			f.dueAt, err = s.whenDue(ctx, w, changeID)
			return err
		}
		if f.change.ProviderID == nil {
			ok = false
			return s.block(ctx, w, f.change, "no ticket provider is chosen for this app")
		}
		if f.change.State == access.Queued {
			return nil // what it had is over, and nothing was sent since
		}
		tickets, err := store.TicketsOf(ctx, &w.Reader, []string{changeID})
		if err != nil {
			return err
		}
		if all := tickets[changeID]; len(all) > 0 && all[len(all)-1].State.Live() {
			f.ticket = all[len(all)-1]
		}
		return nil
	})
	return f, ok && err == nil, err
}

// whenDue says when a change that could not be leased is to be filed; zero if it
// is not, or if somebody else is at it.
func (s *Service) whenDue(ctx context.Context, w *store.Write, changeID string) (time.Time, error) {
	c, err := store.Change(ctx, &w.Reader, changeID)
	if access.CodeOf(err) == access.NotFound {
		return time.Time{}, nil
	}
	if err != nil || c.State != access.Queued && c.State != access.Filing || c.NextTryAt == nil || !c.NextTryAt.After(w.Now) {
		return time.Time{}, err
	}
	return *c.NextTryAt, nil
}

// prepare chooses the assignee, which may ask the provider, and then commits the
// ticket with its key as about to be sent.
func (s *Service) prepare(ctx context.Context, f *filing) error {
	var err error
	if f.assignee, err = s.choose(ctx, f.account, f.change); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		from := f.change.State
		if from == access.Queued {
			if err := f.change.Move(access.Filing, w.Now); err != nil {
				return err
			}
		}
		f.change.Tries++
		if err := store.UpdateChange(ctx, w.Tx, f.change, from); err != nil {
			return err
		}
		if f.ticket.ID == "" {
			if f.ticket, err = s.newTicket(ctx, w, f); err != nil {
				return err
			}
			return store.AddTicket(ctx, w.Tx, f.ticket)
		}
		was := f.ticket.State
		f.ticket.State, f.ticket.SentAt, f.ticket.Note = access.TicketSending, &w.Now, ""
		f.assignee.write(&f.ticket)
		return store.UpdateTicket(ctx, w.Tx, f.ticket, was)
	})
}

func (s *Service) newTicket(ctx context.Context, w *store.Write, f *filing) (access.Ticket, error) {
	t := access.Ticket{
		ID: store.NewID(), ChangeID: f.change.ID, ProviderID: f.account.ID, ProjectID: f.change.ProjectID, Key: s.Key(),
		State: access.TicketSending, CreatedAt: w.Now, SentAt: &w.Now,
	}
	facts, err := s.facts(ctx, w, f.change)
	if err != nil {
		return t, err
	}
	t.Title, t.Body = Text(facts, t.Key)
	f.assignee.write(&t)
	return t, nil
}

// afterPrepare handles a failure before anything was sent.
func (s *Service) afterPrepare(ctx context.Context, f *filing, err error) (time.Time, error) {
	if access.CodeOf(err) == access.Conflict {
		return time.Time{}, nil // somebody ended the change, or filed it: a new look decides
	}
	if failure, ok := errors.AsType[*ticket.Failure](err); ok {
		failure.Certainty = ticket.NotSent
		return s.putOff(ctx, f, s.note(ctx, f.account.TicketProvider, failure))
	}
	return time.Time{}, err
}

// afterCreate commits what is known after the call.
func (s *Service) afterCreate(ctx context.Context, f *filing, snap ticket.Snapshot, err error) (time.Time, error) {
	ctx = context.WithoutCancel(ctx) // the call was made: what came of it is stored, even while stopping
	failure := s.note(ctx, f.account.TicketProvider, err)
	if snap.ID != "" {
		return time.Time{}, s.filed(ctx, f, snap, access.TicketFiled)
	}
	if failure == nil {
		failure = &ticket.Failure{Certainty: ticket.Ambiguous, Trouble: ticket.Malformed, Msg: "the answer named no ticket"}
	}
	if failure.Certainty == ticket.Refused {
		return s.refused(ctx, f, failure)
	}
	return s.putOff(ctx, f, failure)
}

// refused goes down the ladder: without the assignee, else a person is asked.
func (s *Service) refused(ctx context.Context, f *filing, failure *ticket.Failure) (time.Time, error) {
	if f.assignee.account.ID != "" {
		f.assignee = choice{why: f.assignee.account.Name + " was refused as assignee: " + failure.Msg}
		snap, err := f.account.Create(ctx, f.draft())
		if snap.ID != "" || ticket.FailureOf(err).Certainty != ticket.Refused {
			return s.afterCreate(ctx, f, snap, err)
		}
		failure = ticket.FailureOf(err)
	}
	return time.Time{}, s.DB.Write(ctx, func(w *store.Write) error {
		f.ticket.State, f.ticket.Note, f.ticket.EndedAt = access.TicketRefused, failure.Msg, &w.Now
		if err := store.UpdateTicket(ctx, w.Tx, f.ticket, access.TicketSending); err != nil {
			return err
		}
		return s.block(ctx, w, f.change, failure.Msg)
	})
}

// block asks a person: the ticket cannot be filed as things are set up.
func (s *Service) block(ctx context.Context, w *store.Write, c access.AccessChange, why string) error {
	from := c.State
	if err := c.Ask(access.Blocked, why, w.Now); err != nil {
		return err
	}
	c.LeaseUntil = nil
	w.Event(changeEvent(access.System(), access.ChangeAttention, c, sentence(c)+" needs attention: the ticket is refused: "+why))
	w.Job(job.Reconcile{SlotIDs: []string{c.SlotID}})
	return store.UpdateChange(ctx, w.Tx, c, from)
}

// filed stores the reference of a ticket that exists now, before any other call.
func (s *Service) filed(ctx context.Context, f *filing, snap ticket.Snapshot, how access.EventType) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		t, from := f.ticket, f.ticket.State
		t.State, t.RemoteID, t.FiledAt, t.Note = access.TicketOpen, snap.ID, &w.Now, ""
		f.assignee.write(&t)
		mirror(&t, snap, w.Now)
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
		if err := store.UpdateChange(ctx, w.Tx, c, was); err != nil {
			return err
		}
		w.Event(ticketEvent(access.System(), how, c, t, "filed "+t.Identifier+" for the "+sentence(c)+assignedTo(t)))
		if snap.Outcome.Ended() {
			return s.observe(ctx, w, c.ID, t, snap)
		}
		// The wish may have turned round meanwhile.
		wanted, err := store.Wanted(ctx, &w.Reader, c.SlotID)
		if err != nil || c.Direction.Leads(wanted) {
			return err
		}
		return s.reconcile(ctx, w, []string{c.SlotID})
	})
}

func assignedTo(t access.Ticket) string {
	if t.AssigneeName == "" {
		return ", unassigned"
	}
	return ", assigned to " + t.AssigneeName
}
