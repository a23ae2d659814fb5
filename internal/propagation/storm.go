package propagation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/store"
)

// stormFor is how long changes that are not sent yet count as of one storm.
const stormFor = 10 * time.Minute

// gather holds back what would open more tickets at once than an admin wants to
// happen unseen: the changes that follow from one act or one tick of the clock.
// Requests were each approved by somebody, and are never held back.
func (r *round) gather(ctx context.Context) error {
	started := map[store.StormKey]int{}
	for _, c := range r.started {
		if c.State == access.Queued && c.ProviderID != nil && c.Cause != access.ByRequest {
			started[stormKey(c)]++
		}
	}
	if len(started) == 0 {
		return nil
	}
	is, err := settings(ctx, &r.w.Reader)
	if err != nil || is.StormAbove == 0 {
		return err
	}
	for key := range started { // one, as a rule
		if err := r.gatherOne(ctx, key, is.StormAbove); err != nil {
			return err
		}
	}
	return nil
}

func stormKey(c access.AccessChange) store.StormKey {
	key := store.StormKey{ProviderID: *c.ProviderID, Cause: c.Cause}
	if c.ActorID != nil {
		key.ActorID = *c.ActorID
	}
	return key
}

func (r *round) gatherOne(ctx context.Context, key store.StormKey, most int) error {
	since := r.w.Now.Add(-stormFor)
	storm, waits, err := store.WaitingStorm(ctx, &r.w.Reader, key)
	if err != nil {
		return err
	}
	if !waits {
		n, err := store.CountUnsent(ctx, &r.w.Reader, key, since)
		if err != nil || n <= most {
			return err
		}
		if storm, err = r.storm(ctx, key, n); err != nil {
			return err
		}
	}
	return store.JoinStorm(ctx, r.w.Tx, storm.ID, key, since, r.w.Now)
}

// storm returns the storm that waits with a key, and begins it if nobody did.
func (r *round) storm(ctx context.Context, key store.StormKey, n int) (access.Storm, error) {
	if err := store.LockProvider(ctx, r.w.Tx, key.ProviderID); err != nil {
		return access.Storm{}, err
	}
	storm, waits, err := store.WaitingStorm(ctx, &r.w.Reader, key)
	if err != nil || waits {
		return storm, err
	}
	p, err := store.Provider(ctx, &r.w.Reader, key.ProviderID)
	if err != nil {
		return storm, err
	}
	storm = access.Storm{ID: store.NewID(), ProviderID: key.ProviderID, Cause: key.Cause, State: access.StormWaiting, CreatedAt: r.w.Now}
	if key.ActorID != "" {
		storm.ActorID = &key.ActorID
	}
	e := providerEvent(access.System(), access.StormBegan, p, fmt.Sprintf("held back %d tickets for %s: an admin must let them go", n, p.Name))
	e.Cause = key.Cause
	r.w.Event(e)
	return storm, store.AddStorm(ctx, r.w.Tx, storm)
}

// StormView is a storm with its size and its words.
type StormView struct {
	access.Storm
	store.StormSize
	ProviderName string
	ActorName    string // "" for nobody
}

// Storms lists the storms that wait for an admin.
func (s *Service) Storms(ctx context.Context, actor access.Actor) ([]StormView, error) {
	if err := actor.May(access.SeeStorms, 0); err != nil {
		return nil, err
	}
	storms, err := store.WaitingStorms(ctx, s.DB.Read())
	if err != nil || len(storms) == 0 {
		return nil, err
	}
	var ids, providerIDs, actorIDs []string
	for _, x := range storms {
		ids, providerIDs = append(ids, x.ID), append(providerIDs, x.ProviderID)
		if x.ActorID != nil {
			actorIDs = append(actorIDs, *x.ActorID)
		}
	}
	sizes, err := store.StormSizes(ctx, s.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	providers, err := store.ProvidersByID(ctx, s.DB.Read(), unique(providerIDs))
	if err != nil {
		return nil, err
	}
	actors, err := store.UsersByID(ctx, s.DB.Read(), unique(actorIDs))
	if err != nil {
		return nil, err
	}
	views := make([]StormView, len(storms))
	for i, x := range storms {
		views[i] = StormView{Storm: x, StormSize: sizes[x.ID], ProviderName: providers[x.ProviderID].Name}
		if x.ActorID != nil {
			views[i].ActorName = actors[*x.ActorID].Name()
		}
	}
	return views, nil
}

// ReleaseStorm lets the changes of a storm go, each with a ticket or several in
// one. changes is how many the admin was told: if there are others by now, it is
// a Conflict that names the number.
func (s *Service) ReleaseStorm(ctx context.Context, actor access.Actor, id string, changes int, grouping access.Grouping) error {
	if err := actor.May(access.ReleaseStorm, 0); err != nil {
		return err
	}
	if !slices.Contains(access.Groupings, grouping) {
		return access.Problems{"grouping": "must be empty, person or resource"}.Err()
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		storm, err := store.Storm(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if err := store.LockProvider(ctx, w.Tx, storm.ProviderID); err != nil {
			return err
		}
		held, err := store.StormChanges(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if len(held) != changes {
			return access.Errorf(access.Conflict, "there are %d changes by now, not %d; look again", len(held), changes)
		}
		p, err := store.Provider(ctx, &w.Reader, storm.ProviderID)
		if err != nil {
			return err
		}
		storm.State, storm.Grouping, storm.DecidedBy, storm.DecidedAt = access.StormReleased, grouping, actor.ID(), &w.Now
		e := providerEvent(actor, access.StormEnded, p, fmt.Sprintf("let %d changes go to %s", len(held), p.Name))
		e.Data = map[string]string{"grouping": string(grouping)}
		w.Event(e)
		for _, c := range held {
			w.Job(fileJob(c))
		}
		if err := store.FreeStorm(ctx, w.Tx, id); err != nil {
			return err
		}
		return store.ReleaseStorm(ctx, w.Tx, storm)
	})
}

// capped returns until when a change must wait because its provider got as many
// tickets within an hour as an admin wants; zero if it need not. It gives the
// change back then.
func (s *Service) capped(ctx context.Context, w *store.Write, f *filing) (time.Time, error) {
	is, err := settings(ctx, &w.Reader)
	if err != nil || is.TicketsPerHour == 0 {
		return time.Time{}, err
	}
	n, first, err := store.SentSince(ctx, &w.Reader, *f.change.ProviderID, w.Now.Add(-time.Hour))
	if err != nil || n < is.TicketsPerHour || first == nil {
		return time.Time{}, err
	}
	next := first.Add(time.Hour)
	c := f.change
	c.LeaseUntil, c.NextTryAt = nil, &next
	c.Detail = fmt.Sprintf("%d tickets were filed within an hour, which is the cap", n)
	return next, store.UpdateLeased(ctx, w.Tx, c, c.State, f.lease)
}
