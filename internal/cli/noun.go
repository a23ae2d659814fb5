package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// noun makes the commands that all kinds of things have. T is such a thing as
// the API writes it.
type noun[T any] struct {
	*session
	kind    kind
	columns func(context.Context) []column[T]                       // asked for when a table is wanted
	bulk    string                                                  // changed by a PUT of a list of this name; "" by a PUT of one
	finish  func(ctx context.Context, id string, body object) error // completes what the flags say; id is "" for a new one
}

// arg is how the usage line calls the argument that names a thing.
func (n noun[T]) arg() string {
	words := strings.Fields(n.kind.noun)
	return strings.ToUpper(words[len(words)-1])
}

// list is the command that lists them. Its flags narrow the list.
func (n noun[T]) list(short string, flags func(*form)) *cobra.Command {
	var f *form
	var most *int
	cmd := command("list", short, func(cmd *cobra.Command, _ []string) error {
		filter, err := f.filter(cmd.Context())
		if err != nil {
			return err
		}
		l, err := n.session.list(cmd.Context(), n.kind.path, filter, *most)
		if err != nil {
			return err
		}
		return printRows(cmd.Context(), n.session, l, n.columns)
	})
	most = limit(cmd)
	f = n.form(cmd)
	if flags != nil {
		flags(f)
	}
	return cmd
}

// get is the command that shows one of them.
func (n noun[T]) get(short string) *cobra.Command {
	cmd := command("get "+n.arg(), short, func(cmd *cobra.Command, args []string) error {
		id, err := n.find(cmd.Context(), n.kind, args[0])
		if err != nil {
			return err
		}
		return n.show(cmd.Context(), get(n.kind.at(id), nil))
	})
	return n.completeArgs(cmd, named(n.kind))
}

// create is the command that makes a new one from its flags.
func (n noun[T]) create(short string, flags func(*form)) *cobra.Command {
	var f *form
	cmd := command("create", short, func(cmd *cobra.Command, _ []string) error {
		body, err := f.fill(cmd.Context())
		if err != nil {
			return err
		}
		if err := n.complement(cmd.Context(), "", body); err != nil {
			return err
		}
		return n.show(cmd.Context(), post(n.kind.path, body))
	})
	f = n.form(cmd)
	flags(f)
	return cmd
}

// update is the command that changes what its flags say.
func (n noun[T]) update(short string, flags func(*form)) *cobra.Command {
	var f *form
	cmd := command("update "+n.arg(), short, func(cmd *cobra.Command, args []string) error {
		body, err := f.change(cmd.Context())
		if err != nil {
			return err
		}
		id, err := n.find(cmd.Context(), n.kind, args[0])
		if err != nil {
			return err
		}
		if err := n.complement(cmd.Context(), id, body); err != nil {
			return err
		}
		return n.put(cmd.Context(), id, body)
	})
	f = n.form(cmd)
	flags(f)
	return n.completeArgs(cmd, named(n.kind))
}

func (n noun[T]) complement(ctx context.Context, id string, body object) error {
	if n.finish == nil {
		return nil
	}
	return n.finish(ctx, id, body)
}

// put changes one and shows it.
func (n noun[T]) put(ctx context.Context, id string, body object) error {
	if n.bulk == "" {
		return n.show(ctx, put(n.kind.at(id), body))
	}
	body[n.kind.id] = id
	if _, err := n.do(ctx, put(n.kind.path, object{n.bulk: []object{body}})); err != nil {
		return err
	}
	return n.show(ctx, get(n.kind.at(id), nil))
}

// delete is the command that removes one.
func (n noun[T]) delete(short string) *cobra.Command {
	return n.act("delete", short, func(id string) call { return remove(n.kind.at(id), nil) }, "Deleted "+n.kind.noun+" %s.")
}

// act is a command that does something with one of them and says so.
func (n noun[T]) act(verb, short string, do func(id string) call, done string) *cobra.Command {
	cmd := command(verb+" "+n.arg(), short, func(cmd *cobra.Command, args []string) error {
		id, err := n.find(cmd.Context(), n.kind, args[0])
		if err != nil {
			return err
		}
		raw, err := n.do(cmd.Context(), do(id))
		if err != nil {
			return err
		}
		return n.say(raw, done, args[0])
	})
	return n.completeArgs(cmd, named(n.kind))
}

// tell is act with flags: what they say is sent.
func (n noun[T]) tell(verb, short, done string, flags func(*form)) *cobra.Command {
	return n.with(verb, short, flags, n.said(done))
}

// with is tell for a command whose answer is told in another way.
func (n noun[T]) with(verb, short string, flags func(*form), say func(raw json.RawMessage, name string) error) *cobra.Command {
	var f *form
	cmd := command(verb+" "+n.arg(), short, func(cmd *cobra.Command, args []string) error {
		body, err := f.fill(cmd.Context())
		if err != nil {
			return err
		}
		id, err := n.find(cmd.Context(), n.kind, args[0])
		if err != nil {
			return err
		}
		if err := n.complement(cmd.Context(), id, body); err != nil {
			return err
		}
		raw, err := n.do(cmd.Context(), post(n.kind.at(id)+path(verb), body))
		if err != nil {
			return err
		}
		return say(raw, args[0])
	})
	f = n.form(cmd)
	flags(f)
	return n.completeArgs(cmd, named(n.kind))
}

// said is what tells that something was done with a thing.
func (s *session) said(done string) func(raw json.RawMessage, name string) error {
	return func(raw json.RawMessage, name string) error { return s.say(raw, done, name) }
}

// show makes a call that answers with one of them, and prints it.
func (n noun[T]) show(ctx context.Context, c call) error {
	raw, err := n.do(ctx, c)
	if err != nil {
		return err
	}
	return printOne(ctx, n.session, raw, n.columns)
}

// listBelow is a command that lists what belongs to one thing: use names the
// verb and the thing, such as "users RESOURCE".
func listBelow[T any](s *session, use, short string, k kind, below func(id string) string, columns func(context.Context) []column[T]) *cobra.Command {
	var most *int
	cmd := command(use, short, func(cmd *cobra.Command, args []string) error {
		id, err := s.find(cmd.Context(), k, args[0])
		if err != nil {
			return err
		}
		l, err := s.list(cmd.Context(), below(id), nil, *most)
		if err != nil {
			return err
		}
		return printRows(cmd.Context(), s, l, columns)
	})
	most = limit(cmd)
	return s.completeArgs(cmd, named(k))
}

// at is the path of one thing.
func (k kind) at(id string) string { return k.path + path(id) }

// filter is fill for the flags of a list.
func (f *form) filter(ctx context.Context) (query, error) {
	body, err := f.fill(ctx)
	if err != nil {
		return nil, err
	}
	q := query{}
	for name, value := range body {
		q[name] = fmt.Sprint(value)
	}
	return q, nil
}
