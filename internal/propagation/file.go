package propagation

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
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
	lease    time.Time     // until when nobody else files it
	ticket   access.Ticket // zero before the first try
	account  account
	assignee choice
	names    map[string]string // of the fields it is filled in with, by id
	without  []string          // what it is filed without, and why, in words
	dueAt    time.Time         // when there is nothing to do yet: when to come back
}

// hold writes with the slot of a change locked.
func (s *Service) hold(ctx context.Context, f *filing, fn func(w *store.Write) error) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		if err := store.LockSlot(ctx, w.Tx, f.change.SlotID); err != nil {
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
		f.lease = w.Now.Add(s.cfg.Lease)
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
	for {
		err := s.DB.Write(context.WithoutCancel(ctx), func(w *store.Write) error {
			return store.ReleaseLease(ctx, w.Tx, f.change.ID, f.lease)
		})
		if err == nil || ctx.Err() != nil || s.DB.Time().After(f.lease) {
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
	return s.hold(ctx, f, func(w *store.Write) error {
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
		if f.ticket, err = s.newTicket(ctx, w, f); err != nil {
			return err
		}
		return store.AddTickets(ctx, w.Tx, f.ticket)
	}
	was := f.ticket.State
	f.ticket.State, f.ticket.SentAt, f.ticket.Note = access.TicketSending, &w.Now, ""
	f.assignee.write(&f.ticket)
	return store.UpdateTicket(ctx, w.Tx, f.ticket, was)
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

// refused goes down the ladder: without the assignee, then without the fields
// that were refused, else a person is asked. Nothing was made, so each step may
// be sent at once. A step that is not refused ends as any call does.
func (s *Service) refused(ctx context.Context, f *filing, failure *ticket.Failure) (time.Time, error) {
	for f.yield(failure) {
		if err := s.sendingLess(ctx, f); err != nil {
			return time.Time{}, overtook(err)
		}
		snap, err := f.account.Create(ctx, f.draft())
		if snap.ID != "" || err == nil || ticket.FailureOf(err).Certainty != ticket.Refused {
			return s.afterCreate(ctx, f, snap, err)
		}
		failure = ticket.FailureOf(err)
	}
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
	w.Event(changeEvent(access.System(), access.ChangeAttention, c, sentence(c)+" needs attention: the ticket is refused: "+why))
	w.Job(job.Reconcile{SlotIDs: []string{c.SlotID}})
	return store.UpdateLeased(ctx, w.Tx, c, from, f.lease)
}

// filed stores the reference of a ticket that exists now, before any other call.
func (s *Service) filed(ctx context.Context, f *filing, snap ticket.Snapshot, how access.EventType) error {
	err := s.hold(ctx, f, func(w *store.Write) error {
		t, from := f.ticket, f.ticket.State
		t.State, t.RemoteID, t.FiledAt, t.Note = access.TicketOpen, snap.ID, &w.Now, f.note(snap)
		if from == access.TicketSending && (how == access.TicketAdopted || t.Looks > 0) {
			t.TwinsAt = new(w.Now.Add(firstTwinLook))
		}
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
		if err := store.UpdateLeased(ctx, w.Tx, c, was, f.lease); err != nil {
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
