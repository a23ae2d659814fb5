package markdown

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

func TestProbe(t *testing.T) {
	n := 100000
	cases := []string{"[", "*", "_", ">", "> ", "`", "- ", "1. ", "![", "[a](", "*a ", "*a_ ", "a*", "a_", "**a ", "<", "<a ", "<!--", "<?", "\\", "&#", "http://", "www.a.", "a@", "[a", "]", "[]", "[a]: b\n", "(", "[](", "[[]](", "a@b.c ", "`a``b```", "*a **a ", "&amp;", " ", "\n", "- \n", ">\n", "~", "<a href='", "<![CDATA[", "<!A", "# ", "\n===\n", "-", "+ a\n  ", "[a][", "_a*b ", "*_", "a.b-", "http://a.b/(", "www.a.b/) ", "a**b", "_(", "(*", "*a](", "[*a ", "[a](<b", "[a](b 'c", "```\n", "- a\n", "> a\n> - ", "![[", "[a](b)", "![a](b", "[![a](b)", "é", "\t", " \t", "\t- ", "<a\n", "a\\\n", "<a@", "(a@b", "http://a.b&a;", "a+b.c", " a@b", " http://a.b", "*http://"}
	for _, c := range cases {
		src := []byte(strings.Repeat(c, n/len(c)))
		done := make(chan time.Duration, 1)
		go func() {
			start := time.Now()
			goldmark.New(goldmark.WithExtensions(extension.Linkify)).Parser().Parse(text.NewReader(src))
			done <- time.Since(start)
		}()
		select {
		case d := <-done:
			if d > 100*time.Millisecond {
				fmt.Printf("%q %v\n", c, d)
			}
		case <-time.After(8 * time.Second):
			fmt.Printf("%q TIMEOUT\n", c)
		}
	}
}
