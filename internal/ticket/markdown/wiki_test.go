package markdown_test

import (
	"regexp"
	"strings"
	"testing"

	"admit/internal/ticket/markdown"
)

// mention is how Jira finds whom a text mentions: anywhere in the raw text.
func mention() *regexp.Regexp { return regexp.MustCompile(`\[[~@][^\\,]+?\]`) }

// TestWikiText looks at plain text of which Jira must make nothing.
func TestWikiText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"Plain text, (in parts) 100% plain; it's a 'text': yes!", "Plain text, (in parts) 100% plain; it's a 'text': yes!"},
		{"2026-11-23, snake_case, e-mail, a+b@example.com, What?", "2026-11-23, snake_case, e-mail, a+b@example.com, What?"},
		{"{code} {color:red}x{color} {{x}} {*}", `&#123;code&#125; &#123;color:red&#125;x&#123;color&#125; &#123;&#123;x&#125;&#125; &#123;\*&#125;`},
		{"[~admin] [@admin] [a|b] [^a.txt] @admin", `\[\~admin\] \[\@admin\] \[a&#124;b\] \[\^a.txt\] \@admin`},
		{"!image.png! ?!", `\!image.png! ?\!`},
		{"*x* _x_ -x- +x+ ^x^ ~x~ ??x??", `\*x\* \_x\_ \-x\- \+x\+ \^x\^ \~x\~ \?\?x\?\?`},
		{"a -- b --- c", `a \-\- b \-\-\- c`},
		{"----", `\-\-\-\-`},
		{"h1. x", "&#104;1. x"},
		{"bq. x", "&#98;q. x"},
		{"# x", `\# x`},
		{"- x", `\- x`},
		{"|x|", "&#124;x&#124;"},
		{"in h1. bq. # C#", "in h1. bq. # C#"},
		{`C:\dir \\server\share`, "C:&#92;dir &#92;&#92;server&#92;share"},
		{"&lt; &#x2a; R&D a&b;", "&#38;lt; &#38;#x2a; R&D a&#38;b;"},
		{":) :( ;) :-) :P :D :p a:Paul", `:\) :\( ;\) :\-\) &#58;P &#58;D &#58;p a:Paul`},
		{"(y) (n) (x) (i) (/) (?) (!) (+) (-) (*r) (on) (off) (flag) (flagoff)", `\(y) \(n) \(x) \(i) \(/) \(?) (\!) (\+) (\-\) (\*r) \(on) \(off) \(flag) \(flagoff)`},
		{"http://a.example/b_c?d=* x://y mailto:a@b file:c", `http&#58;//a.example/b_c?d=\* x&#58;//y mailto&#58;a@b file&#58;c`},
		{"Grüße, 日本語 🙂 ü_ü", "Grüße, 日本語 🙂 ü_ü"},
	} {
		// Escape makes code of a mention; here it is to be plain text.
		source := strings.NewReplacer("`@", "&#64;", "admin`", "admin").Replace(markdown.Escape(c.text))
		if got := markdown.Wiki(source); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestWikiPlaces looks at text that only means something where it stands.
func TestWikiPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, want string }{
		{"a\nh1. b\n&#32;# c\n&nbsp;bq. d", "a\n&#104;1. b\n \\# c\n\u00a0&#98;q. d"},
		{"- h1. a\n- \\# b", "* &#104;1. a\n* \\# b"},
		{"**h1. a** h1. b", "*h1. a* h1. b"},
		{"*h*1. a", "_h{_}1. a"},
		{"**a** ***b***c", "*a* *_b_{*}c"},
		{"a-**-b-**", `a\-*\-b\-*`},
		{"`{{a}}` `[~b]` `*`", `{{&#123;&#123;a&#125;&#125;}} {{\[\~b\]}} {{\*}}`},
		{"[~x [@y]](http://a.example)[]()", `[\~x \[\@y\]|http://a.example]`},
		{"[a](http://a.example/(b)!c*d~e;f)", "[a|http://a.example/%28b%29%21c%2Ad%7Ee%3Bf]"},
		{"<http://a.example/[~admin]>", `[http&#58;//a.example/\[\~admin\]|http://a.example/%5B%7Eadmin%5D]`},
		{"```\n[~admin]\n\n  {x}\n```", "{{\\[\\~admin\\]}}\n  {{&#123;x&#125;}}"},
		{"> ```\n> {quote}\n> ```", "{quote}\n{{&#123;quote&#125;}}\n{quote}"},
		{"```\n{CODE}\n```", "{{&#123;CODE&#125;}}"},
	} {
		got := markdown.Wiki(c.source)
		if got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.source, got, c.want)
		}
		if found := mention().FindString(got); found != "" {
			t.Errorf("%q mentions %s", c.source, found)
		}
	}
}
