package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"admit/internal/access"
)

// What a ticket system has, and what is said about it.

type wireOption struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Entry string `json:"entry"`
	Need  bool   `json:"required"`
}

// listTypes and listFields list what a ticket of a project can be.
func (s *session) listTypes() *cobra.Command {
	return inProject(s, "types PROVIDER PROJECT", "List the types a ticket of a project can have", "/types", nil,
		column[wireOption]{head: "NAME", cell: func(o wireOption) string { return o.Name }},
		column[wireOption]{head: "ID", cell: func(o wireOption) string { return o.ID }})
}

func (s *session) listFields() *cobra.Command {
	return inProject(s, "fields PROVIDER PROJECT", "List what a ticket of a project can be filled in with", "/form",
		func(f *form) { f.text("type", "type_id", "the type of the ticket, by id") },
		column[wireOption]{head: "NAME", cell: func(o wireOption) string { return o.Name }},
		column[wireOption]{head: "ENTRY", cell: func(o wireOption) string { return o.Entry }},
		column[wireOption]{head: "REQUIRED", cell: func(o wireOption) string { return yesNo(o.Need) }},
		column[wireOption]{head: "ID", cell: func(o wireOption) string { return o.ID }})
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

// inProject is a command that lists something of a project, which is named by id.
func inProject(s *session, use, short, below string, flags func(*form), columns ...column[wireOption]) *cobra.Command {
	var f *form
	cmd := command(use, short, func(cmd *cobra.Command, args []string) error {
		id, err := s.find(cmd.Context(), providerKind, args[0])
		if err != nil {
			return err
		}
		filter, err := f.filter(cmd.Context())
		if err != nil {
			return err
		}
		filter["project_id"] = args[1]
		l, err := s.list(cmd.Context(), providerKind.at(id)+below, filter, 0)
		if err != nil {
			return err
		}
		return printRows(cmd.Context(), s, l, always(columns...))
	})
	f = s.form(cmd)
	if flags != nil {
		flags(f)
	}
	return s.completeArgs(cmd, named(providerKind))
}

type wireMeaning struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	Usual string `json:"usual"`
	Said  string `json:"said"`
}

// statuses lists what statuses mean, or says it.
func (s *session) statuses() *cobra.Command {
	var pairs []string
	cmd := command("statuses PROVIDER", "List what the statuses of a ticket system mean, or say it", func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		id, err := s.find(ctx, providerKind, args[0])
		if err != nil {
			return err
		}
		said, err := meanings(pairs)
		if err != nil {
			return err
		}
		if len(said) > 0 {
			raw, err := s.do(ctx, put(providerKind.at(id)+"/statuses", object{"outcomes": said}))
			if err != nil {
				return err
			}
			return s.say(raw, "Noted. Tickets of %s that waited for it are read again.", args[0])
		}
		l, err := s.list(ctx, providerKind.at(id)+"/statuses", nil, 0)
		if err != nil {
			return err
		}
		return printRows(ctx, s, l, always(
			column[wireMeaning]{head: "STATUS", cell: func(x wireMeaning) string { return x.Name }},
			column[wireMeaning]{head: "USUALLY", cell: func(x wireMeaning) string { return x.Usual }},
			column[wireMeaning]{head: "HERE", cell: func(x wireMeaning) string { return x.Said }},
			column[wireMeaning]{head: "KEY", cell: func(x wireMeaning) string { return x.Key }},
		))
	})
	cmd.Long = `List what the statuses of a ticket system mean for Admit: open, yes (the change
was made), no, or unclear (a person must look). --set gives one another meaning;
with nothing behind the =, it has its usual one again:

  admit provider statuses Jira --set "resolution:10042=no"`
	cmd.Flags().StringArrayVar(&pairs, "set", nil, "what a status means, as KEY=MEANING; may be given several times")
	return s.completeArgs(cmd, named(providerKind))
}

func meanings(pairs []string) (object, error) {
	said := object{}
	for _, pair := range pairs {
		at := strings.LastIndexByte(pair, '=')
		if at < 1 {
			return nil, access.Problems{"--set": "must be KEY=MEANING"}.Err()
		}
		said[pair[:at]] = pair[at+1:]
	}
	return said, nil
}

type wireAccount struct {
	UserEmail string `json:"user_email"`
	AccountID string `json:"account_id"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	Chosen    bool   `json:"chosen"`
}

func (a wireAccount) how() string {
	if a.Chosen {
		return "chosen"
	}
	return "by e-mail"
}

func (s *session) accounts() *cobra.Command {
	return listBelow(s, "accounts PROVIDER", "List whom those who are assigned tickets are there", providerKind,
		func(id string) string { return providerKind.at(id) + "/accounts" },
		always(
			column[wireAccount]{head: "USER", cell: func(a wireAccount) string { return a.UserEmail }},
			column[wireAccount]{head: "ACCOUNT", cell: func(a wireAccount) string { return a.Name }},
			column[wireAccount]{head: "E-MAIL", cell: func(a wireAccount) string { return a.Email }},
			column[wireAccount]{head: "HOW", cell: wireAccount.how},
			column[wireAccount]{head: "ID", cell: func(a wireAccount) string { return a.AccountID }},
		))
}

func (s *session) people() *cobra.Command {
	cmd := command("people PROVIDER QUERY", "Find accounts of a ticket system by a part of a name or e-mail address", func(cmd *cobra.Command, args []string) error {
		id, err := s.find(cmd.Context(), providerKind, args[0])
		if err != nil {
			return err
		}
		l, err := s.list(cmd.Context(), providerKind.at(id)+"/people", query{"query": args[1]}, 0)
		if err != nil {
			return err
		}
		return printRows(cmd.Context(), s, l, always(
			column[wireAccount]{head: "NAME", cell: func(a wireAccount) string { return a.Name }},
			column[wireAccount]{head: "E-MAIL", cell: func(a wireAccount) string { return a.Email }},
			column[wireAccount]{head: "ID", cell: func(a wireAccount) string { return a.AccountID }},
		))
	})
	return s.completeArgs(cmd, named(providerKind))
}

// chooseAccount says whom a user is at a provider.
func (s *session) chooseAccount() *cobra.Command {
	var id, name, email string
	var again bool
	cmd := command("account PROVIDER USER", "Say whom a user is in a ticket system", func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		provider, err := s.find(ctx, providerKind, args[0])
		if err != nil {
			return err
		}
		user, err := s.find(ctx, userKind, args[1])
		if err != nil {
			return err
		}
		at := providerKind.at(provider) + "/accounts" + path(user)
		if again {
			raw, err := s.do(ctx, remove(at, nil))
			if err != nil {
				return err
			}
			return s.say(raw, "%s is looked up by e-mail again.", args[1])
		}
		raw, err := s.do(ctx, put(at, object{"account_id": id, "name": name, "email": email}))
		if err != nil {
			return err
		}
		if id == "" {
			return s.say(raw, "%s has no account in %s.", args[1], args[0])
		}
		return s.say(raw, "%s is %s in %s.", args[1], name, args[0])
	})
	cmd.Long = `Say whom a user is in a ticket system, where the e-mail address does not tell.
Without --id the user has no account there. "admit provider people" finds ids.`
	cmd.Flags().StringVar(&id, "id", "", "the account's id there")
	cmd.Flags().StringVar(&name, "name", "", "the account's name there")
	cmd.Flags().StringVar(&email, "email", "", "the account's e-mail address there")
	cmd.Flags().BoolVar(&again, "look-up-again", false, "forget what was said, and look the user up by e-mail address")
	return s.completeArgs(cmd, named(providerKind), named(userKind))
}

type wireWebhook struct {
	On     bool   `json:"on"`
	State  string `json:"state"`
	Note   string `json:"note"`
	URL    string `json:"url"`
	Secret string `json:"secret"`
	Steps  string `json:"steps"`
}

// webhook shows the webhook of a provider, after switching it if it is asked to.
func (s *session) webhook() *cobra.Command {
	var f *form
	cmd := command("webhook PROVIDER", "Show the webhook of a ticket provider, or switch it on or off", func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		body, err := f.fill(ctx)
		if err != nil {
			return err
		}
		id, err := s.find(ctx, providerKind, args[0])
		if err != nil {
			return err
		}
		at := providerKind.at(id) + "/webhook"
		switch on, given := body["on"].(bool); {
		case given && on:
			_, err = s.do(ctx, put(at, object{}))
		case given:
			_, err = s.do(ctx, remove(at, nil))
		}
		if err != nil {
			return err
		}
		raw, err := s.do(ctx, get(at, nil))
		if err != nil {
			return err
		}
		return s.printWebhook(ctx, raw)
	})
	f = s.form(cmd).onOff("switch", "on", "whether the system is to call Admit when a ticket changes")
	return s.completeArgs(cmd, named(providerKind))
}

func (s *session) printWebhook(ctx context.Context, raw json.RawMessage) error {
	err := printOne(ctx, s, raw, always(
		column[wireWebhook]{head: "STATE", cell: func(h wireWebhook) string { return h.State }},
		column[wireWebhook]{head: "NOTE", cell: func(h wireWebhook) string { return h.Note }},
		column[wireWebhook]{head: "ADDRESS", cell: func(h wireWebhook) string { return h.URL }},
		column[wireWebhook]{head: "SECRET", cell: func(h wireWebhook) string { return h.Secret }},
	))
	h, decodeErr := decode[wireWebhook](raw)
	if err != nil || decodeErr != nil || s.output == "json" || h.State != "by_hand" {
		return err
	}
	_, err = fmt.Fprintln(s.Stdout, "\n"+strings.NewReplacer("{{url}}", h.URL, "{{secret}}", h.Secret).Replace(h.Steps))
	return err
}
