package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"admit/internal/access"
)

type wireRequest struct {
	ID         string        `json:"id"`
	CreatedAt  *time.Time    `json:"created_at"`
	Requester  string        `json:"requester_email"`
	TargetUser string        `json:"target_user_email"`
	Status     string        `json:"status"`
	Reason     string        `json:"reason"`
	Minutes    *int          `json:"duration_minutes"`
	Items      []wireItem    `json:"requested_items_list"`
	DecidedBy  string        `json:"decided_by_email"`
	DecidedAt  *time.Time    `json:"decided_at"`
	Reviews    []wireReviews `json:"reviewer_stages"`
}

type wireItem struct {
	Name  string `json:"name"`
	App   string `json:"app_name"`
	Level string `json:"access_level_name"`
}

func (i wireItem) String() string {
	name := i.Name
	if i.App != "" {
		name = i.App + "/" + name
	}
	if i.Level != "" {
		name += " (" + i.Level + ")"
	}
	return name
}

func (s *session) requests() *cobra.Command {
	n := noun[wireRequest]{session: s, kind: requestKind, columns: s.requestColumns}
	return group("request", "Ask for access", "",
		s.createRequest(),
		n.list("List the requests you may see, the newest first", func(f *form) {
			f.yes("pending", "show_pending_only", "only those that wait for a decision").
				yes("to-review", "to_review", "only those that wait for you").
				one("from", "requester_id", "who asked", userKind).
				one("for", "target_user_id", "who is to have access", userKind).
				one("resource", "resource_id", "what was asked for", resourceKind)
		}),
		n.get("Show one request"),
		n.act("cancel", "Take a request back", func(id string) call { return post(requestKind.at(id)+"/cancel", nil) }, "Canceled request %s."),
		s.commentOn(requestKind))
}

func (s *session) requestColumns(context.Context) []column[wireRequest] {
	return []column[wireRequest]{
		{head: "ID", cell: func(r wireRequest) string { return r.ID }},
		{head: "STATUS", cell: func(r wireRequest) string { return strings.ToLower(r.Status) }},
		{head: "BY", cell: func(r wireRequest) string { return r.Requester }},
		{head: "WHAT", cell: func(r wireRequest) string { return joinItems(r.Items) }},
		{head: "HOW LONG", cell: func(r wireRequest) string { return span(r.Minutes) }},
		{head: "ASKED", cell: func(r wireRequest) string { return s.moment(r.CreatedAt) }},
		{head: "REASON", cell: func(r wireRequest) string { return r.Reason }},
		{head: "FOR", cell: func(r wireRequest) string { return r.TargetUser }, long: true},
		{head: "REVIEWERS", cell: wireRequest.reviewers, long: true},
		{head: "DECIDED BY", cell: func(r wireRequest) string { return r.DecidedBy }, long: true},
		{head: "DECIDED", cell: func(r wireRequest) string { return s.moment(r.DecidedAt) }, long: true},
	}
}

type wireReviews struct {
	Stages []struct {
		Reviewers []struct {
			Name   string `json:"full_name"`
			Status string `json:"status"`
		} `json:"reviewers"`
	} `json:"stages"`
}

// reviewers says who reviews, and what they decided.
func (r wireRequest) reviewers() string {
	var all []string
	for _, item := range r.Reviews {
		for _, stage := range item.Stages {
			for _, person := range stage.Reviewers {
				one := person.Name + " (" + strings.ToLower(person.Status) + ")"
				if !slices.Contains(all, one) {
					all = append(all, one)
				}
			}
		}
	}
	return strings.Join(all, ", ")
}

func joinItems(items []wireItem) string {
	var names []string
	for _, i := range items {
		names = append(names, i.String())
	}
	return strings.Join(names, ", ")
}

func (s *session) createRequest() *cobra.Command {
	var f *form
	var level string
	cmd := &cobra.Command{Use: "create RESOURCE...", Short: "Ask for one or more resources"}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		return exactly([]string{"RESOURCE"})(nil, args[:min(len(args), 1)])
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body, err := f.fill(cmd.Context())
		if err != nil {
			return err
		}
		ids, err := s.findAll(cmd.Context(), resourceKind, args)
		if err != nil {
			return err
		}
		items := []object{}
		for _, id := range ids {
			items = append(items, object{"id": id, "access_level_remote_id": level})
		}
		body["resources"], body["groups"] = items, []object{}
		raw, err := s.do(cmd.Context(), post(requestKind.path, body))
		if err != nil {
			return err
		}
		made, err := decode[wireRequest](raw)
		if err != nil {
			return err
		}
		return s.say(raw, "Created request %s.", made.ID)
	}
	f = s.form(cmd).text("reason", "reason", "why it is needed").need().
		duration("for", "duration_minutes", "how long", -1).need().
		one("user", "target_user_id", "who is to have access, if not you", userKind)
	cmd.Flags().StringVar(&level, "level", "", "access level of the resources, by id")
	return s.completeRest(cmd, named(resourceKind))
}

// commentOn is the command that adds a comment to a request or a ticket.
func (s *session) commentOn(k kind) *cobra.Command {
	what := strings.ToUpper(k.noun)
	cmd := command("comment "+what+" TEXT", "Add a comment", func(cmd *cobra.Command, args []string) error {
		id, err := s.find(cmd.Context(), k, args[0])
		if err != nil {
			return err
		}
		raw, err := s.do(cmd.Context(), post(k.at(id)+"/comments", object{"comment": args[1]}))
		if err != nil {
			return err
		}
		return s.say(raw, "Commented on %s %s.", k.noun, args[0])
	})
	return s.completeArgs(cmd, named(k))
}

func (s *session) approve() *cobra.Command {
	return s.decide("approve", "Approve a request that you review", "Approved request %s.", false)
}

func (s *session) deny() *cobra.Command {
	return s.decide("deny", "Deny a request that you review", "Denied request %s.", true)
}

func (s *session) decide(verb, short, done string, needsComment bool) *cobra.Command {
	var comment string
	var override bool
	cmd := command(verb+" REQUEST", short, func(cmd *cobra.Command, args []string) error {
		if needsComment && strings.TrimSpace(comment) == "" {
			return access.Problems{"--comment": "is required: say why"}.Err()
		}
		id, err := s.find(cmd.Context(), requestKind, args[0])
		if err != nil {
			return err
		}
		body := object{"level": "REGULAR"}
		if override {
			body["level"] = "ADMIN"
		}
		if comment != "" {
			body["comment"] = comment
		}
		raw, err := s.do(cmd.Context(), post(requestKind.at(id)+"/"+verb, body))
		if err != nil {
			return err
		}
		return s.say(raw, done, args[0])
	})
	cmd.Flags().StringVar(&comment, "comment", "", "what to tell the one who asked")
	cmd.Flags().BoolVar(&override, "override", false, "decide as an admin who is not a reviewer")
	return s.completeArgs(cmd, namedIn(requestKind, query{"show_pending_only": "true"}))
}
