package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Tone is what a colour means. The zero value is neutral.
type Tone string

// The tones. Only good, warn and bad say something about a state.
const (
	Neutral Tone = ""
	Accent  Tone = "accent"
	Good    Tone = "good"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// toneClass is the class of a component in a tone, or "" for neutral.
func toneClass(component string, t Tone) string {
	if t == Neutral {
		return ""
	}
	return component + "-" + string(t)
}

// Number writes a count with a comma between thousands.
func Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Plural writes a count and its noun: "1 user", "1,200 users".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + noun + "s"
}

// Ago says how far t is from now in words, past or future: "3 min ago",
// "in 2 days". From 30 days on it is the date. time.js says the same.
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	past := d >= 0
	d = d.Abs()
	switch {
	case d < 45*time.Second && past:
		return "just now"
	case d < 45*time.Second:
		return "in a moment"
	case d >= 30*24*time.Hour:
		return Date(t, now)
	}
	span := agoSpan(d)
	if past {
		return span + " ago"
	}
	return "in " + span
}

func agoSpan(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", max(1, int(d.Round(time.Minute)/time.Minute)))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h", d.Round(time.Hour)/time.Hour)
	default:
		return Plural(int((d+12*time.Hour)/(24*time.Hour)), "day")
	}
}

// Date writes a day, with the year only when it is not that of now.
func Date(t, now time.Time) string {
	if t.Year() == now.Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// Exact is the full time shown on hover.
func Exact(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05") + " UTC" }

// Duration writes a span in its largest whole units: "30 minutes", "8 hours",
// "7 days", "1 day 12 hours". Zero is "no end", as a grant without an end has.
func Duration(d time.Duration) string {
	if d <= 0 {
		return "no end"
	}
	if d < time.Minute {
		return Plural(int(d.Round(time.Second)/time.Second), "second")
	}
	d = d.Round(time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	var parts []string
	for _, p := range []struct {
		n    int
		noun string
	}{{days, "day"}, {hours, "hour"}, {minutes, "minute"}} {
		if p.n > 0 && len(parts) < 2 {
			parts = append(parts, Plural(p.n, p.noun))
		}
	}
	return strings.Join(parts, " ")
}

// Span writes how long something took, in its two largest units: "20 min",
// "3 h 20 min", "2 days 4 h".
func Span(d time.Duration) string {
	if d < time.Minute {
		return "under a minute"
	}
	if d >= 24*time.Hour {
		d = d.Round(time.Hour)
	} else {
		d = d.Round(time.Minute)
	}
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	var parts []string
	if days > 0 {
		parts = append(parts, Plural(days, "day"))
	}
	if hours > 0 {
		parts = append(parts, strconv.Itoa(hours)+" h")
	}
	if minutes > 0 && days == 0 {
		parts = append(parts, strconv.Itoa(minutes)+" min")
	}
	return strings.Join(parts, " ")
}

// initials are the one or two letters that stand for a name.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "?"
	}
	if strings.Contains(name, "@") {
		words = words[:1]
	}
	first := []rune(words[0])
	if len(words) == 1 {
		return strings.ToUpper(string(first[:1]))
	}
	last := []rune(words[len(words)-1])
	return strings.ToUpper(string(first[0]) + string(last[0]))
}
