package propagation

import (
	"cmp"
	"context"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/calendar"
	"admit/internal/job"
	"admit/internal/sqldb"
	"admit/internal/store"
)

// Clocks of changes that people have. A change that waits for somebody is looked
// at by its clock: first they are reminded, then it is late and goes up, to the
// resource's admins and after that to the app's. Only working time counts, and
// only while the provider worked.

// Targets say after how much working time somebody is reminded, and a change is
// late.
type Targets struct {
	Remind Duration `json:"remind"`
	Late   Duration `json:"late"`
}

// windAfter is how long a change is left alone before its clock is wound: most
// are done by then.
const windAfter = time.Minute

// wind starts the clock of a change that waits for a person from now on, and stops
// it otherwise. That a change was late is kept when it is done.
func (s *Service) wind(c *access.AccessChange) {
	c.ClockAt = nil
	if c.State == access.ClaimedDone {
		return
	}
	c.RemindedAt, c.LateAt = nil, nil
	if c.State == access.Open || c.State == access.NeedsAttention {
		c.ClockAt = new(c.StateAt.Add(windAfter))
	}
}

// startClocks enqueues looks at the changes whose clock is due.
func (s *Service) startClocks(ctx context.Context) error {
	now := s.DB.Time()
	due, err := store.ClocksDue(ctx, s.DB.Read(), now)
	if err != nil || !due {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		ids, err := store.DueClocks(ctx, w.Tx, now, now.Add(time.Hour)) // should the look be lost
		for batch := range slices.Chunk(ids, job.Batch) {
			w.Job(job.Clock{ChangeIDs: batch})
		}
		return err
	})
}

// Clock looks at changes that people have. It is idempotent: what was done is
// noted with it.
func (s *Service) Clock(ctx context.Context, changeIDs []string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		changes, err := store.ClockedChanges(ctx, &w.Reader, changeIDs)
		if err != nil || len(changes) == 0 {
			return err
		}
		l, err := s.clockRound(ctx, w, changes)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if err := l.at(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// clockRound is one look at the clocks of some changes, inside a transaction.
type clockRound struct {
	w       *store.Write
	is      Settings
	clock   calendar.Clock
	outages map[string][]calendar.Span // by provider
}

func (s *Service) clockRound(ctx context.Context, w *store.Write, changes []store.Clocked) (*clockRound, error) {
	is, err := settings(ctx, &w.Reader)
	if err != nil {
		return nil, err
	}
	l := &clockRound{w: w, is: is}
	if l.clock, err = is.Calendar.Clock(); err != nil {
		return nil, err
	}
	l.outages, err = outagesOf(ctx, &w.Reader, changes, w.Now)
	return l, err
}

// outagesOf returns when the providers of changes did not work while these waited.
func outagesOf(ctx context.Context, r *sqldb.Reader, changes []store.Clocked, now time.Time) (map[string][]calendar.Span, error) {
	var providerIDs []string
	since := now
	for _, c := range changes {
		providerIDs = append(providerIDs, c.TicketProvider)
		if c.StateAt.Before(since) {
			since = c.StateAt
		}
	}
	found, err := store.Outages(ctx, r, unique(providerIDs), since)
	spans := map[string][]calendar.Span{}
	for id, list := range found {
		for _, o := range list {
			span := calendar.Span{From: o.FromAt, To: now}
			if o.ToAt != nil {
				span.To = *o.ToAt
			}
			spans[id] = append(spans[id], span)
		}
	}
	return spans, err
}

// at looks at the clock of one change.
func (l *clockRound) at(ctx context.Context, c store.Clocked) error {
	if c.State != access.Open && c.State != access.NeedsAttention {
		return nil
	}
	target := l.is.Targets(c.Direction, c.Risk)
	waited := l.clock.BetweenWithout(c.StateAt, l.w.Now, l.outages[c.TicketProvider])
	step, left := next(c.AccessChange, target, waited)
	switch step {
	case toRemind:
		c.RemindedAt = &l.w.Now
	case toBeLate:
		c.LateAt = &l.w.Now
	case toWait, toGoUp:
	}
	if c.ClockAt = nil; left > 0 {
		c.ClockAt = new(l.clock.Add(l.w.Now, left))
	}
	if ok, err := store.SetClock(ctx, l.w.Tx, c.AccessChange); err != nil || !ok || step == toWait {
		return err // it moved meanwhile, and its clock with it
	}
	return l.tell(ctx, c, step)
}

// clockStep is what the clock of a change asks for.
type clockStep int

const (
	toWait clockStep = iota
	toRemind
	toBeLate // and the resource's admins are told
	toGoUp   // to the app's admins
)

// next decides what is due for a change that has waited so much working time, and
// in how much more the clock is due again; 0 for never.
func next(c access.AccessChange, t Targets, waited time.Duration) (clockStep, time.Duration) {
	remind, late, up := time.Duration(t.Remind), time.Duration(t.Late), 2*time.Duration(t.Late)
	switch {
	case late > 0 && c.LateAt != nil && waited >= up:
		return toGoUp, 0
	case late > 0 && c.LateAt == nil && waited >= late:
		return toBeLate, max(up-waited, time.Minute)
	case remind > 0 && c.RemindedAt == nil && c.LateAt == nil && waited >= remind:
		return toRemind, max(late-waited, 0)
	}
	for _, mark := range []time.Duration{remind, late, up} {
		if mark > waited {
			return toWait, mark - waited
		}
	}
	return toWait, 0
}

// tell leaves the event of a step, and the mails to those it concerns.
func (l *clockRound) tell(ctx context.Context, c store.Clocked, step clockStep) error {
	event, words := access.ChangeReminded, "reminded of the "
	if step != toRemind {
		event, words = access.ChangeLate, "is late: the "
	}
	e := changeEvent(access.System(), event, c.AccessChange, words+sentence(c.AccessChange))
	l.w.Event(e)
	var ids []string
	switch {
	case step == toRemind && c.State == access.Open && c.TicketAssignee != nil:
		ids = []string{*c.TicketAssignee}
	default:
		owner := c.OwnerID
		if step == toGoUp {
			owner = c.AppOwnerID
		}
		users, err := store.OwnerUsers(ctx, &l.w.Reader, owner)
		if err != nil {
			return err
		}
		for _, u := range users {
			ids = append(ids, u.ID)
		}
	}
	if len(ids) > 0 {
		l.w.Job(job.Remind{ChangeID: c.ID, UserIDs: ids, Late: step != toRemind})
	}
	return nil
}

// Targets returns what holds for changes in a direction of resources of a risk.
func (is Settings) Targets(d access.Direction, risk access.Risk) Targets {
	return is.Clocks[d][cmp.Or(risk, access.NormalRisk)]
}
