package servicenowtest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// kept is what was worked out since something last changed.
type kept struct {
	byTime map[string][]*record
	fields map[string][]field
	shown  map[shownAs][]byte
}

// shownAs is a record and the fields that it is shown with.
type shownAs struct {
	record *record
	fields string
}

// field is a field that was asked for.
type field struct {
	path  string
	class string // of the records that have it; "" for all
	head  string // what stands before it in JSON
	last  string // the column at the end of the path
	of    string // the table of that, if it is not the record's
}

// shown is a record with the fields that were asked for, in JSON.
func (s *Server) shown(r *http.Request, one *record) []byte {
	return s.showing(r.URL, one.class)(one)
}

// showing returns how a call shows records of a table. A record is put together
// once, as long as nothing changes.
func (s *Server) showing(u *url.URL, table string) func(*record) []byte {
	if s.kept.shown == nil {
		s.kept.fields, s.kept.shown = map[string][]field{}, map[shownAs][]byte{}
	}
	v := u.Query()
	display := v.Get("sysparm_display_value")
	as := display + "/" + table + "/" + v.Get("sysparm_fields")
	fields := s.asked(as, table, v.Get("sysparm_fields"))
	return func(r *record) []byte {
		b, known := s.kept.shown[shownAs{r, as}]
		if !known {
			b = s.inJSON(r, fields, display)
			s.kept.shown[shownAs{r, as}] = b
		}
		return b
	}
}

// asked are the fields of a table that were asked for. Those that do not exist
// are left out, and so are those that may not be read.
func (s *Server) asked(as, table, names string) []field {
	fields, known := s.kept.fields[as]
	if known {
		return fields
	}
	for name := range strings.SplitSeq(names, ",") {
		if !s.hasColumn(table, name) || s.unreadable[name] {
			continue
		}
		f := field{path: name, head: string(quoted(nil, name)) + ":", last: name[strings.LastIndexByte(name, '.')+1:]}
		if rest, ok := strings.CutPrefix(name, "ref_"); ok {
			f.class, _, _ = strings.Cut(rest, ".")
		}
		if f.last == "request_state" {
			f.of = "sc_request"
		}
		fields = append(fields, f)
	}
	s.kept.fields[as] = fields
	return fields
}

// inJSON is a record in JSON, with what is stored, what people see, or both. What
// only records of another class have is left out.
func (s *Server) inJSON(r *record, fields []field, display string) []byte {
	b := []byte("{")
	for _, f := range fields {
		if f.class != "" && f.class != r.class {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, f.head...)
		value := s.value(r, f.path)
		label := s.label(r, f, value)
		switch {
		case display == "all" && value == "" && label == "":
			b = append(b, `{"display_value":"","value":""}`...)
		case display == "all":
			b = quoted(append(b, `{"display_value":`...), label)
			b = append(quoted(append(b, `,"value":`...), value), '}')
		case display == "true":
			b = quoted(b, label)
		default:
			b = quoted(b, value)
		}
	}
	return append(b, '}')
}

// quoted appends a text in JSON.
func quoted(b []byte, text string) []byte {
	for _, c := range []byte(text) {
		if c < ' ' || c == '"' || c == '\\' || c > '~' {
			whole, _ := json.Marshal(text)
			return append(b, whole...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// label is what the service user, who lives in Tokyo, sees of a field.
func (s *Server) label(r *record, f field, value string) string {
	class := cmp.Or(f.of, r.class)
	c, _ := column(class, f.last)
	switch {
	case c.kind == journal:
		var entries []string
		for _, said := range r.journal {
			entries = append(entries, r.values["sys_updated_on"]+" - Admit (Work notes)\n"+said)
		}
		return strings.Join(entries, "\n\n")
	case value == "":
		return ""
	case c.kind == date:
		return shift(value, -9*time.Hour)
	case c.kind == reference && s.byID[value] != nil:
		to := s.byID[value]
		return cmp.Or(to.values["name"], to.values["number"])
	}
	for _, table := range []string{class, "task"} {
		if said, ok := s.labels[[3]string{table, f.last, value}]; c.choice && ok {
			return said
		}
	}
	return value
}
