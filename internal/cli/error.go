package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"admit/internal/access"
)

// exitCode tells scripts what kind of failure err is. The codes are a promise:
// they are in the help and in docs/cli.md.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	switch access.CodeOf(err) {
	case access.Invalid:
		return 2
	case access.Unauthenticated, access.Forbidden:
		return 3
	case access.NotFound:
		return 4
	case access.Conflict:
		return 5
	case access.RateLimited, access.Unavailable:
		return 6
	}
	return 1
}

// report writes what went wrong in sentences, one on a line: first what
// happened, then each field with its problem.
func report(w io.Writer, err error) {
	if errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintln(w, "admit: interrupted.")
		return
	}
	e, ok := errors.AsType[*access.Error](err)
	if !ok || len(e.Fields) == 0 {
		_, _ = fmt.Fprintln(w, "admit: "+sentence(err.Error()))
		return
	}
	_, _ = fmt.Fprintln(w, "admit: "+sentence(e.Msg))
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		_, _ = fmt.Fprintln(w, sentence(name+" "+e.Fields[name]))
	}
}

// sentence makes a text harmless and ends it.
func sentence(text string) string {
	text = clean(text)
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}
