package markdown_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket/markdown"
)

const key = "Admit key: 0123456789abcdef0123456789abcdef"

// example is a text in every form.
type example struct {
	name, source string
	adf          string // the content of the document
	wiki         string
	html         string
	text         string
}

func (e example) check(t *testing.T) {
	t.Helper()
	t.Run(e.name, func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct{ form, got, want string }{
			{"ADF", adf(t, e.source), `{"version":1,"type":"doc","content":` + e.adf + `}`},
			{"wiki", markdown.Wiki(e.source), e.wiki},
			{"HTML", markdown.HTML(e.source), e.html},
			{"text", markdown.Text(e.source), e.text},
		} {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.form, diff)
			}
		}
	})
}

func adf(t testing.TB, source string) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(markdown.ADF(source)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, e := range []example{
		{
			name: "empty", source: " \n\x00\n",
			adf: `[{"type":"paragraph"}]`,
		},
		{
			name: "facts", source: "One fact\nanother  \na third\\\nlast\n\nPara",
			adf: `[{"type":"paragraph","content":[{"type":"text","text":"One fact"},{"type":"hardBreak"},{"type":"text","text":"another"},` +
				`{"type":"hardBreak"},{"type":"text","text":"a third"},{"type":"hardBreak"},{"type":"text","text":"last"}]},` +
				`{"type":"paragraph","content":[{"type":"text","text":"Para"}]}]`,
			wiki: "One fact\nanother\na third\nlast\n\nPara",
			html: "<p>One fact<br>\nanother<br>\na third<br>\nlast</p>\n<p>Para</p>",
			text: "One fact\nanother\na third\nlast\n\nPara",
		},
		{
			name: "escapes and entities", source: "\\*a\\* \\d &amp; &#42; \\&amp; &#10;# &#x1b; &nosuch;",
			adf:  `[{"type":"paragraph","content":[{"type":"text","text":"*a* \\d & * &amp;  #   &nosuch;"}]}]`,
			wiki: `\*a\* &#92;d & \* &#38;amp;  #   &#38;nosuch;`,
			html: `<p>*a* \d &amp; * &amp;amp;  #   &amp;nosuch;</p>`,
			text: `*a* \d & * &amp;  #   &nosuch;`,
		},
		{
			name: "key behind anything", source: "- a\n```\nb\n" + key + " \n\n",
			adf: `[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]}]},` +
				`{"type":"codeBlock","content":[{"type":"text","text":"b"}]},{"type":"paragraph","content":[{"type":"text","text":"` + key + `"}]}]`,
			wiki: "* a\n\n{code}\nb\n{code}\n\n" + key,
			html: "<ul>\n<li>a</li>\n</ul>\n<pre><code>b\n</code></pre>\n<p>" + key + "</p>",
			text: "- a\n\nb\n\n" + key,
		},
		{
			name: "no key", source: "Admit key: *x*",
			adf:  `[{"type":"paragraph","content":[{"type":"text","text":"Admit key: "},{"type":"text","text":"x","marks":[{"type":"em"}]}]}]`,
			wiki: "Admit key: _x_",
			html: "<p>Admit key: <em>x</em></p>",
			text: "Admit key: x",
		},
		{
			name: "HTML", source: "<div>\n<script>*x*</script> <!-- c -->\n\n[a]: http://x.example",
			adf: `[{"type":"paragraph","content":[{"type":"text","text":"<div>"},{"type":"hardBreak"},{"type":"text","text":"<script>"},` +
				`{"type":"text","text":"x","marks":[{"type":"em"}]},{"type":"text","text":"</script> <!-- c -->"}]},` +
				`{"type":"paragraph","content":[{"type":"text","text":"[a]: "},` +
				`{"type":"text","text":"http://x.example","marks":[{"type":"link","attrs":{"href":"http://x.example"}}]}]}]`,
			wiki: "<div>\n<script>_x_</script> <\\!\\-\\- c \\-\\->\n\n\\[a\\]: [http://x.example]",
			html: "<p>&lt;div&gt;<br>\n&lt;script&gt;<em>x</em>&lt;/script&gt; &lt;!-- c --&gt;</p>\n<p>[a]: <a href=\"http://x.example\">http://x.example</a></p>",
			text: "<div>\n<script>x</script> <!-- c -->\n\n[a]: http://x.example",
		},
	} {
		e.check(t)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	for _, e := range []example{
		{
			name: "styles", source: "**strong** *em* ***both*** `co  de` **`only code`**",
			adf: `[{"type":"paragraph","content":[{"type":"text","text":"strong","marks":[{"type":"strong"}]},{"type":"text","text":" "},` +
				`{"type":"text","text":"em","marks":[{"type":"em"}]},{"type":"text","text":" "},` +
				`{"type":"text","text":"both","marks":[{"type":"strong"},{"type":"em"}]},{"type":"text","text":" "},` +
				`{"type":"text","text":"co  de","marks":[{"type":"code"}]},{"type":"text","text":" "},` +
				`{"type":"text","text":"only code","marks":[{"type":"code"}]}]}]`,
			wiki: "*strong* _em_ *_both_* {{co  de}} {{only code}}",
			html: "<p><strong>strong</strong> <em>em</em> <strong><em>both</em></strong> <code>co  de</code> <code>only code</code></p>",
			text: "strong em both co  de only code",
		},
		{
			name: "inside words", source: "a**b**c x`y`z **d\ne**",
			adf: `[{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"text","text":"b","marks":[{"type":"strong"}]},{"type":"text","text":"c x"},` +
				`{"type":"text","text":"y","marks":[{"type":"code"}]},{"type":"text","text":"z "},{"type":"text","text":"d","marks":[{"type":"strong"}]},` +
				`{"type":"hardBreak"},{"type":"text","text":"e","marks":[{"type":"strong"}]}]}]`,
			wiki: "a{*}b{*}c xyz *d*\n*e*",
			html: "<p>a<strong>b</strong>c x<code>y</code>z <strong>d</strong><br>\n<strong>e</strong></p>",
			text: "abc xyz d\ne",
		},
		{
			name: "links", source: "[a **b**](https://x.example/ä?q=1&r=|) <mailto:a@b.example> [](http://c.example)",
			adf: `[{"type":"paragraph","content":[{"type":"text","text":"a ","marks":[{"type":"link","attrs":{"href":"https://x.example/%C3%A4?q=1&r=%7C"}}]},` +
				`{"type":"text","text":"b","marks":[{"type":"link","attrs":{"href":"https://x.example/%C3%A4?q=1&r=%7C"}},{"type":"strong"}]},{"type":"text","text":" "},` +
				`{"type":"text","text":"mailto:a@b.example","marks":[{"type":"link","attrs":{"href":"mailto:a@b.example"}}]},{"type":"text","text":" "},` +
				`{"type":"text","text":"http://c.example","marks":[{"type":"link","attrs":{"href":"http://c.example"}}]}]}]`,
			wiki: "[a *b*|https://x.example/%C3%A4?q=1&r=%7C] [mailto:a@b.example] [http://c.example]",
			html: `<p><a href="https://x.example/%C3%A4?q=1&amp;r=%7C">a <strong>b</strong></a> <a href="mailto:a@b.example">mailto:a@b.example</a> <a href="http://c.example">http://c.example</a></p>`,
			text: "a b (https://x.example/%C3%A4?q=1&r=%7C) mailto:a@b.example http://c.example",
		},
		{
			name: "addresses", source: "http://x.example/a_b. www.x.example c@d.example <a@b.example>",
			adf: `[{"type":"paragraph","content":[{"type":"text","text":"http://x.example/a_b","marks":[{"type":"link","attrs":{"href":"http://x.example/a_b"}}]},` +
				`{"type":"text","text":". "},{"type":"text","text":"www.x.example","marks":[{"type":"link","attrs":{"href":"http://www.x.example"}}]},` +
				`{"type":"text","text":" c@d.example "},{"type":"text","text":"a@b.example","marks":[{"type":"link","attrs":{"href":"mailto:a@b.example"}}]}]}]`,
			wiki: "[http://x.example/a_b]. [www.x.example|http://www.x.example] c@d.example [a@b.example|mailto:a@b.example]",
			html: `<p><a href="http://x.example/a_b">http://x.example/a_b</a>. <a href="http://www.x.example">www.x.example</a> c@d.example <a href="mailto:a@b.example">a@b.example</a></p>`,
			text: "http://x.example/a_b. www.x.example c@d.example a@b.example",
		},
		{
			name: "links not to follow", source: "[a](javascript:alert(1)) <x:y> [b](/c) [d]() [e](http:f) ftp://g.example",
			adf:  `[{"type":"paragraph","content":[{"type":"text","text":"a (javascript:alert(1)) <x:y> b (/c) d e (http:f) ftp://g.example"}]}]`,
			wiki: "a (javascript:alert(1)) <x:y> b (/c) d e (http:f) ftp&#58;//g.example",
			html: "<p>a (javascript:alert(1)) &lt;x:y&gt; b (/c) d e (http:f) ftp://g.example</p>",
			text: "a (javascript:alert(1)) <x:y> b (/c) d e (http:f) ftp://g.example",
		},
		{
			name: "images", source: "![a *b*](x.png) [![c](y.png) <http://d.example>\ne](http://f.example)\n![](z.png)",
			adf: `[{"type":"paragraph","content":[{"type":"text","text":"a "},{"type":"text","text":"b","marks":[{"type":"em"}]},{"type":"text","text":" "},` +
				`{"type":"text","text":"c <http://d.example> e","marks":[{"type":"link","attrs":{"href":"http://f.example"}}]}]}]`,
			wiki: "a _b_ [c <http&#58;//d.example> e|http://f.example]",
			html: `<p>a <em>b</em> <a href="http://f.example">c &lt;http://d.example&gt; e</a></p>`,
			text: "a b c <http://d.example> e (http://f.example)",
		},
	} {
		e.check(t)
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, e := range []example{
		{
			name: "headings and rules", source: "# One\nTwo\nlines\n---\n***\n###",
			adf: `[{"type":"heading","attrs":{"level":1},"content":[{"type":"text","text":"One"}]},` +
				`{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Two lines"}]},{"type":"rule"}]`,
			wiki: "h1. One\n\nh2. Two lines\n\n----",
			html: "<h1>One</h1>\n<h2>Two lines</h2>\n<hr>",
			text: "One\n\nTwo lines\n\n---",
		},
		{
			name: "lists", source: "- a\n  b\n- c\n  1. d\n  2. e\n\n0. f\n\n   g\n1. - h\n2.",
			adf: `[{"type":"bulletList","content":[` +
				`{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"text","text":"b"}]}]},` +
				`{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"c"}]},{"type":"orderedList","attrs":{"order":1},"content":[` +
				`{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"d"}]}]},` +
				`{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"e"}]}]}]}]}]},` +
				`{"type":"orderedList","attrs":{"order":0},"content":[` +
				`{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"f"}]},{"type":"paragraph","content":[{"type":"text","text":"g"}]}]},` +
				`{"type":"listItem","content":[{"type":"paragraph"},{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"h"}]}]}]}]},` +
				`{"type":"listItem","content":[{"type":"paragraph"}]}]}]`,
			wiki: "* a\nb\n* c\n*# d\n*# e\n\n# f\ng\n# \n#* h\n# ",
			html: "<ul>\n<li>a<br>\nb</li>\n<li>c\n<ol>\n<li>d</li>\n<li>e</li>\n</ol></li>\n</ul>\n" +
				"<ol start=\"0\">\n<li><p>f</p>\n<p>g</p></li>\n<li><ul>\n<li>h</li>\n</ul></li>\n<li></li>\n</ol>",
			text: "- a\n  b\n- c\n  1. d\n  2. e\n\n0. f\n\n   g\n\n1. - h\n\n2.",
		},
		{
			name: "quotes", source: "> a\n> b\n>\n> - c\n>\n> > d\n\n>",
			adf: `[{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"text","text":"b"}]},` +
				`{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"c"}]}]}]},` +
				`{"type":"paragraph","content":[{"type":"text","text":"d"}]}]}]`,
			wiki: "{quote}\na\nb\n\n* c\n\nd\n{quote}",
			html: "<blockquote>\n<p>a<br>\nb</p>\n<ul>\n<li>c</li>\n</ul>\n<p>d</p>\n</blockquote>",
			text: "> a\n> b\n>\n> - c\n>\n> d",
		},
		{
			name: "code", source: "```go\n<a> *b*\n\n\tc\n```\n\n    d [x](y)\n\n```\n\n```",
			adf: `[{"type":"codeBlock","content":[{"type":"text","text":"<a> *b*\n\n\tc"}]},` +
				`{"type":"codeBlock","content":[{"type":"text","text":"d [x](y)"}]}]`,
			wiki: "{code}\n<a> *b*\n\n\tc\n{code}\n\n{code}\nd [x](y)\n{code}",
			html: "<pre><code>&lt;a&gt; *b*\n\n\tc\n</code></pre>\n<pre><code>d [x](y)\n</code></pre>",
			text: "<a> *b*\n\n\tc\n\nd [x](y)",
		},
		{
			name: "what a list cannot have", source: "- # a\n  > b\n\n  ---\n  ```\n  c\n  ```",
			adf: `[{"type":"bulletList","content":[{"type":"listItem","content":[` +
				`{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"strong"}]}]},{"type":"paragraph","content":[{"type":"text","text":"b"}]},` +
				`{"type":"paragraph","content":[{"type":"text","text":"---"}]},{"type":"codeBlock","content":[{"type":"text","text":"c"}]}]}]}]`,
			wiki: "* *a*\nb\n\\-\\-\\-\n{code}\nc\n{code}",
			html: "<ul>\n<li><p><strong>a</strong></p>\n<p>b</p>\n<p>---</p>\n<pre><code>c\n</code></pre></li>\n</ul>",
			text: "- a\n\n  b\n\n  ---\n\n  c",
		},
	} {
		e.check(t)
	}
}

// TestHostile renders texts that are made to take long. They are three times as
// long as a body may be; without the limits each takes half a minute.
func TestHostile(t *testing.T) {
	t.Parallel()
	const size, limit = 300_000, 10 * time.Second
	for _, pattern := range []string{
		"[", "*", ">", "> ", "`", "- ", "1. ", "![", "[a](", "[](", "[[]](", "![a](b", "[a](<b", "*a_ ", "_a*b ", "a*", "<", "\\", "&#", "]",
		"http://a.example/(", " a@b.example", "[a]: b\n", "- a\n  - b\n", "- a\n\n\n", "a\n", ">\n", "> - ", "é", "*é_ ", "{code}\n", "`` ` ",
	} {
		source := strings.Repeat(pattern, size/len(pattern))
		start := time.Now()
		text := markdown.Text(source)
		if took := time.Since(start); took > limit {
			t.Errorf("%q took %v", pattern, took)
		}
		if len(text) > 10*size {
			t.Errorf("%q became %d bytes", pattern, len(text))
		}
	}
}

// TestDeep looks at the limits themselves: what is beyond shows as written.
func TestDeep(t *testing.T) {
	t.Parallel()
	if got, want := markdown.Text(strings.Repeat("- ", 8)+"a\n- b"), "- - - - - - - - a\n- b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := strings.Count(markdown.HTML(strings.Repeat("- ", 100)+"a"), "<ul>"); got != 6 {
		t.Errorf("%d lists in each other", got)
	}
	line := strings.Repeat("word ", 1630)
	if got := markdown.HTML("*a*\n" + line); !strings.Contains(got, "<em>") {
		t.Error("a long paragraph has no marks")
	}
	if got := markdown.HTML("*a*\n" + line + "\n" + line); !strings.Contains(got, `*a*`) {
		t.Error("a paragraph beyond the limit has marks")
	}
}
