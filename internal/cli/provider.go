package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"admit/internal/access"
)

type wireProvider struct {
	ID      string `json:"provider_id"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Health  string `json:"health"`
	Trouble string `json:"trouble"`
}

func (s *session) providers() *cobra.Command {
	n := noun[wireProvider]{session: s, kind: providerKind, columns: always(
		column[wireProvider]{head: "NAME", cell: func(p wireProvider) string { return p.Name }},
		column[wireProvider]{head: "KIND", cell: func(p wireProvider) string { return p.Kind }},
		column[wireProvider]{head: "HEALTH", cell: func(p wireProvider) string { return p.Health }},
		column[wireProvider]{head: "TROUBLE", cell: func(p wireProvider) string { return p.Trouble }},
		column[wireProvider]{head: "ID", cell: func(p wireProvider) string { return p.ID }},
	)}
	return group("provider", "Where tickets are filed", "",
		n.list("List ticket providers", nil),
		s.listKinds(),
		s.createProvider(n),
		s.updateProvider(n),
		s.checkProvider(),
		s.listProjects(),
		s.listTypes(),
		s.listFields(),
		s.statuses(),
		s.accounts(),
		s.people(),
		s.chooseAccount(),
		s.webhook(),
		n.delete("Remove a ticket provider that nothing uses"))
}

type wireKind struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	About  string `json:"about"`
	Fields []struct {
		Name     string `json:"name"`
		Required bool   `json:"required"`
	} `json:"fields"`
}

func (k wireKind) settings() string {
	var names []string
	for _, f := range k.Fields {
		if name := f.Name; f.Required {
			names = append(names, name)
		} else {
			names = append(names, "["+name+"]")
		}
	}
	return strings.Join(names, " ")
}

func (s *session) listKinds() *cobra.Command {
	return command("kinds", "List the kinds of ticket provider, and their settings", func(cmd *cobra.Command, _ []string) error {
		l, err := s.list(cmd.Context(), path("ticket-provider-kinds"), nil, 0)
		if err != nil {
			return err
		}
		return printRows(cmd.Context(), s, l, always(
			column[wireKind]{head: "KIND", cell: func(k wireKind) string { return k.Kind }},
			column[wireKind]{head: "NAME", cell: func(k wireKind) string { return k.Name }},
			column[wireKind]{head: "SETTINGS", cell: wireKind.settings},
			column[wireKind]{head: "ABOUT", cell: func(k wireKind) string { return k.About }},
		))
	})
}

func (s *session) createProvider(n noun[wireProvider]) *cobra.Command {
	var f *form
	var settings func() (object, error)
	cmd := command("create", "Add a ticket provider", func(cmd *cobra.Command, _ []string) error {
		body, err := f.fill(cmd.Context())
		if err != nil {
			return err
		}
		if body["settings"], err = settings(); err != nil {
			return err
		}
		return n.show(cmd.Context(), post(n.kind.path, body))
	})
	cmd.Long = `Add a ticket provider. What its kind wants to know, "admit provider kinds" lists.
A secret is better read from standard input than written on the command line:

  admit provider create --kind request_tracker --name Helpdesk \
    --set base_url=https://rt.example.com --set-stdin token < token.txt`
	f = s.form(cmd).text("kind", "kind", "what kind of system it is").need().
		text("name", "name", "how people call it").need().
		yes("save-anyway", "save_anyway", "save it whatever the preflight finds")
	settings = s.providerSettings(cmd)
	s.complete(cmd, "kind", named(kind{"kind", path("ticket-provider-kinds"), "kind", "kind", "about", "", ""}))
	return cmd
}

func (s *session) updateProvider(n noun[wireProvider]) *cobra.Command {
	var f *form
	var settings func() (object, error)
	cmd := command("update PROVIDER", "Change a ticket provider; settings that are not named stay", func(cmd *cobra.Command, args []string) error {
		body, err := f.fill(cmd.Context())
		if err != nil {
			return err
		}
		if body["settings"], err = settings(); err != nil {
			return err
		}
		id, err := s.find(cmd.Context(), providerKind, args[0])
		if err != nil {
			return err
		}
		return n.put(cmd.Context(), id, body)
	})
	f = s.form(cmd).text("name", "name", "how people call it").
		yes("save-anyway", "save_anyway", "save it whatever the preflight finds")
	settings = s.providerSettings(cmd)
	return s.completeArgs(cmd, named(providerKind))
}

// providerSettings adds the flags with settings to a command, and returns what reads them.
func (s *session) providerSettings(cmd *cobra.Command) func() (object, error) {
	pairs := cmd.Flags().StringArray("set", nil, "a setting, as NAME=VALUE; may be given several times")
	secret := cmd.Flags().String("set-stdin", "", "the setting to read from standard input, one line")
	return func() (object, error) { return s.readSettings(*pairs, *secret) }
}

// readSettings reads NAME=VALUE pairs, and one value from standard input.
func (s *session) readSettings(pairs []string, secret string) (object, error) {
	var wrong access.Problems
	values := object{}
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			wrong.Add("--set", "must be NAME=VALUE")
			continue
		}
		values[name] = value
	}
	if err := wrong.Err(); err != nil || secret == "" {
		return values, err
	}
	line, err := bufio.NewReader(io.LimitReader(s.Stdin, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	values[secret] = strings.TrimRight(line, "\r\n")
	return values, nil
}

func (s *session) checkProvider() *cobra.Command {
	var project string
	cmd := command("check PROVIDER", "Sign in to a ticket provider and say what is missing", func(cmd *cobra.Command, args []string) error {
		id, err := s.find(cmd.Context(), providerKind, args[0])
		if err != nil {
			return err
		}
		raw, err := s.do(cmd.Context(), post(providerKind.at(id)+"/check", object{"project_id": project}))
		if err != nil {
			return err
		}
		found, err := decode[struct {
			Findings []wireFinding `json:"findings"`
		}](raw)
		if err != nil {
			return err
		}
		if s.output == "json" || len(found.Findings) == 0 {
			return s.say(raw, "%s works.", args[0])
		}
		return lacking(args[0], found.Findings)
	})
	cmd.Flags().StringVar(&project, "project", "", "check that tickets can be filed in this project, by id")
	return s.completeArgs(cmd, named(providerKind))
}

type wireFinding struct {
	Problem string `json:"problem"`
}

func lacking(provider string, findings []wireFinding) error {
	var problems []string
	for _, f := range findings {
		problems = append(problems, strings.TrimRight(f.Problem, "."))
	}
	return fmt.Errorf("%s cannot be used yet: %s", provider, strings.Join(problems, "; "))
}

func (s *session) listProjects() *cobra.Command {
	return listBelow(s, "projects PROVIDER", "List what tickets can be filed in", providerKind,
		func(id string) string { return providerKind.at(id) + "/projects" },
		always(
			column[wireProject]{head: "NAME", cell: func(p wireProject) string { return p.Name }},
			column[wireProject]{head: "ID", cell: func(p wireProject) string { return p.ID }},
		))
}
