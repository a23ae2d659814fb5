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
	return c, true
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
			if !slices.ContainsFunc(any, func(c condition) bool { return c.holds(s.value(r, c.field)) }) {
				return false
			}
		}
		return true
	})
}

// holds compares as the database does, which does not tell the case apart.
func (c condition) holds(stored string) bool {
	stored, value := strings.ToLower(stored), strings.ToLower(c.value)
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
