package servicenowtest

import (
	"iter"
	"regexp"
	"slices"
	"strings"
)

// query is an encoded query: conditions that must all hold, each with
// alternatives, and an order. "a^ORb^c" is (a or b) and c; "^NQ" begins another
// set, one of which must hold.
type query struct {
	sets  [][][]condition
	order []ordering
}

type condition struct {
	field, operator, value string
	values                 map[string]bool
}

type ordering struct {
	field string
	desc  bool
}

var term = regexp.MustCompile(`^([a-z][a-z0-9_.]*)(>=|<=|!=|=|>|<|IN|LIKE|STARTSWITH|ISNOTEMPTY|ISEMPTY)(.*)$`)

// parse reads a query on a table. What is invalid in it is left out, unless the
// property glide.invalid_query.returns_no_rows is set: then ok is false.
// Source: documentation of sysparm_query, Table API.
func (s *Server) parse(table, text string) (q query, ok bool) {
	ok = true
	for set := range strings.SplitSeq(text, "^NQ") {
		var all [][]condition
		for part := range strings.SplitSeq(set, "^") {
			if by, is := strings.CutPrefix(part, "ORDERBYDESC"); is {
				q.order = append(q.order, ordering{by, true})
				continue
			}
			if by, is := strings.CutPrefix(part, "ORDERBY"); is {
				q.order = append(q.order, ordering{by, false})
				continue
			}
			part, or := strings.CutPrefix(part, "OR")
			if part == "" || part == "EQ" {
				continue
			}
			c, valid := s.condition(table, part)
			switch {
			case !valid:
				ok = false
			case or && len(all) > 0:
				all[len(all)-1] = append(all[len(all)-1], c)
			default:
				all = append(all, []condition{c})
			}
		}
		q.sets = append(q.sets, all)
	}
	return q, ok || !s.strict
}

func (s *Server) condition(table, text string) (condition, bool) {
	m := term.FindStringSubmatch(text)
	if m == nil || !s.hasColumn(table, m[1]) || s.unreadable[m[1]] {
		return condition{}, false
	}
	c := condition{field: m[1], operator: m[2], value: m[3]}
	if c.value == "javascript:gs.getUserID()" {
		c.value = s.me
	}
	if c.operator == "IN" {
		c.values = map[string]bool{}
		for v := range strings.SplitSeq(c.value, ",") {
			c.values[strings.ToLower(v)] = true
		}
	}
	if s.zone != 0 && strings.HasSuffix(c.field, "_on") {
		c.value = shift(c.value, s.zone)
	}
	c.value = strings.ToLower(c.value)
	return c, true
}

// matching returns the records of a table that a query finds, in its order.
func (s *Server) matching(table string, q query) []*record {
	var rows []*record
	keep := func(r *record) {
		if !r.late && s.in(table, r) && q.holds(s, r) {
			rows = append(rows, r)
		}
	}
	if at, behind, ok := q.isPage(); ok && table == "task" {
		all := s.byTime(q.sets[0][0])
		from, _ := slices.BinarySearchFunc(all, at, func(r *record, at string) int { return r.order(at, behind) })
		return all[from:]
	}
	for r := range s.candidates(table, q) {
		keep(r)
	}
	q.sorted(s, rows)
	return rows
}

// isPage reports whether a query asks for the tickets that changed at a time, and
// are behind a sys_id, or later, in this order: a page of a poll.
func (q query) isPage() (at, behind string, ok bool) {
	if len(q.sets) != 1 || len(q.sets[0]) < 2 || !slices.Equal(q.order, []ordering{{"sys_updated_on", false}, {"sys_id", false}}) {
		return "", "", false
	}
	from, after := q.sets[0][1], q.sets[0][2:]
	at = from[0].value
	is := func(c condition, field, operator string) bool { return c.field == field && c.operator == operator }
	switch {
	case len(from) != 1 || !is(from[0], "sys_updated_on", ">=") || len(after) > 1:
		return "", "", false
	case len(after) == 0:
		return at, "", true
	case len(after[0]) != 2 || !is(after[0][0], "sys_updated_on", ">") || after[0][0].value != at || !is(after[0][1], "sys_id", ">"):
		return "", "", false
	}
	return at, after[0][1].value + "\x00", true
}

// byTime returns the tickets that one of some conditions holds for, by their last
// change.
func (s *Server) byTime(alternatives []condition) []*record {
	if len(s.moved) > 0 {
		s.ordered = slices.DeleteFunc(s.ordered, func(r *record) bool { return s.moved[r] })
		for r := range s.moved {
			if s.byID[r.id] == r {
				s.ordered = append(s.ordered, r)
			}
		}
		slices.SortFunc(s.ordered, func(a, b *record) int { return a.order(b.updated, b.id) })
		s.moved = map[*record]bool{}
	}
	var names []string
	for _, c := range alternatives {
		names = append(names, c.field+c.operator+c.value)
	}
	name := strings.Join(names, "^OR")
	list, known := s.kept.byTime[name]
	if !known {
		for _, r := range s.ordered {
			if !r.late && slices.ContainsFunc(alternatives, func(c condition) bool { return c.holds(s.low(r, c.field)) }) {
				list = append(list, r)
			}
		}
		if s.kept.byTime == nil {
			s.kept.byTime = map[string][]*record{}
		}
		s.kept.byTime[name] = list
	}
	return list
}

// order compares a record with a time and a sys_id.
func (r *record) order(at, id string) int {
	if c := strings.Compare(r.updated, at); c != 0 {
		return c
	}
	return strings.Compare(r.id, id)
}

// candidates are the records a query may find: by an index if each alternative of
// one of its conditions has one, else all of the table.
func (s *Server) candidates(table string, q query) iter.Seq[*record] {
	names := []string{table}
	if table == "task" {
		names = classes
	}
	return func(yield func(*record) bool) {
		if len(q.sets) == 1 {
			for _, any := range q.sets[0] {
				if rows, ok := s.byIndex(any); ok {
					for r := range rows {
						if !yield(r) {
							return
						}
					}
					return
				}
			}
		}
		for _, name := range names {
			for _, r := range s.tables[name] {
				if !yield(r) {
					return
				}
			}
		}
	}
}

func (s *Server) byIndex(alternatives []condition) (map[*record]bool, bool) {
	rows := map[*record]bool{}
	for _, c := range alternatives {
		if c.operator != "IN" {
			return nil, false
		}
		for id := range c.values {
			var list []*record
			switch c.field {
			case "sys_id":
				list = []*record{s.byID[id]}
			case "ref_sc_req_item.request":
				list = s.with("sc_req_item", "request", id)
			case "ref_sc_task.request_item.request":
				for _, item := range s.with("sc_req_item", "request", id) {
					list = append(list, s.with("sc_task", "request_item", item.values["sys_id"])...)
				}
			default:
				return nil, false
			}
			for _, r := range list {
				if r != nil {
					rows[r] = true
				}
			}
		}
	}
	return rows, true
}

func (q query) holds(s *Server, r *record) bool {
	return slices.ContainsFunc(q.sets, func(all [][]condition) bool {
		for _, any := range all {
			if !slices.ContainsFunc(any, func(c condition) bool { return c.holds(s.low(r, c.field)) }) {
				return false
			}
		}
		return true
	})
}

// low is the value of a field in small letters.
func (s *Server) low(r *record, path string) string {
	switch path {
	case "sys_id":
		return r.id
	case "correlation_display":
		return r.mark
	case "sys_updated_on":
		return r.updated
	}
	return strings.ToLower(s.value(r, path))
}

// holds compares as the database does, which does not tell the case apart.
func (c condition) holds(stored string) bool {
	value := c.value
	switch c.operator {
	case "=":
		return stored == value
	case "!=":
		return stored != value
	case ">=":
		return stored >= value
	case "<=":
		return stored <= value
	case ">":
		return stored > value
	case "<":
		return stored < value
	case "IN":
		return c.values[stored]
	case "LIKE":
		return strings.Contains(stored, value)
	case "STARTSWITH":
		return strings.HasPrefix(stored, value)
	case "ISNOTEMPTY":
		return stored != ""
	}
	return stored == ""
}

// sorted puts records in the order that was asked for. Without one it is that of
// their sys_ids, which means nothing.
func (q query) sorted(s *Server, rows []*record) {
	type keyed struct {
		key string
		r   *record
	}
	list := make([]keyed, len(rows))
	for i, r := range rows {
		list[i] = keyed{r.id, r}
	}
	slices.SortFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	for _, o := range slices.Backward(q.order) { // the sort is stable
		for i := range list {
			list[i].key = s.value(list[i].r, o.field)
		}
		slices.SortStableFunc(list, func(a, b keyed) int {
			if o.desc {
				a, b = b, a
			}
			return strings.Compare(a.key, b.key)
		})
	}
	for i, k := range list {
		rows[i] = k.r
	}
}
