package githubtest

import (
	"fmt"
	"maps"
	"strings"
)

// The objects of REST, with all that GitHub's description requires.

func (s *Server) userJSON(u *user, whole bool) object {
	if u == nil {
		return nil
	}
	at := s.URL + "/users/" + u.login
	o := object{
		"login": u.login, "id": u.number, "node_id": u.id, "avatar_url": at + "/avatar", "gravatar_id": "", "url": at,
		"html_url": s.URL + "/" + u.login, "followers_url": at + "/followers", "following_url": at + "/following{/other_user}",
		"gists_url": at + "/gists{/gist_id}", "starred_url": at + "/starred{/owner}{/repo}", "subscriptions_url": at + "/subscriptions",
		"organizations_url": at + "/orgs", "repos_url": at + "/repos", "events_url": at + "/events{/privacy}",
		"received_events_url": at + "/received_events", "type": "User", "site_admin": false, "user_view_type": "public",
	}
	if u.bot {
		o["type"] = "Bot"
	}
	if whole {
		maps.Copy(o, object{
			"name": u.name, "company": nil, "blog": "", "location": nil, "email": nil, "hireable": nil, "bio": nil,
			"public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
			"created_at": stamp(now()), "updated_at": stamp(now()),
		})
	}
	return o
}

func (s *Server) labelJSON(i *issue, l *label) object {
	return object{
		"id": l.number, "node_id": l.id, "url": s.repoURL(i.repo) + "/labels/" + l.name, "name": l.name,
		"description": nil, "color": "ededed", "default": false,
	}
}

func (s *Server) repoURL(r *Repo) string { return s.URL + "/repos/" + r.Owner + "/" + r.Name }

func (s *Server) htmlURL(i *issue) string {
	return fmt.Sprintf("%s/%s/issues/%d", s.URL, i.fullName(), i.number)
}

func (s *Server) issueJSON(i *issue) object {
	at := fmt.Sprintf("%s/issues/%d", s.repoURL(i.repo), i.number)
	o := object{
		"id": i.seq, "node_id": i.id, "number": i.number, "url": at, "repository_url": s.repoURL(i.repo),
		"labels_url": at + "/labels{/name}", "comments_url": at + "/comments", "events_url": at + "/events",
		"html_url": s.htmlURL(i), "title": i.title, "body": i.body, "user": s.userJSON(i.author, false),
		"state": strings.ToLower(i.state), "locked": false, "comments": len(i.comments), "assignee": nil, "milestone": nil,
		"closed_at": stamp(i.closed), "created_at": stamp(i.created), "updated_at": stamp(i.updated), "state_reason": nil,
	}
	if i.reason != "" {
		o["state_reason"] = strings.ToLower(i.reason)
	}
	labels, assignees := []object{}, []object{}
	for _, l := range i.labels {
		labels = append(labels, s.labelJSON(i, l))
	}
	for _, u := range i.assignees {
		assignees = append(assignees, s.userJSON(u, false))
		o["assignee"] = assignees[0]
	}
	o["labels"], o["assignees"] = labels, assignees
	if m := i.milestone; m != nil {
		o["milestone"] = s.milestoneJSON(i.repo, m)
	}
	if i.typ != "" {
		o["type"] = typeJSON(1, i.typ)
	}
	return o
}

func (s *Server) milestoneJSON(r *Repo, m *label) object {
	at := fmt.Sprintf("%s/milestones/%d", s.repoURL(r), m.number)
	return object{
		"url": at, "html_url": at, "labels_url": at + "/labels", "id": m.number, "node_id": m.id, "number": m.number, "state": "open",
		"title": m.name, "description": nil, "creator": nil, "open_issues": 0, "closed_issues": 0,
		"created_at": stamp(now()), "updated_at": stamp(now()), "closed_at": nil, "due_on": nil,
	}
}

func (s *Server) hookJSON(r *Repo, h *hook) object {
	at := fmt.Sprintf("%s/hooks/%d", s.repoURL(r), h.id)
	config := maps.Clone(h.config)
	if config["secret"] != "" {
		config["secret"] = "********"
	}
	return object{
		"type": "Repository", "id": h.id, "name": "web", "active": h.active, "events": h.events, "config": config,
		"updated_at": stamp(h.created), "created_at": stamp(h.created), "url": at, "test_url": at + "/test", "ping_url": at + "/pings",
		"deliveries_url": at + "/deliveries", "last_response": object{"code": nil, "status": "unused", "message": nil},
	}
}

func (s *Server) repoJSON(r *Repo) object {
	return object{
		"id": r.number, "node_id": r.ID, "name": r.Name, "full_name": r.Owner + "/" + r.Name, "private": true,
		"owner": object{"login": r.Owner}, "url": s.repoURL(r), "has_issues": !r.NoIssues, "archived": r.Archived,
	}
}
