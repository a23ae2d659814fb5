package propagation

import (
	"cmp"
	"context"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
)

// Stats is how work went lately, and how it stands.
type Stats struct {
	Since time.Time // the first day begins
	Total store.WorkStat
	Parts []StatPart // the busiest first
	Days  []StatDay  // the oldest first
}

// StatPart is the part of an app, a provider or an assignee in Stats.
type StatPart struct {
	store.WorkStat
	Name string // "" for what belongs to none
}

// StatDay is a day of Stats.
type StatDay struct {
	Day        time.Time // where people work
	Done, Late int       // done by ticket; and of these, how many late
}

// longestStats is the most days one may ask for.
const longestStats = 366

// Stats counts what was opened and done in the last days, today among them, and
// what is open now, of the access changes of Work that the actor sees.
func (s *Service) Stats(ctx context.Context, actor access.Actor, days int, by store.WorkBy) (Stats, error) {
	if err := actor.May(access.SeeWork, 0); err != nil {
		return Stats{}, err
	}
	var wrong access.Problems
	if days < 1 || days > longestStats {
		wrong.Add("days", "must be a number from 1 to %d", longestStats)
	}
	if by == store.WorkInAll || !by.Known() {
		wrong.Add("by", "must be app, provider or assignee")
	}
	if err := wrong.Err(); err != nil {
		return Stats{}, err
	}
	r, seen := s.DB.Read(), visibleTo(actor)
	midnights, err := s.midnights(ctx, r, days)
	if err != nil {
		return Stats{}, err
	}
	stats := Stats{Since: midnights[0]}
	total, err := store.WorkStats(ctx, r, store.WorkInAll, stats.Since, seen)
	if err != nil {
		return Stats{}, err
	}
	if len(total) > 0 {
		stats.Total = total[0]
	}
	if stats.Parts, err = statParts(ctx, r, by, stats.Since, seen); err != nil {
		return Stats{}, err
	}
	counts, err := store.DoneCounts(ctx, r, midnights, seen)
	for i, c := range counts {
		stats.Days = append(stats.Days, StatDay{midnights[i], c.Done, c.Late})
	}
	return stats, err
}

// midnights returns when each of the last days began where people work, and when
// today ends.
func (s *Service) midnights(ctx context.Context, r *sqldb.Reader, days int) ([]time.Time, error) {
	is, err := settings(ctx, r)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(is.Calendar.Zone)
	if err != nil {
		return nil, err
	}
	year, month, today := s.DB.Time().In(zone).Date()
	all := make([]time.Time, days+1)
	for i := range all {
		all[i] = time.Date(year, month, today+1-days+i, 0, 0, 0, 0, zone)
	}
	return all, nil
}

func statParts(ctx context.Context, r *sqldb.Reader, by store.WorkBy, since time.Time, visibleTo string) ([]StatPart, error) {
	found, err := store.WorkStats(ctx, r, by, since, visibleTo)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	names, err := statNames(ctx, r, by, ids)
	parts := make([]StatPart, len(found))
	for i, f := range found {
		parts[i] = StatPart{f, names[f.ID]}
	}
	slices.SortFunc(parts, func(a, b StatPart) int {
		return cmp.Or(cmp.Compare(b.Open+b.Done, a.Open+a.Done), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return parts, err
}

// statNames returns the names of what is counted by, by id.
func statNames(ctx context.Context, r *sqldb.Reader, by store.WorkBy, ids []string) (map[string]string, error) {
	names := map[string]string{}
	switch by {
	case store.WorkByApp:
		apps, err := store.AppsByID(ctx, r, ids)
		for id, a := range apps {
			names[id] = a.Name
		}
		return names, err
	case store.WorkByProvider:
		providers, err := store.ProvidersByID(ctx, r, ids)
		for id, p := range providers {
			names[id] = p.Name
		}
		return names, err
	case store.WorkByAssignee:
		users, err := store.UsersByID(ctx, r, ids)
		for id, u := range users {
			names[id] = u.Name()
		}
		return names, err
	case store.WorkInAll:
	}
	return names, nil
}
