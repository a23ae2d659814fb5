package markdown_test

import (
	"strings"
	"testing"

	"admit/internal/ticket/markdown"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"Josh Example, josh@example.com: Ledger (Write) + more - 100%!", "Josh Example, josh@example.com: Ledger (Write) + more - 100%!"},
		{" two\r\nlines\x00\tand\u2028 blanks\u00a0", "two lines and blanks"},
		{"bad \xff byte", "bad \uFFFD byte"},
		{"*a* _b_ snake_case ~~c~~ `d` [e](f) ![g](h) <i> &amp; a|b $x$ {j} \\", "\\*a\\* \\_b\\_ snake_case \\~\\~c\\~\\~ \\`d\\` \\[e\\](f) !\\[g\\](h) \\<i\\> \\&amp; a\\|b \\$x\\$ \\{j} \\\\"},
		{"# a", `\# a`},
		{"- a", `\- a`},
		{"+ a", `\+ a`},
		{"===", `\===`},
		{"---", `\---`},
		{"12. a", `12\. a`},
		{"1) a", `1\) a`},
		{"on 1.5.", "on 1.5."},
		{"1234567890. a", "1234567890. a"},
		{"> a", `\> a`},
		{"/close", `\/close`},
		{"```", "\\`\\`\\`"},
		{"@rita (@org/team) x.@y. @ @! a@b", "`@rita` (`@org/team`) x.`@y`. @ @! a@b"},
		{"é@rita @.x", "é`@rita` `@.x`"},
		{"#12 a#1 C# !5 Hi!", "`#12` a`#1` C\\# \\!5 Hi!"},
		{"@a#1@b.-", "`@a#1@b`.-"},
		{"`@x`", "\\``@x`\\`"},
		{"https://x.example/a_b?c=1&d www.x.example mailto:a@b", `https\://x.example/a_b?c=1\&d www\.x.example mailto:a@b`},
	} {
		got := markdown.Escape(c.text)
		if got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
		checkEscape(t, c.text)
		for _, around := range []string{"**%**", "- %", "> %", "Why: %\nnext", "before\n%\n" + key} {
			shown := markdown.Text(strings.Replace(around, "%", got, 1))
			if want := strings.Trim(oneLine(c.text), " "); !strings.Contains(shown, want) {
				t.Errorf("%q in %q shows as %q", c.text, around, shown)
			}
		}
	}
}
