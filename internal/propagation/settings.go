package propagation

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/calendar"
	"admit/internal/sqldb"
	"admit/internal/store"
)

// Settings are what an admin tunes of the engine for the whole installation.
type Settings struct {
	StormAbove     int `json:"storm_above"`      // more tickets than this of one cause at once wait for an admin; 0: none wait
	TicketsPerHour int `json:"tickets_per_hour"` // at one provider; 0: no cap

	Calendar calendar.Calendar                            `json:"calendar"` // when people work
	Clocks   map[access.Direction]map[access.Risk]Targets `json:"clocks"`   // in working time
}

// DefaultSettings are those of an installation where nobody changed them. A day
// has eight hours of work.
func DefaultSettings() Settings {
	const day = 8 * time.Hour
	at := func(remind time.Duration) Targets { return Targets{Duration(remind), Duration(2 * remind)} }
	return Settings{
		StormAbove: 100, Calendar: calendar.Default(),
		Clocks: map[access.Direction]map[access.Risk]Targets{
			access.ToGrant:  {access.LowRisk: at(3 * day), access.NormalRisk: at(2 * day), access.HighRisk: at(day)},
			access.ToRemove: {access.LowRisk: at(2 * day), access.NormalRisk: at(day), access.HighRisk: at(2 * time.Hour)},
		},
	}
}

// Duration is a time.Duration that is written like 16h or 90m.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// String is how a Duration is written.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

const (
	settingsName = "engine"
	highestLimit = 1_000_000
)

// Settings returns how the engine is tuned.
func (s *Service) Settings(ctx context.Context, actor access.Actor) (Settings, error) {
	if err := actor.May(access.SeeSettings, 0); err != nil {
		return Settings{}, err
	}
	return settings(ctx, s.DB.Read())
}

// SaveSettings tunes the engine. It holds for what happens from now on.
func (s *Service) SaveSettings(ctx context.Context, actor access.Actor, is Settings) error {
	return s.ChangeSettings(ctx, actor, func(now *Settings) error {
		*now = is
		return nil
	})
}

// ChangeSettings is SaveSettings for a part of them. change replaces what it
// changes: maps and lists are those of before.
func (s *Service) ChangeSettings(ctx context.Context, actor access.Actor, change func(*Settings) error) error {
	if err := actor.May(access.ManageSettings, 0); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		was, err := settings(ctx, &w.Reader)
		if err != nil {
			return err
		}
		is := was
		if err := change(&is); err != nil {
			return err
		}
		if err := is.check(); err != nil {
			return err
		}
		e := access.By(actor, access.SettingsChanged, "changed how tickets are followed")
		e.Data = map[string]string{"was": sqldb.JSON(was), "is": sqldb.JSON(is)}
		w.Event(e)
		return store.SetSetting(ctx, w.Tx, settingsName, sqldb.JSON(is))
	})
}

func (is Settings) check() error {
	var wrong access.Problems
	for field, n := range map[string]int{"storm_above": is.StormAbove, "tickets_per_hour": is.TicketsPerHour} {
		if n < 0 || n > highestLimit {
			wrong.Add(field, "must be a number from 0 to %d", highestLimit)
		}
	}
	for field, problem := range is.Calendar.Validate() {
		wrong.Add("calendar."+field, "%s", problem)
	}
	for _, d := range []access.Direction{access.ToGrant, access.ToRemove} {
		for _, risk := range access.Risks {
			at := is.Targets(d, risk)
			field := "clocks." + string(d) + "." + string(risk)
			for name, v := range map[string]Duration{".remind": at.Remind, ".late": at.Late} {
				if v < 0 || time.Duration(v) > longestTarget {
					wrong.Add(field+name, "must be from 0 to %s", Duration(longestTarget))
				}
			}
			if at.Late != 0 && at.Remind > at.Late {
				wrong.Add(field+".remind", "must not be after a change is late")
			}
		}
	}
	return wrong.Err()
}

// longestTarget is a year of work.
const longestTarget = 2000 * time.Hour

func settings(ctx context.Context, r *sqldb.Reader) (Settings, error) {
	is := DefaultSettings()
	text, err := store.Setting(ctx, r, settingsName)
	if err != nil || text == "" {
		return is, err
	}
	is.Calendar = calendar.Calendar{} // is stored whole: no hours are all hours, not the usual ones
	if err := json.Unmarshal([]byte(text), &is); err != nil {
		return is, fmt.Errorf("read the settings of the engine: %w", err)
	}
	return is, nil
}
