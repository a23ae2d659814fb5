package ticket

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"admit/internal/access"
)

// Spec describes a kind of provider as data. The settings form, its validation,
// its documentation and the API all come from it.
type Spec struct {
	Kind      string        // "request_tracker": stored, sent, never shown
	Name      string        // "Request Tracker": shown
	About     string        // one sentence for the list of kinds
	Help      string        // Markdown: what to click there, rights needed, what Admit sends
	Project   string        // what the system calls a Project: "queue"
	Fields    []Field       // the settings, in the order of the form
	Retired   []string      // settings of earlier versions: kept where they are set, and no longer offered
	Batch     int           // most ids in one Read
	MaxBody   int           // most characters of a text the system takes; 0: a megabyte at least. See Fit
	Rate      Rate          // how often the system lets an account call it; zero: as often as it likes
	Webhook   string        // Markdown: how an admin sets the webhook up by hand. {{url}} and {{secret}} stand for those; "" if there is none
	LookupLag time.Duration // how long after Create a ticket may be invisible to Find, at most
	// Idempotent: Create is idempotent by key, so it may be repeated at any time.
	Idempotent bool
	// Open calls nobody; settings have passed Validate. It returns an Invalid
	// error for settings that contradict each other.
	Open func(settings map[string]string, client *http.Client) (Provider, error)
}

// Rate is a number of calls in a time.
type Rate struct {
	Calls int
	Per   time.Duration
}

// rateField is the setting by which an admin says how often an account may call
// its system: a plan may allow more, and others may use the same account.
const rateField = "calls_per_minute"

// Settings lists every setting: the kind's own and, where its system limits
// calls, how many Admit may make.
func (s Spec) Settings() []Field {
	if s.Rate.Calls == 0 {
		return s.Fields
	}
	return append(slices.Clone(s.Fields), Field{
		Name: rateField, Label: "Calls a minute", Type: Count,
		Help: fmt.Sprintf("How often Admit may call %s. Empty: %d in %s.", s.Name, s.Rate.Calls, spell(s.Rate.Per)),
	})
}

// spell writes a time for people.
func spell(d time.Duration) string {
	if d == time.Minute {
		return "a minute"
	}
	if d == time.Hour {
		return "an hour"
	}
	return strconv.Itoa(int(d.Minutes())) + " minutes"
}

// RateFor returns how often an account with these settings may call.
func (s Spec) RateFor(settings map[string]string) Rate {
	if n, err := strconv.Atoi(settings[rateField]); err == nil && s.Rate.Calls > 0 {
		return Rate{Calls: n, Per: time.Minute}
	}
	return s.Rate
}

// FieldType says how a setting is entered and checked.
type FieldType string

// The field types.
const (
	Text   FieldType = "text"
	URL    FieldType = "url" // absolute, http or https, without user or query
	Secret FieldType = "secret"
	Select FieldType = "select" // one of Options
	Count  FieldType = "number" // a whole number, at least 1
)

// Field is one setting of a provider.
type Field struct {
	Name        string // "base_url"
	Label       string // "Address"
	Help        string
	Placeholder string
	Type        FieldType
	Required    bool
	Default     string
	Options     []Option // of a Select
}

const (
	maxSetting = 4096
	mostNumber = 1_000_000
)

// Validate returns settings with blanks trimmed and defaults filled in, or an
// Invalid error that names every wrong, missing and unknown field as
// "settings.NAME".
func (s Spec) Validate(settings map[string]string) (map[string]string, error) {
	var wrong access.Problems
	clean := make(map[string]string, len(s.Fields))
	for _, f := range s.Settings() {
		v := strings.TrimSpace(settings[f.Name])
		if v == "" {
			v = f.Default
		}
		if problem := f.problem(v); problem != "" {
			wrong.Add("settings."+f.Name, "%s", problem)
		}
		if f.Type == URL {
			v = strings.TrimRight(v, "/")
		}
		clean[f.Name] = v
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if _, known := clean[name]; known {
			continue
		}
		v := strings.TrimSpace(settings[name])
		switch {
		case !slices.Contains(s.Retired, name):
			wrong.Add("settings."+name, "is not a setting of %s", s.Name)
		case (Field{}).problem(v) != "":
			wrong.Add("settings."+name, "%s", (Field{}).problem(v))
		case v != "":
			clean[name] = v
		}
	}
	return clean, wrong.Err()
}

func (f Field) problem(v string) string {
	switch {
	case v == "" && f.Required:
		return "is required"
	case v == "":
		return ""
	case len(v) > maxSetting:
		return fmt.Sprintf("must be at most %d characters", maxSetting)
	case !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' }):
		return "must be plain text on one line"
	case f.Type == URL:
		u, err := url.Parse(v)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" {
			return "must be an address such as https://tickets.example.com"
		}
	case f.Type == Count:
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > mostNumber {
			return "must be a whole number of at least 1"
		}
	case f.Type == Select && !slices.ContainsFunc(f.Options, func(o Option) bool { return o.ID == v }):
		return "must be one of " + f.choices()
	}
	return ""
}

// choices lists what a Select takes.
func (f Field) choices() string {
	ids := make([]string, len(f.Options))
	for i, o := range f.Options {
		ids[i] = o.ID
	}
	return strings.Join(ids, ", ")
}

// Secrets returns the names of the settings that are kept encrypted.
func (s Spec) Secrets() []string {
	var names []string
	for _, f := range s.Fields {
		if f.Type == Secret {
			names = append(names, f.Name)
		}
	}
	return names
}

// Registry knows every kind of provider.
type Registry struct {
	specs []Spec
}

// NewRegistry returns a registry of these kinds, shown in this order.
func NewRegistry(specs ...Spec) *Registry { return &Registry{specs: specs} }

// Specs returns the kinds in the order they are shown.
func (r *Registry) Specs() []Spec { return r.specs }

// Spec returns one kind.
func (r *Registry) Spec(kind string) (Spec, bool) {
	i := slices.IndexFunc(r.specs, func(s Spec) bool { return s.Kind == kind })
	if i < 0 {
		return Spec{}, false
	}
	return r.specs[i], true
}
