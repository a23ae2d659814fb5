package markdown_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/PuerkitoBio/goquery"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
)

func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"", key, "a\nb\n\n" + key, "# a\n\n- b\n  1. c\n\n> d\n> - e\n\n```\nf\n```\n***\n",
		"**a** *b* ***c*** `d` [e](http://f.example \"g\") ![h](i) <j@k.example> <http://l.example> www.m.example",
		"{code} [~admin] [@admin] !image.png! *x* h1. x ---- {color:red} :) (y) \\\\server &#123;&#10;",
		"`[~a]` [`~b`](http://c.example) ```\n[~d]\n{code}\n```", "<script>alert(1)</script> [a](javascript:b) [c](data:d)",
		"@a #1 josh@example.com a#1@b `@x` https://x.example/?a_b&c 1. - /close", strings.Repeat("> - ", 9) + "a",
		"[[[a](http://b.example)](c)]![[d](http://e.example)](f)", "a\\\nb  \nc\td\u00a0\u2028\x00\xff", "*a_b*c_ **d*e**f*",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		checkADF(t, source)
		checkHTML(t, source)
		checkKey(t, source)
		checkEscape(t, source)
		if found := mention().FindString(markdown.Wiki(source)); found != "" {
			t.Errorf("mentions %s", found)
		}
		if text := markdown.Text(source); text != ticket.Printable(text) {
			t.Errorf("the text %q is not printable", text)
		}
	})
}

// node is a part of an ADF document.
type node struct {
	Type    string         `json:"type"`
	Version int            `json:"version"`
	Text    string         `json:"text"`
	Attrs   map[string]any `json:"attrs"`
	Marks   []node         `json:"marks"`
	Content []node         `json:"content"`
}

// inADF is what may be in what, of the nodes that are used here.
func inADF() map[string][]string {
	inline := []string{"text", "hardBreak"}
	inQuote := []string{"paragraph", "bulletList", "orderedList", "codeBlock"}
	return map[string][]string{
		"doc":       append([]string{"heading", "blockquote", "rule"}, inQuote...),
		"paragraph": inline, "heading": inline, "blockquote": inQuote, "listItem": inQuote, "codeBlock": {"text"},
		"bulletList": {"listItem"}, "orderedList": {"listItem"}, "rule": nil, "text": nil, "hardBreak": nil,
	}
}

func checkADF(t *testing.T, source string) {
	t.Helper()
	var doc node
	if err := json.Unmarshal([]byte(adf(t, source)), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Type != "doc" || doc.Version != 1 || len(doc.Content) == 0 {
		t.Errorf("no document: %+v", doc)
	}
	for _, problem := range doc.problems(inADF()) {
		t.Errorf("%s in %s", problem, adf(t, source))
	}
}

func (n node) problems(allowed map[string][]string) []string {
	var problems []string
	switch n.Type {
	case "text":
		problems = n.textProblems()
	case "blockquote", "bulletList", "orderedList":
		if len(n.Content) == 0 {
			problems = append(problems, "an empty "+n.Type)
		}
	case "listItem":
		if len(n.Content) == 0 || n.Content[0].Type != "paragraph" && n.Content[0].Type != "codeBlock" {
			problems = append(problems, "an item without text")
		}
	case "heading":
		if level, ok := n.Attrs["level"].(float64); !ok || level < 1 || level > 6 {
			problems = append(problems, "a heading without level")
		}
	}
	for _, c := range n.Content {
		if !slices.Contains(allowed[n.Type], c.Type) || n.Type == "codeBlock" && len(c.Marks) > 0 {
			problems = append(problems, c.Type+" in "+n.Type)
		}
		problems = append(problems, c.problems(allowed)...)
	}
	return problems
}

func (n node) textProblems() []string {
	var problems, marks []string
	if n.Text == "" {
		problems = append(problems, "empty text")
	}
	for _, m := range n.Marks {
		marks = append(marks, m.Type)
		if !slices.Contains([]string{"strong", "em", "code", "link"}, m.Type) {
			problems = append(problems, "a mark "+m.Type)
		}
		if href, _ := m.Attrs["href"].(string); m.Type == "link" && !maybeFollowed(href) {
			problems = append(problems, "a link to "+href)
		}
	}
	if slices.Contains(marks, "code") && (slices.Contains(marks, "strong") || slices.Contains(marks, "em")) {
		problems = append(problems, "code with other marks")
	}
	return problems
}

func (n node) text() string {
	text := n.Text
	for _, c := range n.Content {
		text += c.text()
	}
	return text
}

func maybeFollowed(address string) bool {
	u, err := url.Parse(address)
	return err == nil && slices.Contains([]string{"http", "https", "mailto"}, u.Scheme)
}

// checkHTML reads HTML as a browser does. What it shows must be what ADF shows.
func checkHTML(t *testing.T, source string) {
	t.Helper()
	shown, err := goquery.NewDocumentFromReader(strings.NewReader(markdown.HTML(source)))
	if err != nil {
		t.Fatal(err)
	}
	tags := strings.Fields("p br h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code hr strong em a")
	shown.Find("head *, body *").Each(func(_ int, s *goquery.Selection) {
		if name := goquery.NodeName(s); !slices.Contains(tags, name) {
			t.Errorf("a tag <%s>", name)
		}
		for _, a := range s.Nodes[0].Attr {
			if problem := attrProblem(goquery.NodeName(s), a.Key, a.Val); problem != "" {
				t.Error(problem)
			}
		}
	})
	var doc node
	if err := json.Unmarshal([]byte(adf(t, source)), &doc); err != nil {
		t.Fatal(err)
	}
	if got, want := dense(shown.Text()), dense(doc.text()); got != want {
		t.Errorf("HTML shows %q, ADF %q", got, want)
	}
}

func attrProblem(tag, name, value string) string {
	switch {
	case tag == "a" && name == "href" && maybeFollowed(value), tag == "ol" && name == "start":
		return ""
	}
	return fmt.Sprintf("an attribute %s=%q of <%s>", name, value, tag)
}

// dense returns text without blanks.
func dense(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// checkKey looks for the line with the key at the end of any text.
func checkKey(t *testing.T, source string) {
	t.Helper()
	source += "\n" + key
	for form, text := range map[string]string{"text": markdown.Text(source), "wiki": markdown.Wiki(source)} {
		if text != key && !strings.HasSuffix(text, "\n"+key) {
			t.Errorf("%s does not end with the key: %q", form, text)
		}
	}
	if !strings.HasSuffix(markdown.HTML(source), "<p>"+key+"</p>") {
		t.Errorf("HTML does not end with the key: %q", markdown.HTML(source))
	}
	if want := `{"type":"paragraph","content":[{"type":"text","text":"` + key + `"}]}]}`; !strings.HasSuffix(adf(t, source), want) {
		t.Errorf("ADF does not end with the key: %s", adf(t, source))
	}
}

// checkEscape reads escaped text again, in every form.
func checkEscape(t *testing.T, text string) {
	t.Helper()
	escaped, want := markdown.Escape(text), oneLine(text)
	if got := markdown.Text(escaped); got != want {
		t.Errorf("%q is escaped as %q, which reads %q", text, escaped, got)
	}
	shown, err := goquery.NewDocumentFromReader(strings.NewReader(markdown.HTML(escaped)))
	if err != nil {
		t.Fatal(err)
	}
	if got := shown.Text(); got != want {
		t.Errorf("%q is escaped as %q, which reads %q in HTML", text, escaped, got)
	}
	if n := shown.Find("body *:not(p, code)").Length(); n > 0 {
		t.Errorf("%q is escaped as %q, which has %d marks", text, escaped, n)
	}
	if strings.Contains(escaped, "\n") {
		t.Errorf("%q is escaped to several lines", text)
	}
}

func oneLine(text string) string { return ticket.OneLine(strings.ToValidUTF8(text, "\uFFFD")) }
