package ui

import (
	"slices"
	"strconv"
	"time"
)

// DayBar is one day of a DayChart: a count, and the part of it that stands out.
type DayBar struct {
	Day       time.Time
	All, Part int
}

// DayChart is a count for each day as bars. The part of a bar that stands out is
// hollow. What a bar says is also in a table, for those who read.
type DayChart struct {
	Label string // what is counted: "Done a day"
	Rest  string // what the solid part is: "in time"
	Part  string // what the hollow part is: "late"
	Days  []DayBar
	Now   time.Time
}

const (
	barRoom   = 10 // of a day, in units of the drawing
	barWidth  = 7
	barHeight = 100
)

func (c DayChart) most() int {
	most := 0
	for _, d := range c.Days {
		most = max(most, d.All)
	}
	return most
}

func (c DayChart) viewBox() string {
	return "0 0 " + strconv.Itoa(barRoom*len(c.Days)) + " " + strconv.Itoa(barHeight)
}

// summary says in a sentence what one sees at a glance.
func (c DayChart) summary() string {
	all, part := 0, 0
	for _, d := range c.Days {
		all, part = all+d.All, part+d.Part
	}
	return c.Label + ", for " + Plural(len(c.Days), "day") + ": " + Number(all) + " in all, of these " + Number(part) + " " + c.Part +
		"; at most " + Number(c.most()) + " a day"
}

// bar is a drawn stretch of a day.
type bar struct {
	x, y, height string
	hollow       bool
}

// bars draws a day: what stands out on top of the rest.
func (c DayChart) bars(i int) []bar {
	rest, part := c.tall(c.Days[i].All-c.Days[i].Part), c.tall(c.Days[i].Part)
	x := strconv.Itoa(barRoom*i + (barRoom-barWidth)/2)
	var all []bar
	if rest > 0 {
		all = append(all, bar{x, strconv.Itoa(barHeight - rest), strconv.Itoa(rest), false})
	}
	if part > 0 {
		all = append(all, bar{x, strconv.Itoa(barHeight - rest - part), strconv.Itoa(part), true})
	}
	return all
}

// tall is the height of a count. What is not nothing can be seen.
func (c DayChart) tall(n int) int {
	if n <= 0 {
		return 0
	}
	return max(2, barHeight*n/c.most())
}

// told are the days with a count, the newest first.
func (c DayChart) told() []DayBar {
	var all []DayBar
	for _, d := range slices.Backward(c.Days) {
		if d.All > 0 {
			all = append(all, d)
		}
	}
	return all
}

func (c DayChart) title(d DayBar) string {
	return Date(d.Day, c.Now) + ": " + Number(d.All) + ", of these " + Number(d.Part) + " " + c.Part
}
