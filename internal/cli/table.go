package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"admit/internal/access"
)

// column is one column of a table of T, or one line when a single T is shown.
type column[T any] struct {
	head string
	cell func(T) string
	long bool // too much for a table: shown of a single T only
}

// always are columns that need nothing looked up.
func always[T any](columns ...column[T]) func(context.Context) []column[T] {
	return func(context.Context) []column[T] { return columns }
}

// printRows writes a list: the API's JSON, or a table.
func printRows[T any](ctx context.Context, s *session, l listing, all func(context.Context) []column[T]) error {
	if s.output == "json" {
		return s.printJSON(l.raw)
	}
	columns := all(ctx)
	items, err := decode[[]T](l.items)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	writeRow(w, columns, func(c column[T]) string { return c.head })
	for _, item := range items {
		writeRow(w, columns, func(c column[T]) string { return c.cell(item) })
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	if l.more {
		_, _ = fmt.Fprintf(s.Stderr, "There are more than these %d: use --limit, 0 for all.\n", len(items))
	}
	return nil
}

func writeRow[T any](w io.Writer, columns []column[T], text func(column[T]) string) {
	var cells []string
	for _, c := range columns {
		if !c.long {
			cells = append(cells, orDash(clean(text(c))))
		}
	}
	_, _ = fmt.Fprintln(w, strings.Join(cells, "\t"))
}

// printOne writes one thing: the API's JSON, or a line for each column.
func printOne[T any](ctx context.Context, s *session, raw json.RawMessage, all func(context.Context) []column[T]) error {
	if s.output == "json" {
		return s.printJSON(raw)
	}
	columns := all(ctx)
	item, err := decode[T](raw)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	for _, c := range columns {
		_, _ = fmt.Fprintf(w, "%s\t%s\n", c.head, orDash(clean(c.cell(item))))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// say writes what was done as a sentence, or the API's JSON if it sent any.
func (s *session) say(raw json.RawMessage, format string, args ...any) error {
	if s.output == "json" {
		return s.printJSON(raw)
	}
	_, err := fmt.Fprintln(s.Stdout, clean(fmt.Sprintf(format, args...)))
	return err
}

func (s *session) printJSON(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	_, err := s.Stdout.Write(append(slices.Clip(raw), '\n'))
	return err
}

func decode[T any](raw json.RawMessage) (T, error) {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, &access.Error{Msg: "the server's answer has an unexpected shape; is it another version of Admit?", Err: err}
	}
	return v, nil
}

// clean makes a text from a server harmless on a terminal and keeps it on one
// line: control characters and those that turn the direction of writing are
// shown as escapes.
func clean(text string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(text) {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
