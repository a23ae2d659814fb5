package ui

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

func render(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func attr(s *goquery.Selection, name string) string {
	value, _ := s.Attr(name)
	return value
}

func TestMarkStatesDifferInShapeAndWords(t *testing.T) {
	t.Parallel()
	seen := map[string]MarkState{}
	for state, look := range markLooks {
		if look.icon == "" || look.label == "" {
			t.Errorf("%s has no shape or no words", state)
		}
		both := look.icon + "/" + look.label
		if other, ok := seen[both]; ok {
			t.Errorf("%s and %s look and sound alike", state, other)
		}
		seen[both] = state
	}
}

func TestMarkOfAnUnknownStateIsNeverInPlace(t *testing.T) {
	t.Parallel()
	doc := render(t, Mark(MarkView{ID: "m", State: "brand-new"}))
	if doc.Find(".mark-in-place").Length() != 0 || !strings.Contains(doc.Text(), "Waiting") {
		t.Errorf("got %q", doc.Text())
	}
}

func TestMarkTiesItsSentenceToTheButton(t *testing.T) {
	t.Parallel()
	doc := render(t, Mark(MarkView{ID: "m1", State: MarkTicket, Of: "Josh Reed", Waiting: "Waiting for Ada."}))
	button := doc.Find("button.mark")
	if got := doc.Find("#" + attr(button, "aria-describedby")).Text(); got != "Waiting for Ada." {
		t.Errorf("described by %q", got)
	}
	if got := attr(doc.Find("#m1"), "data-announce"); got != "Josh Reed: Ticket open" {
		t.Errorf("announces %q", got)
	}
}

func TestFieldTiesLabelHelpAndError(t *testing.T) {
	t.Parallel()
	f := Field{Name: "url", Label: "Address", Help: "Where it is.", Error: "Must begin with https://"}
	for name, c := range map[string]templ.Component{
		"input":    InputField(Input{Field: f}),
		"textarea": TextareaField(Textarea{Field: f}),
		"select":   SelectField(Select{Field: f}),
		"check":    CheckField(Check{Field: f}),
		"switch":   SwitchField(Check{Field: f}),
	} {
		doc := render(t, c)
		control := doc.Find("#url")
		if attr(control, "aria-invalid") != "true" || attr(control, "aria-describedby") != "url-help url-error" {
			t.Errorf("%s: invalid %q, described by %q", name, attr(control, "aria-invalid"), attr(control, "aria-describedby"))
		}
		if !strings.Contains(doc.Find("#url-error").Text(), f.Error) || doc.Find("#url-help").Text() != f.Help {
			t.Errorf("%s: help or error is missing", name)
		}
		if !strings.Contains(doc.Find("label[for=url]").Text(), "Address") {
			t.Errorf("%s: no label", name)
		}
	}
}

func TestErrorSummaryLinksToEachControl(t *testing.T) {
	t.Parallel()
	doc := render(t, ErrorSummary(Problems(Field{Name: "a", Label: "A", Error: "is missing"}, Field{Name: "b"}, Field{Name: "c", ID: "c2", Label: "C", Error: "is too long"})))
	var links []string
	doc.Find("a").Each(func(_ int, a *goquery.Selection) { links = append(links, attr(a, "href")+" "+a.Text()) })
	if want := []string{"#a A: is missing", "#c2 C: is too long"}; !slices.Equal(links, want) {
		t.Errorf("links %q, want %q", links, want)
	}
	if got := render(t, ErrorSummary(nil)).Find(".error-summary").Length(); got != 0 {
		t.Error("a form without mistakes shows a summary")
	}
}

func TestSelectGroupsNeighbours(t *testing.T) {
	t.Parallel()
	doc := render(t, SelectField(Select{Field: Field{Name: "s", Label: "S"}, Value: "b", Options: []Option{
		{Value: "a", Label: "A"}, {Value: "b", Label: "B", Group: "G"}, {Value: "c", Label: "C", Group: "G"},
	}}))
	if got := doc.Find("optgroup[label=G] option").Length(); got != 2 {
		t.Errorf("%d options in the group, want 2", got)
	}
	if got := attr(doc.Find("option[selected]"), "value"); got != "b" {
		t.Errorf("selected %q", got)
	}
}

func TestLayoutHidesWhatAPersonHasNoUseFor(t *testing.T) {
	t.Parallel()
	s := Shell{Title: "Catalog", Active: NavCatalog, User: User{ID: "u1", Name: "Josh"}, Live: []string{"resource:1"}}
	s.Counts.Approvals = 120
	s.Hide = []Nav{NavApps, NavResources, NavOwners, NavUsers, NavGroups, NavSettings}
	doc := render(t, Layout(s))
	if got := attr(doc.Find(".nav-link[aria-current=page]"), "href"); got != "/catalog" {
		t.Errorf("current entry %q", got)
	}
	if text := doc.Find("#nav").Text(); strings.Contains(text, "Inventory") || strings.Contains(text, "Settings") {
		t.Errorf("navigation shows what was hidden: %q", text)
	}
	if got := doc.Find("#nav-count-approvals [aria-hidden]").Text(); got != "99+" {
		t.Errorf("badge %q", got)
	}
	if got := attr(doc.Find("body"), "data-live"); got != "user:u1 resource:1" {
		t.Errorf("topics %q", got)
	}
	if got := doc.Find("title").Text(); got != "Catalog · Admit" {
		t.Errorf("title %q", got)
	}
}

func TestComponentsEscapeWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	evil := `"><script>alert(1)</script>`
	for name, c := range map[string]templ.Component{
		"mark":   Mark(MarkView{ID: "m", Waiting: evil, Detail: evil, Of: evil}),
		"ticket": TicketLink(TicketRef{ID: "t", Identifier: evil, URL: "javascript:alert(1)"}),
		"toast":  toast(Flash{Text: evil}),
		"button": SubmitButton(Button{Label: evil, Confirm: Confirm{Text: evil}}),
		"person": PersonCell(Person{Name: evil, URL: "javascript:alert(1)"}),
	} {
		doc := render(t, c)
		if doc.Find("script").Length() != 0 || strings.HasPrefix(attr(doc.Find("a"), "href"), "javascript:") {
			html, _ := doc.Html()
			t.Errorf("%s lets it through: %s", name, html)
		}
	}
}

// An icon that the sprite does not have is drawn as nothing, so every name
// used anywhere in the web pages is looked up here.
func TestIconsExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../assets/src/icons.json")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`(?:Icon\(|Icon: +|EmptyState\(|icon\(|Callout\([a-zA-Z.]+, |pagerLink\([^)]*, )"([a-z0-9-]+)"`)
	found := 0
	err = filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && slices.Contains([]string{"node_modules", "dist"}, entry.Name()) {
			return fs.SkipDir
		}
		if !slices.Contains([]string{".templ", ".go", ".js"}, filepath.Ext(path)) || strings.HasSuffix(path, "_templ.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range used.FindAllSubmatch(source, -1) {
			found++
			if name := string(match[1]); !slices.Contains(names, name) {
				t.Errorf("%s uses the icon %q, which is not in icons.json", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, look := range markLooks {
		if !slices.Contains(names, look.icon) {
			t.Errorf("a mark uses the icon %q", look.icon)
		}
	}
	for state, look := range stateLooks {
		if look.icon != "" && !slices.Contains(names, look.icon) {
			t.Errorf("the state %s uses the icon %q", state, look.icon)
		}
	}
	if found < 30 {
		t.Errorf("only %d uses found: the expression misses them", found)
	}
}

func TestDayBarsSayWhatTheyShow(t *testing.T) {
	t.Parallel()
	doc := render(t, DayBars(DayChart{Label: "Done a day", Rest: "in time", Part: "late", Now: noon, Days: []DayBar{
		{Day: noon.AddDate(0, 0, -2), All: 1000, Part: 1}, {Day: noon.AddDate(0, 0, -1)}, {Day: noon, All: 2, Part: 2},
	}}))
	if got := attr(doc.Find("svg"), "aria-label"); got != "Done a day, for 3 days: 1,002 in all, of these 3 late; at most 1,000 a day" {
		t.Errorf("it says %q", got)
	}
	if doc.Find("rect").Length() != 3 || doc.Find("rect.chart-part").Length() != 2 || doc.Find("tbody tr").Length() != 2 {
		t.Error("something is not drawn, or not told")
	}
	if doc.Find("[style], [onclick]").Length() > 0 {
		t.Error("the policy forbids inline style")
	}
	if empty := render(t, DayBars(DayChart{})); empty.Find("rect, tr").Length() > 0 {
		t.Error("nothing is drawn as something")
	}
}
