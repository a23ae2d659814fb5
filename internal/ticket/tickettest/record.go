package tickettest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/ticket"
)

// What became of a case.
const (
	passed        = "yes"
	notApplicable = "n/a: "
)

// recordDir is where the records of the suite are kept, a file for each kind of
// provider.
func recordDir() string { return filepath.Join("docs", "providers", "conformance") }

// Record is what the suite found out about a kind of provider.
type Record struct {
	Name   string            `json:"name"`   // of the system
	Traits map[string]string `json:"traits"` // what it can, by what is asked
	Cases  map[string]string `json:"cases"`  // "yes" or "n/a: reason", by the name of the case
}

// record collects the results of one run of the suite.
type record struct {
	subject Subject
	results map[string]string
}

// keeping is held while a record is written: the two parts of the suite, which
// may run at the same time, share a file.
var keeping sync.Mutex //nolint:gochecknoglobals // guards files, which are global too

func (r *record) about(s Subject) { r.subject = s }

// note keeps a result, unless the case failed.
func (r *record) note(t *testing.T, name, result string) {
	t.Helper()
	if t.Failed() {
		return
	}
	if r.results == nil {
		r.results = map[string]string{}
	}
	r.results[name] = result
}

// keep fails the test unless the record on disk says the same; with -update it
// writes it. It does so only if all cases ran: a part says nothing of the rest.
// A provider without a kind has no record.
func (r *record) keep(t *testing.T, names []string) {
	t.Helper()
	if len(r.results) != len(names) || r.subject.Spec.Kind == "" {
		return
	}
	keeping.Lock()
	defer keeping.Unlock()
	path := filepath.Join(recordDir(), r.file())
	kept, _ := readRecord(path) // the first time there is none
	cases := map[string]string{}
	for _, name := range allNames() {
		if result, ok := kept.Cases[name]; ok {
			cases[name] = result
		}
	}
	maps.Copy(cases, r.results)
	name := strings.TrimSpace(r.subject.Spec.Name + " " + r.subject.Edition)
	text, err := json.MarshalIndent(Record{name, traits(r.subject), cases}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	Written(t, path, append(unescaped(text), '\n'))
}

// unescaped is JSON without the escapes that are for HTML.
func unescaped(text []byte) []byte {
	return []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text)))
}

func (r *record) file() string {
	name := r.subject.Spec.Kind
	if r.subject.Edition != "" {
		name += "-" + strings.ReplaceAll(strings.ToLower(r.subject.Edition), " ", "-")
	}
	return name + ".json"
}

func readRecord(path string) (Record, error) {
	var kept Record
	text, err := os.ReadFile(above(path))
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	return kept, err
}

func allNames() []string {
	return append(namesOf(chapters()), namesOf(faultChapters())...)
}

// traitNames are what a record says of a provider beside the cases, in order.
func traitNames() []string {
	return []string{
		"Fields to fill in", "Statuses to map", "Tickets given to somebody else", "Tickets ended as done", "Calls Admit",
		"Tickets in one call", "Longest text", "Calls that Admit allows itself",
	}
}

func traits(s Subject) map[string]string {
	_, form := s.Provider.(ticket.Former)
	_, list := s.Provider.(ticket.Lister)
	_, assign := s.Provider.(ticket.Assigner)
	_, complete := s.Provider.(ticket.Completer)
	calls := "no"
	if _, ok := s.Provider.(ticket.Listener); ok {
		calls = "yes, set up by hand"
	}
	if _, ok := s.Provider.(ticket.Registrar); ok {
		calls = "yes, set up by Admit"
	}
	text, rate := "a megabyte at least", "no limit"
	if s.Spec.MaxBody > 0 {
		text = fmt.Sprintf("%d characters", s.Spec.MaxBody)
	}
	if s.Spec.Rate.Calls > 0 {
		rate = fmt.Sprintf("%d in %s", s.Spec.Rate.Calls, span(s.Spec.Rate.Per))
	}
	values := []string{yesNo(form), yesNo(list), yesNo(assign), yesNo(complete), calls, strconv.Itoa(s.Spec.Batch), text, rate}
	said := map[string]string{}
	for i, name := range traitNames() {
		said[name] = values[i]
	}
	return said
}

// span is a time in words.
func span(d time.Duration) string {
	word, ok := map[time.Duration]string{time.Second: "a second", time.Minute: "a minute", time.Hour: "an hour"}[d]
	switch {
	case ok:
		return word
	case d%time.Minute == 0:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return d.String()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// conformancePage is docs/providers/conformance.md.
func conformancePage(records []Record) string {
	var b strings.Builder
	b.WriteString(`# What every ticket provider is tested for

Each provider passes the same suite, ` + "`internal/ticket/tickettest`" + `, against a server that behaves like the vendor's or is the vendor's. The
tests of each provider write down what became of each case, and fail when it changes. **yes** means that the case runs in
every build and passes; **-** that the system has nothing like it, for the reason below the table.
`)
	header(&b, records, "What it can")
	for _, name := range traitNames() {
		row(&b, records, name, func(r Record) string { return r.Traits[name] })
	}
	for _, c := range chapters() {
		writeChapter(&b, records, c)
	}
	b.WriteString("\n# When the network or the system fails\n")
	records = slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return !r.faults() })
	for _, c := range faultChapters() {
		writeChapter(&b, records, c)
	}
	return b.String()
}

// faults reports whether the provider went through RunFaults: one that calls
// nobody does not.
func (r Record) faults() bool {
	return slices.ContainsFunc(namesOf(faultChapters()), func(name string) bool { return r.Cases[name] != "" })
}

// missing returns the cases the record lacks.
func (r Record) missing() []string {
	names := namesOf(chapters())
	if r.faults() {
		names = allNames()
	}
	return slices.DeleteFunc(names, func(name string) bool { return r.Cases[name] != "" })
}

func writeChapter[S any](b *strings.Builder, records []Record, c chapter[S]) {
	header(b, records, c.title)
	var reasons strings.Builder
	for _, one := range c.trials {
		without := map[string][]string{} // names of providers, by the reason
		row(b, records, one.name, func(r Record) string {
			if why, ok := strings.CutPrefix(r.Cases[one.name], notApplicable); ok {
				without[why] = append(without[why], r.Name)
				return "-"
			}
			return r.Cases[one.name]
		})
		for _, why := range slices.Sorted(maps.Keys(without)) {
			fmt.Fprintf(&reasons, "- *%s*: %s (%s).\n", one.name, why, strings.Join(without[why], ", "))
		}
	}
	if reasons.Len() > 0 {
		b.WriteString("\n" + reasons.String())
	}
}

func header(b *strings.Builder, records []Record, title string) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	row(b, records, "", func(r Record) string { return r.Name })
	row(b, records, "---", func(Record) string { return "---" })
}

func row(b *strings.Builder, records []Record, name string, cell func(Record) string) {
	fmt.Fprintf(b, "| %s |", name)
	for _, r := range records {
		fmt.Fprintf(b, " %s |", cell(r))
	}
	b.WriteString("\n")
}
