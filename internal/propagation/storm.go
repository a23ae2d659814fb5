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

// idOf is an id that may be none.
func idOf(id *string) string {
	if id == nil {
		return ""
	}
	return *id
}

func stormKey(c access.AccessChange) store.StormKey {
	return store.StormKey{ProviderID: *c.ProviderID, Cause: c.Cause, ActorID: idOf(c.ActorID)}
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
	ActorName    string                  // "" for nobody
	DeciderName  string                  // "" while it waits
	Tickets      map[access.Grouping]int // how many each grouping would make; of one storm only
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
	return s.stormViews(ctx, storms)
}

// Storm returns one storm, with what each grouping would make of it. What it
// holds back is listed by Work.
func (s *Service) Storm(ctx context.Context, actor access.Actor, id string) (StormView, error) {
	if err := actor.May(access.SeeStorms, 0); err != nil {
		return StormView{}, err
	}
	storm, err := store.Storm(ctx, s.DB.Read(), id)
	if err != nil {
		return StormView{}, err
	}
	views, err := s.stormViews(ctx, []access.Storm{storm})
	if err != nil {
		return StormView{}, err
	}
	v := views[0]
	if storm.State != access.StormWaiting {
		return v, nil
	}
	held, err := store.StormChanges(ctx, s.DB.Read(), id)
	v.Tickets = map[access.Grouping]int{}
	for _, g := range access.Groupings {
		v.Tickets[g] = len(firsts(held, g))
	}
	return v, err
}

func (s *Service) stormViews(ctx context.Context, storms []access.Storm) ([]StormView, error) {
	var ids, providerIDs, userIDs []string
	for _, x := range storms {
		ids, providerIDs = append(ids, x.ID), append(providerIDs, x.ProviderID)
		userIDs = append(userIDs, idOf(x.ActorID), idOf(x.DecidedBy))
	}
	sizes, err := store.StormSizes(ctx, s.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	providers, err := store.ProvidersByID(ctx, s.DB.Read(), unique(providerIDs))
	if err != nil {
		return nil, err
	}
	users, err := store.UsersByID(ctx, s.DB.Read(), unique(userIDs))
	views := make([]StormView, len(storms))
	for i, x := range storms {
		actor, decider := users[idOf(x.ActorID)], users[idOf(x.DecidedBy)]
		views[i] = StormView{
			Storm: x, StormSize: sizes[x.ID], ProviderName: providers[x.ProviderID].Name, ActorName: actor.Name(), DeciderName: decider.Name(),
		}
	}
	return views, err
}

// firsts returns, of changes that are let go together, one for each ticket that
// will be filed: the others become lines in it. It counts as findLines finds.
func firsts(held []access.AccessChange, grouping access.Grouping) []access.AccessChange {
	type group struct{ of, project, assignee string }
	sizes := map[group]int{}
	var all []access.AccessChange
	for _, c := range held {
		if c.Direction != access.ToRemove || grouping == access.GroupNone {
			all = append(all, c)
			continue
		}
		g := group{c.UserID, c.ProjectID, idOf(c.AssigneeID)}
		if grouping == access.GroupByResource {
			g.of = c.ResourceID
		}
		if sizes[g]%maxLines == 0 {
			all = append(all, c)
		}
		sizes[g]++
	}
	return all
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
		for _, c := range firsts(held, grouping) {
			w.Job(fileJob(c))
		}
		if err := store.FreeStorm(ctx, w.Tx, id, w.Now); err != nil {
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
