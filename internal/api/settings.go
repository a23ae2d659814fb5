package api

import (
	"cmp"
	"context"
	"net/http"

	"admit/internal/access"
	"admit/internal/calendar"
	"admit/internal/oncall"
	"admit/internal/propagation"
)

// EngineSettings is how tickets are followed in the whole installation. An answer
// has all of it; what a change leaves out stays as it is.
type EngineSettings struct {
	_ struct{} `json:"-" additionalProperties:"false"`

	StormAbove     *int      `json:"storm_above,omitempty" minimum:"0" maximum:"1000000" doc:"More tickets than this of one cause at once wait for an admin: see getStorms. 0 lets all go."`
	TicketsPerHour *int      `json:"tickets_per_hour,omitempty" minimum:"0" maximum:"1000000" doc:"How many tickets one provider gets within an hour. 0 is no cap."`
	Calendar       *Calendar `json:"calendar,omitempty"`
	Clocks         *Clocks   `json:"clocks,omitempty"`
}

// Calendar says when people work. Only then clocks run.
type Calendar struct {
	_ struct{} `json:"-" additionalProperties:"false"`

	Zone     *string   `json:"zone,omitempty" doc:"Such as Europe/Berlin."`
	Week     *[]Hours  `json:"week,omitempty" maxItems:"100" doc:"Empty for round the clock."`
	Holidays *[]string `json:"holidays,omitempty" maxItems:"1000" doc:"Days such as 2026-12-25. Hours that begin on one are off."`
}

// Hours are a stretch of work of each week.
type Hours struct {
	_ struct{} `json:"-" additionalProperties:"false"`

	Day  string `json:"day" required:"true" doc:"Such as monday."`
	From string `json:"from" required:"true" doc:"Such as 09:00."`
	To   string `json:"to" required:"true" doc:"Such as 17:00. If it is not later, it is on the next day; 24:00 is the end of the day."`
}

// Clocks says after how much working time a change that waits for people is
// theirs to hear of, by where it leads.
type Clocks struct {
	_ struct{} `json:"-" additionalProperties:"false"`

	Grant   *RiskClocks `json:"grant,omitempty"`
	Removal *RiskClocks `json:"removal,omitempty"`
}

// RiskClocks are clocks by the risk of the resource.
type RiskClocks struct {
	_ struct{} `json:"-" additionalProperties:"false"`

	Low    *Clock `json:"low,omitempty"`
	Normal *Clock `json:"normal,omitempty"`
	High   *Clock `json:"high,omitempty"`
}

// Clock is when people hear of a change, in working time.
type Clock struct {
	_ struct{} `json:"-" additionalProperties:"false"`

	Remind *string `json:"remind,omitempty" doc:"When whoever has it is reminded, such as 16h or 90m. 0s is never."`
	Late   *string `json:"late,omitempty" doc:"When it is late, and its admins are told. 0s is never."`
}

func settingsOf(is propagation.Settings) EngineSettings {
	week := each(is.Calendar.Week, func(h calendar.Hours) Hours { return Hours{Day: h.Day, From: h.From, To: h.To} })
	holidays := append([]string{}, is.Calendar.Holidays...)
	clock := func(d access.Direction, risk access.Risk) *Clock {
		at := is.Targets(d, risk)
		return &Clock{Remind: new(at.Remind.String()), Late: new(at.Late.String())}
	}
	clocks := func(d access.Direction) *RiskClocks {
		return &RiskClocks{Low: clock(d, access.LowRisk), Normal: clock(d, access.NormalRisk), High: clock(d, access.HighRisk)}
	}
	return EngineSettings{
		StormAbove: &is.StormAbove, TicketsPerHour: &is.TicketsPerHour,
		Calendar: &Calendar{Zone: new(cmp.Or(is.Calendar.Zone, "UTC")), Week: &week, Holidays: &holidays},
		Clocks:   &Clocks{Grant: clocks(access.ToGrant), Removal: clocks(access.ToRemove)},
	}
}

// apply changes settings. What cannot be read is an Invalid error.
func (s EngineSettings) apply(is *propagation.Settings) error {
	var wrong access.Problems
	set(&is.StormAbove, s.StormAbove)
	set(&is.TicketsPerHour, s.TicketsPerHour)
	s.Calendar.apply(&is.Calendar)
	s.Clocks.apply(is, &wrong)
	return wrong.Err()
}

func (c *Calendar) apply(to *calendar.Calendar) {
	if c == nil {
		return
	}
	set(&to.Zone, c.Zone)
	set(&to.Holidays, c.Holidays)
	if c.Week != nil {
		to.Week = each(*c.Week, func(h Hours) calendar.Hours { return calendar.Hours{Day: h.Day, From: h.From, To: h.To} })
	}
}

func (c *Clocks) apply(is *propagation.Settings, wrong *access.Problems) {
	if c == nil {
		return
	}
	clocks := map[access.Direction]map[access.Risk]propagation.Targets{}
	for d, given := range map[access.Direction]*RiskClocks{access.ToGrant: c.Grant, access.ToRemove: c.Removal} {
		clocks[d] = map[access.Risk]propagation.Targets{}
		for _, risk := range access.Risks {
			at := is.Targets(d, risk)
			given.of(risk).apply(&at, "clocks."+string(d)+"."+string(risk), wrong)
			clocks[d][risk] = at
		}
	}
	is.Clocks = clocks
}

func (r *RiskClocks) of(risk access.Risk) *Clock {
	if r == nil {
		return nil
	}
	return map[access.Risk]*Clock{access.LowRisk: r.Low, access.NormalRisk: r.Normal, access.HighRisk: r.High}[risk]
}

func (c *Clock) apply(at *propagation.Targets, field string, wrong *access.Problems) {
	if c == nil {
		return
	}
	read := func(name string, to *propagation.Duration, text *string) {
		if text != nil && to.UnmarshalText([]byte(*text)) != nil {
			wrong.Add(field+"."+name, "must be a duration such as 16h or 90m")
		}
	}
	read("remind", &at.Remind, c.Remind)
	read("late", &at.Late, c.Late)
}

func set[T any](to *T, v *T) {
	if v != nil {
		*to = *v
	}
}

type settingsInput struct{ Body EngineSettings }

func (a *api) settings() {
	const path, tag = "/settings/engine", "settings"
	handle(a, op{method: http.MethodGet, path: path, id: "getEngineSettings", tag: tag, about: "Returns how tickets are followed."}, a.getSettings)
	handle(a, op{
		method: http.MethodPut, path: path, id: "updateEngineSettings", tag: tag, about: "Changes how tickets are followed.",
		more: "What is left out stays as it is, also inside an object. It holds for what happens from now on.",
	}, func(ctx context.Context, actor access.Actor, in *settingsInput) (EngineSettings, error) {
		if err := a.Propagation.ChangeSettings(ctx, actor, in.Body.apply); err != nil {
			return EngineSettings{}, err
		}
		return a.getSettings(ctx, actor, nil)
	})
}

// OnCall is how Admit asks who is on call. The key is never shown.
type OnCall struct {
	Address string `json:"address" required:"true" doc:"Of PagerDuty's interface. Empty is that of the US."`
	HasKey  bool   `json:"has_key" required:"true"`
}

// Schedule is one of the turns to choose from for an app's tickets.
type Schedule struct {
	ID   string `json:"schedule" required:"true"`
	Name string `json:"schedule_name" required:"true"`
}

// Schedules are all turns there are.
type Schedules struct {
	Schedules []Schedule `json:"schedules" required:"true"`
}

type onCallInput struct {
	Body struct {
		_ struct{} `json:"-" additionalProperties:"false"`

		Address string `json:"address,omitempty" doc:"Of the interface of PagerDuty. Empty is that of the US."`
		Key     string `json:"key,omitempty" doc:"A read-only REST API key. Empty keeps the one that is stored."`
	}
}

func (a *api) onCall() {
	const path, tag = "/settings/on-call", "settings"
	get := func(ctx context.Context, actor access.Actor, _ *struct{}) (OnCall, error) {
		is, err := a.Propagation.OnCallAccess(ctx, actor)
		return OnCall{is.Address, is.HasKey}, err
	}
	handle(a, op{method: http.MethodGet, path: path, id: "getOnCall", tag: tag, about: "Returns how Admit asks who is on call."}, get)
	handle(a, op{
		method: http.MethodPut, path: path, id: "updateOnCall", tag: tag, about: "Sets how Admit asks who is on call.", more: "It is tried first.",
	}, func(ctx context.Context, actor access.Actor, in *onCallInput) (OnCall, error) {
		if err := a.Propagation.SaveOnCallAccess(ctx, actor, in.Body.Address, in.Body.Key, false); err != nil {
			return OnCall{}, err
		}
		return get(ctx, actor, nil)
	})
	handleEmpty(a, op{method: http.MethodDelete, path: path, id: "deleteOnCall", tag: tag, about: "Forgets how to ask who is on call."},
		func(ctx context.Context, actor access.Actor, _ *struct{}) error {
			return a.Propagation.SaveOnCallAccess(ctx, actor, "", "", true)
		})
	handle(a, op{method: http.MethodGet, path: path + "/schedules", id: "getSchedules", tag: tag, about: "Lists whose turns an app's tickets can go to."},
		func(ctx context.Context, actor access.Actor, _ *struct{}) (Schedules, error) {
			found, err := a.Propagation.Schedules(ctx, actor)
			return Schedules{each(found, func(c oncall.Choice) Schedule { return Schedule{c.ID, c.Name} })}, err
		})
}

func (a *api) getSettings(ctx context.Context, actor access.Actor, _ *struct{}) (EngineSettings, error) {
	is, err := a.Propagation.Settings(ctx, actor)
	return settingsOf(is), err
}
