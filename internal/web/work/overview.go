package work

import (
	"cmp"
	"strconv"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

const (
	overviewName = "overview" // of the tab
	usualDays    = 30
	mostParts    = 100 // that the page shows; the export has all
	fewMeasured  = 20  // of fewer, 95 of 100 are all
)

// overviewModel is how work went lately.
type overviewModel struct {
	tabs    []ui.Tab
	filter  ui.Filter
	csv     string
	numbers []ui.Stat
	times   []ui.Stat
	chart   ui.DayChart
	by      grouping
	parts   []partRow
	more    int // parts that are not shown
}

// grouping is a way to divide the table.
type grouping struct {
	by          store.WorkBy
	label, none string
	param       string // of the lists, that narrows them to one part
}

var groupings = []grouping{
	{store.WorkByApp, "App", "No app", "app"},
	{store.WorkByProvider, "Ticket provider", "No provider", "provider"},
	{store.WorkByAssignee, "Assignee", "Nobody", "assignee"},
}

// partRow is one line of the table. A number that leads nowhere has no url.
type partRow struct {
	name         string
	link         string // the query that narrows a list to it, "" if none does
	opened, done int
	open, late   int
	attention    int
	measured     int
	p50, p95     string
}

// list is the address of a list narrowed to the part, "" if there is none.
func (r partRow) list(path string) string {
	if r.link == "" {
		return ""
	}
	return path + "?" + r.link
}

func overview(v *site.Visit) error {
	days, g, err := overviewOf(v)
	if err != nil {
		return err
	}
	s, err := v.Propagation.Stats(v.R.Context(), v.Actor, days, g.by)
	if err != nil {
		return err
	}
	if part.WantsCSV(v) {
		return part.Export(v, "work-by-"+string(g.by), statHead(g), func(access.Page) ([][]string, string, error) {
			return statRows(s, g), "", nil
		})
	}
	states, err := v.Propagation.WorkCounts(v.R.Context(), v.Actor)
	if err != nil {
		return err
	}
	counts, err := count(v, states)
	if err != nil {
		return err
	}
	m := overviewModel{
		tabs: tabLinks(v, overviewName, counts), filter: overviewFilter(days, g), csv: part.CSVURL(v), numbers: numbers(s.Total), times: times(s.Total), by: g,
		chart: ui.DayChart{Label: "Done by ticket, a day", Rest: "in time", Part: "late", Now: v.Now}, more: max(0, len(s.Parts)-mostParts),
	}
	for _, d := range s.Days {
		m.chart.Days = append(m.chart.Days, ui.DayBar{Day: d.Day, All: d.Done, Part: d.Late})
	}
	for _, p := range s.Parts[:len(s.Parts)-m.more] {
		m.parts = append(m.parts, partOf(p, g))
	}
	return v.Show(ui.Shell{Title: "Work overview", Active: ui.NavWork}, overviewView(m))
}

// overviewOf is what the query asks for.
func overviewOf(v *site.Visit) (days int, g grouping, err error) {
	switch text := v.Query("days"); text {
	case "":
		days = usualDays
	case "7", "30", "90":
		days, _ = strconv.Atoi(text)
	default:
		return 0, g, access.Errorf(access.Invalid, "the overview is of 7, 30 or 90 days")
	}
	by := store.WorkBy(cmp.Or(v.Query("by"), string(store.WorkByApp)))
	for _, g := range groupings {
		if g.by == by {
			return days, g, nil
		}
	}
	return 0, g, access.Errorf(access.Invalid, "the overview is by app, provider or assignee")
}

func overviewFilter(days int, g grouping) ui.Filter {
	period := ui.Select{Field: ui.Field{Name: "days", Label: "Time"}, Value: strconv.Itoa(days)}
	for _, n := range []int{7, 30, 90} {
		period.Options = append(period.Options, ui.Option{Value: strconv.Itoa(n), Label: "Last " + strconv.Itoa(n) + " days"})
	}
	by := ui.Select{Field: ui.Field{Name: "by", Label: "Table by"}, Value: string(g.by)}
	for _, each := range groupings {
		by.Options = append(by.Options, ui.Option{Value: string(each.by), Label: "By " + lower(each.label)})
	}
	return ui.Filter{Action: "/work/" + overviewName, Selects: []ui.Select{period, by}}
}

func numbers(s store.WorkStat) []ui.Stat {
	return []ui.Stat{
		{Label: "Opened", Value: ui.Number(s.Opened), Note: "in this time"},
		{Label: "Done", Value: ui.Number(s.Done), Note: "in this time"},
		{Label: "Open now", Value: ui.Number(s.Open), Note: "see them", URL: "/work"},
		stat("Late now", s.Late, "past its target", "/work/late", ui.Bad),
		stat("Needs attention now", s.Attention, "a person must decide", "/work/attention", ui.Bad),
	}
}

// times says how long changes took, and of how many that is known.
func times(s store.WorkStat) []ui.Stat {
	if s.Measured == 0 {
		return nil
	}
	of := "of " + ui.Plural(s.Measured, "change") + " measured (p"
	slow := ui.Stat{Label: "95 of 100 took at most", Value: ui.Span(s.P95()), Note: of + "95)"}
	if s.Measured < fewMeasured {
		slow.Label, slow.Note = "The slowest took", of+"95): too few to say more"
	}
	return []ui.Stat{{Label: "Half took at most", Value: ui.Span(s.P50()), Note: of + "50)"}, slow}
}

func partOf(p propagation.StatPart, g grouping) partRow {
	r := partRow{
		name: cmp.Or(p.Name, g.none), opened: p.Opened, done: p.Done, open: p.Open, late: p.Late, attention: p.Attention, measured: p.Measured,
	}
	if p.ID != "" {
		r.link = query(g.param, p.ID)
	}
	if p.Measured > 0 {
		r.p50, r.p95 = ui.Span(p.P50()), ui.Span(p.P95())
	}
	return r
}

func statHead(g grouping) []string {
	return []string{string(g.by) + "_id", string(g.by), "opened", "done", "open_now", "late_now", "attention_now", "measured", "p50_seconds", "p95_seconds"}
}

// statRows is the table as CSV, with the sum of all first.
func statRows(s propagation.Stats, g grouping) [][]string {
	rows := [][]string{statRow(s.Total, "all")}
	for _, p := range s.Parts {
		rows = append(rows, statRow(p.WorkStat, cmp.Or(p.Name, g.none)))
	}
	return rows
}

func statRow(s store.WorkStat, name string) []string {
	row := []string{s.ID, name}
	for _, n := range []int{s.Opened, s.Done, s.Open, s.Late, s.Attention, s.Measured} {
		row = append(row, strconv.Itoa(n))
	}
	if s.Measured == 0 {
		return append(row, "", "")
	}
	return append(row, seconds(s.P50()), seconds(s.P95()))
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
