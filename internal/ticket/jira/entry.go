package jira

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// entry is a field of a form, with what a draft puts into it.
type entry struct {
	ticket.FormField

	text string // as the draft has it
	sent any    // as Jira takes it
}

// entries returns what a draft puts into the fields of its form, which is only
// read if there is anything to put in. What is wrong is refused by name, all of
// it at once.
func (p *Provider) entries(d ticket.Draft, form func() ([]entry, error)) ([]entry, error) {
	if len(d.Fields) == 0 {
		return nil, nil
	}
	known, err := form()
	if err != nil {
		return nil, err
	}
	var list []entry
	var wrong, said []string
	for _, id := range slices.Sorted(maps.Keys(d.Fields)) {
		text := strings.TrimSpace(ticket.Printable(d.Fields[id]))
		i := slices.IndexFunc(known, func(e entry) bool { return e.ID == id })
		if i < 0 {
			wrong, said = append(wrong, id), append(said, line(id)+" is not a field of this type of ticket")
			continue
		}
		if text == "" {
			continue
		}
		e, problem := p.filled(known[i], text)
		if problem != "" {
			wrong, said = append(wrong, id), append(said, e.Name+" "+problem)
		}
		list = append(list, e)
	}
	if len(wrong) > 0 {
		return nil, ticket.Refusal(strings.Join(said, "; "), wrong...)
	}
	return list, nil
}

// filled puts a text into a field, or says what is wrong with it.
func (p *Provider) filled(e entry, text string) (filled entry, problem string) {
	e.text = text
	switch e.Entry {
	case ticket.Line:
		e.sent = ticket.OneLine(text)
	case ticket.Paragraph:
		e.sent = p.fitted(text)
	case ticket.Choice:
		if e.sent = map[string]string{"id": text}; !e.offers(text) {
			return e, "has no such choice"
		}
	case ticket.Choices:
		ids := []map[string]string{}
		for _, one := range tags(text) {
			ids = append(ids, map[string]string{"id": one})
		}
		if e.sent = ids; !e.offers(tags(text)...) {
			return e, "has no such choice"
		}
	case ticket.Tags:
		e.sent = tags(text)
		if slices.ContainsFunc(tags(text), func(tag string) bool { return strings.ContainsAny(tag, " \t") }) {
			return e, "must be words without blanks"
		}
	case ticket.Number:
		n, err := strconv.ParseFloat(text, 64)
		if e.sent = n; err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return e, "must be a number"
		}
	case ticket.Date:
		if e.sent = text; !isDate(text) {
			return e, "must be a date such as 2006-01-02"
		}
	default:
		return e, "cannot be filled in"
	}
	return e, ""
}

// offers reports whether all of these can be chosen.
func (e entry) offers(ids ...string) bool {
	return isWithin(ids, e.Options, func(o ticket.Option) string { return o.ID })
}

// tags reads one word or id on each line.
func tags(text string) []string {
	var list []string
	for one := range strings.Lines(text) {
		if one = strings.TrimSpace(ticket.Printable(one)); one != "" {
			list = append(list, one)
		}
	}
	return list
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// isIn reports whether Jira stored what was put into the field.
func (e entry) isIn(stored json.RawMessage) bool {
	if isEmpty(stored) {
		return false
	}
	switch e.Entry {
	case ticket.Line, ticket.Date:
		var text string
		return json.Unmarshal(stored, &text) == nil && ticket.OneLine(text) == ticket.OneLine(e.text)
	case ticket.Choice:
		var option named
		return json.Unmarshal(stored, &option) == nil && string(option.ID) == e.text
	case ticket.Choices:
		var options []named
		return json.Unmarshal(stored, &options) == nil && isWithin(tags(e.text), options, func(o named) string { return string(o.ID) })
	case ticket.Tags:
		var words []string
		return json.Unmarshal(stored, &words) == nil && isWithin(tags(e.text), words, func(word string) string { return word })
	case ticket.Number:
		var n float64
		return json.Unmarshal(stored, &n) == nil && n == e.sent
	default:
		return true // a text comes back in a form of Jira's own
	}
}

// isWithin reports whether every one of wanted is there.
func isWithin[T any](wanted []string, stored []T, word func(T) string) bool {
	return !slices.ContainsFunc(wanted, func(one string) bool {
		return !slices.ContainsFunc(stored, func(s T) bool { return word(s) == one })
	})
}

// isEmpty reports whether a field holds nothing.
func isEmpty(stored json.RawMessage) bool {
	switch strings.TrimSpace(string(stored)) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}
