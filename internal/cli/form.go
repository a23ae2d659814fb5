package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"admit/internal/access"
)

// form is the flags of a command that creates or changes something. Each flag
// that is given goes into the call under its JSON name; a dot in the name leads
// into an object.
type form struct {
	s      *session
	cmd    *cobra.Command
	fields []field
}

type field struct {
	flag, json string
	required   bool
	check      func() (problem string) // nil: every value will do
	read       func(context.Context) (any, error)
}

func (s *session) form(cmd *cobra.Command) *form { return &form{s: s, cmd: cmd} }

func (f *form) add(x field) *form {
	f.fields = append(f.fields, x)
	return f
}

// need says that the flag added last must be given, with a value.
func (f *form) need() *form {
	last := &f.fields[len(f.fields)-1]
	last.required = true
	f.cmd.Flags().Lookup(last.flag).Usage += " (required)"
	return f
}

// text is a flag with a text.
func (f *form) text(flag, json, help string) *form {
	value := f.cmd.Flags().String(flag, "", help)
	return f.add(field{flag: flag, json: json, read: func(context.Context) (any, error) { return *value, nil }})
}

// choice is a flag with one of several values, sent as they are.
func (f *form) choice(flag, json, help string, values ...string) *form {
	value := f.cmd.Flags().String(flag, "", help+": "+strings.Join(values, ", "))
	f.s.complete(f.cmd, flag, fixed(values...))
	return f.add(field{flag: flag, json: json, check: oneOf(value, values), read: func(context.Context) (any, error) { return *value, nil }})
}

// oneOf checks that a flag has one of several values.
func oneOf(value *string, values []string) func() string {
	return func() string {
		if !slices.Contains(values, *value) {
			return "must be one of " + strings.Join(values, ", ")
		}
		return ""
	}
}

// onOff is a flag that is on or off; a boolean is sent.
func (f *form) onOff(flag, json, help string) *form {
	value := f.cmd.Flags().String(flag, "", help+": on or off")
	f.s.complete(f.cmd, flag, fixed("on", "off"))
	return f.add(field{flag: flag, json: json, check: oneOf(value, []string{"on", "off"}), read: func(context.Context) (any, error) { return *value == "on", nil }})
}

// yes is a flag without a value.
func (f *form) yes(flag, json, help string) *form {
	value := f.cmd.Flags().Bool(flag, false, help)
	return f.add(field{flag: flag, json: json, read: func(context.Context) (any, error) { return *value, nil }})
}

// one is a flag that names a thing; its id is sent, or "" for none.
func (f *form) one(flag, json, help string, k kind) *form {
	value := f.cmd.Flags().String(flag, "", help)
	f.s.complete(f.cmd, flag, named(k))
	return f.add(field{flag: flag, json: json, read: func(ctx context.Context) (any, error) {
		if strings.TrimSpace(*value) == "" {
			return "", nil
		}
		return f.s.find(ctx, k, *value)
	}})
}

// many is a flag that names things in an order, with commas or given several
// times; their ids are sent.
func (f *form) many(flag, json, help string, k kind) *form {
	values := f.cmd.Flags().StringSlice(flag, nil, help)
	f.s.complete(f.cmd, flag, named(k))
	return f.add(field{flag: flag, json: json, read: func(ctx context.Context) (any, error) { return f.s.findAll(ctx, k, *values) }})
}

// list is a flag with several texts, with commas or given several times.
func (f *form) list(flag, json, help string) *form {
	values := f.cmd.Flags().StringSlice(flag, nil, help)
	return f.add(field{flag: flag, json: json, read: func(context.Context) (any, error) { return *values, nil }})
}

// duration is a flag that says how long access lasts; minutes are sent, and
// without for "without end".
func (f *form) duration(flag, json, help string, without int) *form {
	value := f.cmd.Flags().String(flag, "", help+": such as 8h or 30d, or "+forever)
	f.s.complete(f.cmd, flag, fixed("1h", "8h", "1d", "7d", "30d", "90d", forever))
	return f.add(field{flag: flag, json: json, check: func() string {
		_, problem := parseMinutes(*value, without)
		return problem
	}, read: func(context.Context) (any, error) {
		minutes, _ := parseMinutes(*value, without)
		return minutes, nil
	}})
}

// number is a flag with a whole number.
func (f *form) number(flag, json, help string) *form {
	value := f.cmd.Flags().Int(flag, 0, help)
	return f.add(field{flag: flag, json: json, read: func(context.Context) (any, error) { return *value, nil }})
}

// moment is a flag that says when something ends; a time is sent.
func (f *form) moment(flag, json, help string) *form {
	value := f.cmd.Flags().String(flag, "", help+": such as 30d, 2027-01-31 or a time")
	return f.add(field{flag: flag, json: json, check: func() string {
		_, problem := parseMoment(*value, f.s.Now())
		return problem
	}, read: func(context.Context) (any, error) {
		t, _ := parseMoment(*value, f.s.Now())
		return t.UTC().Format(time.RFC3339), nil
	}})
}

// file is a flag that names a file with a JSON object, or - for standard input.
func (f *form) file(flag, json, help string) *form {
	value := f.cmd.Flags().String(flag, "", help+"; - for standard input")
	return f.add(field{flag: flag, json: json, read: func(context.Context) (any, error) { return f.s.readObject("--"+flag, *value) }})
}

const maxFile = 1 << 20

// readObject reads a JSON object from a file; "" is an empty one.
func (s *session) readObject(flag, file string) (object, error) {
	if file == "" {
		return object{}, nil
	}
	in := s.Stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, access.Problems{flag: "names a file that cannot be read"}.Err()
		}
		defer opened.Close()
		in = opened
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	var v object
	if json.Unmarshal(text, &v) != nil || v == nil {
		return nil, access.Problems{flag: "must be a JSON object"}.Err()
	}
	return v, nil
}

// fill returns what the given flags say. What is wrong with them is named all
// at once, before anything is looked up.
func (f *form) fill(ctx context.Context) (object, error) {
	var wrong access.Problems
	var given []field
	for _, x := range f.fields {
		flag := f.cmd.Flags().Lookup(x.flag)
		blank := !flag.Changed || strings.TrimSpace(flag.Value.String()) == ""
		switch {
		case blank && x.required:
			wrong.Add("--"+x.flag, "is required")
		case !flag.Changed:
		default:
			given = append(given, x)
			if x.check == nil {
				continue
			}
			if problem := x.check(); problem != "" {
				wrong.Add("--"+x.flag, "%s", problem)
			}
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	body := object{}
	for _, x := range given {
		value, err := x.read(ctx)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", x.flag, err)
		}
		body.set(x.json, value)
	}
	return body, nil
}

// change is fill for a command that changes something: it wants a flag.
func (f *form) change(ctx context.Context) (object, error) {
	body, err := f.fill(ctx)
	if err == nil && len(body) == 0 {
		var flags []string
		for _, x := range f.fields {
			flags = append(flags, "--"+x.flag)
		}
		return nil, access.Errorf(access.Invalid, "there is nothing to change: use %s", strings.Join(flags, ", "))
	}
	return body, err
}

// set puts a value under a name; a dot leads into an object.
func (o object) set(name string, value any) {
	outer, inner, nested := strings.Cut(name, ".")
	if !nested {
		o[name] = value
		return
	}
	in, ok := o[outer].(object)
	if !ok {
		in = object{}
		o[outer] = in
	}
	in.set(inner, value)
}
