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
//  2. if an earlier call may have been sent, as far as this database knows or by
//     what it has forgotten, look for its key first;
//  3. commit the ticket with its key, as "sending";
//  4. call Create;
//  5. commit what is known now.
func (s *Service) File(ctx context.Context, changeID string) (time.Time, error) {
	leave, again, err := s.enter(ctx, changeID)
	if err != nil {
		return time.Time{}, gone(err)
	}
	if leave == nil {
		return again, nil
	}
	defer leave()
	f, ok, err := s.lease(ctx, changeID)
	if err != nil || !ok {
		return f.dueAt, err
	}
	if f.change.Direction == access.ToRemove {
		ctx = urgently(ctx)
	}
	again, err = s.try(ctx, f)
	if err != nil {
		s.release(ctx, f)
	}
	return again, err
}

func fileJob(c access.AccessChange) job.File {
	return job.File{ChangeID: c.ID, Removal: c.Direction == access.ToRemove}
}

// try is one try at filing a change that is leased.
func (s *Service) try(ctx context.Context, f *filing) (again time.Time, err error) {
	if f.account, err = s.open(ctx, *f.change.ProviderID); err != nil {
		return s.putOff(ctx, f, &ticket.Failure{Certainty: f.unsent(), Trouble: ticket.Down, Msg: "the ticket provider cannot be opened", Err: err})
	}
	if look := s.lookFor(f); look != nil {
		done, again, err := look(ctx, f)
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

// lookFor returns how to look for what an earlier call may have made, nil if there
// can be none.
func (s *Service) lookFor(f *filing) func(context.Context, *filing) (done bool, again time.Time, err error) {
	switch {
	case f.ticket.State == access.TicketSending:
		return s.lookBeforeSending
	case f.change.CreatedAt.Before(s.began):
		return s.lookForForgotten
	}
	return nil
}

// filing is one try at filing one change.
type filing struct {
	change   access.AccessChange
	lines    []access.AccessChange // other changes its ticket is for
	lease    store.Lease           // nobody else files it meanwhile
	ticket   access.Ticket         // zero before the first try
	account  account
	assignee choice
	names    map[string]string // of the fields it is filled in with, by id
	without  []string          // what it is filed without, and why, in words
	looked   bool              // for a ticket that was forgotten, and there is none
	dueAt    time.Time         // when there is nothing to do yet: when to come back
}

// hold writes with the slots of a change and of the lines in its ticket locked.
func (s *Service) hold(ctx context.Context, f *filing, fn func(w *store.Write) error) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		if err := store.LockSlots(ctx, w.Tx, append(slotsOf(f.lines), f.change.SlotID)); err != nil {
			return err
		}
		return fn(w)
	})
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
		Key: f.ticket.Key, Project: f.ticket.ProjectID, Type: f.ticket.TypeID, Title: f.ticket.Title, Body: f.ticket.Body,
		Fields: f.ticket.Fields, Assignee: f.assignee.account,
	}
}

// lease takes the change for this try. ok is false when there is nothing to do,
// or not yet.
func (s *Service) lease(ctx context.Context, changeID string) (*filing, bool, error) {
	f := &filing{}
	ok := false
	err := s.DB.Write(ctx, func(w *store.Write) error {
		var err error
		if err := s.beat(ctx, w); err != nil {
			return err
		}
		if younger, err := s.leavesToElder(ctx, w, changeID); err != nil || younger {
			f.dueAt = w.Now.Add(elderPause)
			return err
		}
		f.lease = store.Lease{Server: s.server, Until: w.Now.Add(s.cfg.Lease)}
		if f.change, ok, err = store.LeaseChange(ctx, w.Tx, changeID, w.Now, f.lease); err != nil {
			return err
		}
		if !ok {
			f.dueAt, err = s.whenDue(ctx, w, changeID)
			return err
		}
		if f.change.ProviderID == nil {
			ok = false
			return s.block(ctx, w, f, "no ticket provider is chosen for this app")
		}
		if f.change.State == access.Queued { // what it had is over, and nothing was sent since
			f.dueAt, err = s.capped(ctx, w, f)
			ok = f.dueAt.IsZero()
			return err
		}
		tickets, err := store.TicketsOf(ctx, &w.Reader, []string{changeID})
		if err != nil {
			return err
		}
		if all := tickets[changeID]; len(all) > 0 && all[len(all)-1].State.Live() {
			f.ticket = all[len(all)-1]
			f.lines, err = linesOf(ctx, w, f.ticket)
		}
		return err
	})
	return f, ok && err == nil, err
}

// whenDue says when to look again at a change that could not be leased: when it
// is due, or when the lease of whoever is at it ends, should they be gone. Zero
// if it is not to be filed.
func (s *Service) whenDue(ctx context.Context, w *store.Write, changeID string) (time.Time, error) {
	c, err := store.Change(ctx, &w.Reader, changeID)
	if err != nil || c.State != access.Queued && c.State != access.Filing {
		return time.Time{}, gone(err)
	}
	var due time.Time
	for _, at := range []*time.Time{c.NextTryAt, c.LeaseUntil} {
		if at != nil && at.After(w.Now) && at.After(due) {
			due = *at
		}
	}
	return due, nil
}

// releasePause is between two tries at giving a change back.
const releasePause = time.Second

// release gives a change back after a try that failed by trouble of our own. It
// keeps at it, for the lease would outlive a short outage of the database, until
// the job or the lease ends.
func (s *Service) release(ctx context.Context, f *filing) {
	stored := context.WithoutCancel(ctx)
	for {
		err := s.DB.Write(stored, func(w *store.Write) error {
			return store.ReleaseLease(stored, w.Tx, f.change.ID, f.lease)
		})
		if err == nil || ctx.Err() != nil || s.DB.Time().After(f.lease.Until) {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(releasePause):
		}
	}
}

// prepare chooses the assignee, which may ask the provider, and then commits the
// ticket with its key as about to be sent.
func (s *Service) prepare(ctx context.Context, f *filing) error {
	var err error
	if f.assignee, err = s.choose(ctx, f.account, f.change); err != nil {
		return err
	}
	return s.commitSending(ctx, f, func(*store.Write) error { return nil })
}

// commitSending commits the ticket of a change as about to be sent, and in the
// same transaction what comes first.
func (s *Service) commitSending(ctx context.Context, f *filing, first func(w *store.Write) error) error {
	return s.hold(ctx, f, func(w *store.Write) error {
		if err := first(w); err != nil {
			return err
		}
		from := f.change.State
		if from == access.Queued {
			if err := f.change.Move(access.Filing, w.Now); err != nil {
				return err
			}
		}
		f.change.Tries++
		if err := s.sending(ctx, w, f); err != nil {
			return err
		}
		return store.UpdateLeased(ctx, w.Tx, f.change, from, f.lease)
	})
}

// sending stores the ticket as about to be sent.
func (s *Service) sending(ctx context.Context, w *store.Write, f *filing) (err error) {
	if f.ticket.ID == "" {
		lines, err := s.findLines(ctx, w, f)
		if err != nil {
			return err
		}
		if f.ticket, err = s.newTicket(ctx, w, f, lines); err != nil {
			return err
		}
		if err := store.AddTickets(ctx, w.Tx, f.ticket); err != nil {
			return err
		}
		return s.share(ctx, w, f, lines)
	}
	was := f.ticket.State
	f.ticket.State, f.ticket.SentAt, f.ticket.Note = access.TicketSending, &w.Now, ""
	f.assignee.write(&f.ticket)
	return store.UpdateTicket(ctx, w.Tx, f.ticket, was)
}

func (s *Service) newTicket(ctx context.Context, w *store.Write, f *filing, lines []access.AccessChange) (access.Ticket, error) {
	before, err := store.TicketsOf(ctx, &w.Reader, []string{f.change.ID})
	if err != nil {
		return access.Ticket{}, err
	}
	t := access.Ticket{
		ID: store.NewID(), ChangeID: f.change.ID, ProviderID: f.account.ID, ProjectID: f.change.ProjectID,
		Key: s.keyOf(f.change, len(before[f.change.ID])+1), State: access.TicketSending, CreatedAt: w.Now, SentAt: &w.Now,
	}
	facts, err := s.facts(ctx, w, f.change)
	if err != nil {
		return t, err
	}
	facts.Lines = lines
	t.Title, t.Body = Text(facts, t.Key)
	t.TypeID, t.Fields, f.names = facts.Form.TypeID, fieldValues(facts, w.Now), map[string]string{}
	for _, field := range facts.Form.Fields {
		f.names[field.ID] = field.Name
	}
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
