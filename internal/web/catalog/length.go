package catalog

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"admit/internal/access"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

const (
	noEnd     = "none" // the choice of no end
	hour, day = 60, 24 * 60
	usual     = 30 * day // what a form starts with when nothing is recommended

	unitDays    = "days"
	unitHours   = "hours"
	unitMinutes = "minutes"
)

// presets are the lengths to choose from, in minutes.
var presets = []int{hour, 8 * hour, day, 7 * day, 30 * day, 90 * day}

// longest is the longest time all of the resources allow; nil: no end needed.
func (w askView) longest() *int {
	var least *int
	for _, t := range w.things {
		if m := t.MaxMinutes; m != nil && (least == nil || *m < *least) {
			least = m
		}
	}
	return least
}

// recommended is the shortest time any of the resources recommends; nil: none.
func (w askView) recommended() *int {
	var least *int
	for _, t := range w.things {
		if m := t.RecommendedMinutes; m != nil && (least == nil || *m < *least) {
			least = m
		}
	}
	return least
}

// start is the choice a new form begins with.
func (w askView) start() string {
	longest, recommended := w.longest(), w.recommended()
	switch {
	case recommended != nil && (longest == nil || *recommended <= *longest):
		return strconv.Itoa(*recommended)
	case longest != nil && *longest < usual:
		return strconv.Itoa(*longest)
	}
	return strconv.Itoa(usual)
}

// lengths are the choices: the usual ones that are allowed, the longest, and
// the recommended one.
func (w askView) lengths() []ui.Option {
	longest, recommended := w.longest(), w.recommended()
	all := map[int]bool{}
	for _, m := range presets {
		if longest == nil || m <= *longest {
			all[m] = true
		}
	}
	for _, m := range []*int{longest, recommended} {
		if m != nil && (longest == nil || *m <= *longest) {
			all[*m] = true
		}
	}
	var options []ui.Option
	for _, m := range slices.Sorted(maps.Keys(all)) {
		o := ui.Option{Value: strconv.Itoa(m), Label: ui.Duration(time.Duration(m) * time.Minute)}
		if recommended != nil && m == *recommended {
			o.Help = "recommended"
		}
		options = append(options, o)
	}
	if longest == nil {
		options = append(options, ui.Option{Value: noEnd, Label: "No end"})
	}
	return options
}

// minutes is the length that was asked for; nil is without end. A number typed
// wins over a choice.
func (w askView) minutes() (*int, part.Mistakes) {
	if w.number != "" {
		n, err := strconv.Atoi(w.number)
		if err != nil || n < 1 || n > access.MaxDuration {
			return nil, part.Mistake("number", "must be a whole number, one or more")
		}
		total := n * inMinutes(w.unit)
		return &total, part.Mistakes{}
	}
	if w.length == noEnd {
		return nil, part.Mistakes{}
	}
	n, err := strconv.Atoi(w.length)
	if err != nil {
		return nil, part.Mistake("length", "is required: choose how long you need it")
	}
	return &n, part.Mistakes{}
}

func inMinutes(unit string) int {
	switch unit {
	case unitMinutes:
		return 1
	case unitHours:
		return hour
	}
	return day
}
