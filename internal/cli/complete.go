package cli

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completer returns values that may be meant by what is typed so far, each with
// a word about it after a tab.
type completer func(ctx context.Context, s *session, typed string) []string

// maxValues is the most values that are read from the server to choose from, and
// waitValues how long somebody who pressed the tab key waits for them.
const (
	maxValues  = 1000
	waitValues = 3 * time.Second
)

// fixed completes values known beforehand.
func fixed(values ...string) completer {
	return func(context.Context, *session, string) []string { return values }
}

// named completes the names of things of a kind. Without a server there are
// none.
func named(k kind) completer { return namedIn(k, nil) }

// namedIn is named for the things a filter lets through.
func namedIn(k kind, filter query) completer {
	return func(ctx context.Context, s *session, typed string) []string {
		filter := maps.Clone(filter)
		if k.search != "" {
			part, _, _ := strings.Cut(typed, "/") // of "App/Resource" either may be searched for
			filter = query{k.search: part}
		}
		all, err := s.things(ctx, k, filter, maxValues)
		if err != nil {
			return nil
		}
		var values []string
		for _, t := range all {
			values = append(values, strings.TrimSuffix(clean(t.name)+"\t"+clean(t.about), "\t"))
		}
		return values
	}
}

// complete completes the value of a flag.
func (s *session) complete(cmd *cobra.Command, flag string, values completer) {
	run := s.completion(values)
	// It fails only for a flag that is not there, which a test would show.
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return run(cmd, typed)
	})
}

// completeArgs completes the arguments, the first by the first completer and so
// on.
func (s *session) completeArgs(cmd *cobra.Command, values ...completer) *cobra.Command {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= len(values) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return s.completion(values[len(args)])(cmd, typed)
	}
	return cmd
}

// completeRest is completeArgs where the last completer serves all that follow.
func (s *session) completeRest(cmd *cobra.Command, values ...completer) *cobra.Command {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		return s.completion(values[min(len(args), len(values)-1)])(cmd, typed)
	}
	return cmd
}

func (s *session) completion(values completer) func(*cobra.Command, string) ([]string, cobra.ShellCompDirective) {
	return func(cmd *cobra.Command, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, stop := context.WithTimeout(cmd.Context(), waitValues)
		defer stop()
		var fit []string
		for _, v := range values(ctx, s, typed) {
			if len(v) >= len(typed) && strings.EqualFold(v[:len(typed)], typed) {
				fit = append(fit, v)
			}
		}
		return fit, cobra.ShellCompDirectiveNoFileComp
	}
}
