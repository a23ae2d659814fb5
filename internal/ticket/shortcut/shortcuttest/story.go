package shortcuttest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// Story is one story.
type Story struct {
	ID                                          int64
	Name, Description, Type, Group              string
	ExternalID, Deadline                        string
	State                                       int64
	Labels, Owners                              []string
	Estimate                                    *int64
	Custom                                      []custom
	Comments                                    []comment
	Archived                                    bool
	SubTasks                                    []int64
	created, updated, started, completed, moved time.Time
}

type custom struct {
	Field string `json:"field_id"`
	Value string `json:"value_id"`
	Said  string `json:"value,omitempty"`
}

type comment struct {
	id           int64
	author, text string
	at           time.Time
}

type label struct {
	Name  string `json:"name"`
	Color string `json:"color,omitempty"`
}

// newStory are the parameters of a new story that the fake knows.
type newStory struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Type        *string  `json:"story_type"`
	Group       *string  `json:"group_id"`
	State       *int64   `json:"workflow_state_id"`
	Project     *int64   `json:"project_id"`
	ExternalID  string   `json:"external_id"`
	Labels      []label  `json:"labels"`
	Owners      []string `json:"owner_ids"`
	Deadline    string   `json:"deadline"`
	Estimate    *int64   `json:"estimate"`
	Custom      []custom `json:"custom_fields"`
	Archived    bool     `json:"archived"`
	Requester   string   `json:"requested_by_id"`
}

func (s *Server) serveStories(c *call) {
	switch {
	case c.Is("POST", "stories"):
		s.createStory(c)
	case c.Is("POST", "stories", "search"):
		s.search(c)
	case c.Is("PUT", "stories", "bulk"):
		s.updateStories(c)
	case len(c.Path) > 1 && s.stories[c.ID(1)] == nil:
		c.missing()
	case c.Is("GET", "stories", "*"):
		c.Say(http.StatusOK, s.whole(s.stories[c.ID(1)]))
	case c.Is("PUT", "stories", "*"):
		s.updateStory(c, s.stories[c.ID(1)])
	case c.Is("DELETE", "stories", "*"):
		s.remove(c.ID(1))
		c.W.WriteHeader(http.StatusNoContent)
	case c.Is("GET", "stories", "*", "comments"):
		c.Say(http.StatusOK, s.comments(s.stories[c.ID(1)]))
	case c.Is("POST", "stories", "*", "comments"):
		s.createComment(c, s.stories[c.ID(1)])
	default:
		c.missing()
	}
}

// wrong returns what Shortcut would refuse, by parameter.
func (s *Server) wrong(n newStory) map[string]any {
	wrong := map[string]any{}
	refuse := func(bad bool, parameter, why string) {
		if bad {
			wrong[parameter] = why
		}
	}
	const longest, longestText, longestLabel = 512, 100_000, 128
	refuse(n.Name == "" || utf8.RuneCountInString(n.Name) > longest, "name", "is empty or too long")
	refuse(utf8.RuneCountInString(n.Description) > longestText, "description", "is too long")
	refuse((n.State == nil) == (n.Project == nil), "workflow_state_id", "either this or project_id must be given")
	if n.State != nil {
		f, _ := s.stateOf(*n.State)
		refuse(f == nil, "workflow_state_id", "no such state")
	}
	refuse(n.Type != nil && !slices.Contains([]string{"feature", "bug", "chore"}, *n.Type), "story_type", "(not (#{\"feature\" \"chore\" \"bug\"} a-string))")
	refuse(n.Group != nil && s.groupOf(*n.Group) == nil, "group_id", "no such group")
	refuse(!s.mayOwn(n.Owners), "owner_ids", "cannot own stories")
	for _, l := range n.Labels {
		refuse(l.Name == "" || utf8.RuneCountInString(l.Name) > longestLabel, "labels", "name is empty or too long")
	}
	_, err := time.Parse(time.RFC3339, n.Deadline)
	refuse(n.Deadline != "" && err != nil, "deadline", "is no time")
	for _, v := range n.Custom {
		refuse(s.valueOf(v) == "", "custom_fields", "no such value")
	}
	return wrong
}

// mayOwn reports whether all of these can own stories.
func (s *Server) mayOwn(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		m := s.memberOf(id)
		return m == nil || m.disabled || m.role == "observer"
	})
}

func (s *Server) valueOf(v custom) string {
	for _, f := range s.fields {
		if f.id == v.Field {
			return f.values[v.Value]
		}
	}
	return ""
}

func (s *Server) createStory(c *call) {
	var n newStory
	if !c.read(&n) {
		return
	}
	if wrong := s.wrong(n); len(wrong) > 0 {
		c.invalid(wrong)
		return
	}
	if s.Role == "observer" {
		c.refuse(http.StatusForbidden, "Observers cannot do this.")
		return
	}
	story := &Story{
		Name: n.Name, Description: n.Description, Type: "feature", State: *n.State, ExternalID: n.ExternalID,
		Owners: n.Owners, Deadline: n.Deadline, Estimate: n.Estimate, Custom: n.Custom, Archived: n.Archived,
	}
	if n.Type != nil {
		story.Type = *n.Type
	}
	if n.Group != nil {
		story.Group = *n.Group
	}
	for _, l := range n.Labels {
		story.Labels = append(story.Labels, l.Name)
	}
	s.add(story)
	if s.Mangle != nil {
		s.Mangle(story)
	}
	s.tell(story.ID, "create")
	c.Say(http.StatusCreated, s.whole(story))
}

// add keeps a new story.
func (s *Server) add(story *Story) {
	s.next++
	story.ID = s.next
	story.created = time.Now()
	story.updated, story.moved = story.created, story.created
	s.stories[story.ID] = story
	s.order = append(s.order, story.ID)
}

func (s *Server) remove(id int64) {
	delete(s.stories, id)
	s.order = slices.DeleteFunc(s.order, func(other int64) bool { return other == id })
	s.tell(id, "delete")
}

// move puts a story into a state.
func (s *Server) move(story *Story, to int64) {
	_, st := s.stateOf(to)
	now := time.Now()
	story.State, story.moved = to, now
	if st.kind == "started" && story.started.IsZero() {
		story.started = now
	}
	story.completed = time.Time{}
	if st.kind == "done" {
		story.completed = now
		if s.OnChange != nil {
			s.OnChange(story)
		}
	}
}

func (s *Server) touch(story *Story) {
	story.updated = time.Now()
	s.tell(story.ID, "update")
}

// updateStory knows the parameters that people use.
func (s *Server) updateStory(c *call, story *Story) {
	var n struct {
		Name     *string   `json:"name"`
		State    *int64    `json:"workflow_state_id"`
		Archived *bool     `json:"archived"`
		Labels   *[]label  `json:"labels"`
		Group    *string   `json:"group_id"`
		Owners   *[]string `json:"owner_ids"`
	}
	if !c.read(&n) {
		return
	}
	if n.Owners != nil {
		if !s.mayOwn(*n.Owners) {
			c.invalid(map[string]any{"owner_ids": "cannot own stories"})
			return
		}
		if story.Owners = *n.Owners; s.OnChange != nil {
			s.OnChange(story)
		}
	}
	if n.State != nil {
		if f, _ := s.stateOf(*n.State); f == nil {
			c.invalid(map[string]any{"workflow_state_id": "no such state"})
			return
		}
		s.move(story, *n.State)
	}
	if n.Name != nil {
		story.Name = *n.Name
	}
	if n.Archived != nil {
		story.Archived = *n.Archived
	}
	if n.Group != nil {
		story.Group = *n.Group
	}
	if n.Labels != nil {
		story.Labels = nil
		for _, l := range *n.Labels {
			story.Labels = append(story.Labels, l.Name)
		}
	}
	s.touch(story)
	c.Say(http.StatusOK, s.whole(story))
}

func (s *Server) updateStories(c *call) {
	var n struct {
		IDs      []int64 `json:"story_ids"`
		State    *int64  `json:"workflow_state_id"`
		Archived *bool   `json:"archived"`
		Labels   []label `json:"labels_add"`
		Unlabel  []label `json:"labels_remove"`
	}
	if !c.read(&n) {
		return
	}
	changed := []map[string]any{}
	for _, id := range n.IDs {
		story := s.stories[id]
		if story == nil {
			c.missing()
			return
		}
		if n.State != nil {
			s.move(story, *n.State)
		}
		if n.Archived != nil {
			story.Archived = *n.Archived
			if s.OnChange != nil {
				s.OnChange(story)
			}
		}
		for _, l := range n.Labels {
			if !slices.Contains(story.Labels, l.Name) {
				story.Labels = append(story.Labels, l.Name)
			}
		}
		for _, l := range n.Unlabel {
			story.Labels = slices.DeleteFunc(slices.Clone(story.Labels), func(name string) bool { return name == l.Name })
		}
		s.touch(story)
		changed = append(changed, s.slim(story))
	}
	c.Say(http.StatusOK, changed)
}

// createComment adds a comment of the service user. It is no change of the story.
func (s *Server) createComment(c *call, story *Story) {
	var n struct {
		Text string `json:"text"`
	}
	if !c.read(&n) {
		return
	}
	const longest = 100_000
	if n.Text == "" || utf8.RuneCountInString(n.Text) > longest {
		c.invalid(map[string]any{"text": "is empty or too long"})
		return
	}
	s.next++
	story.Comments = append(story.Comments, comment{s.next, Admit, n.Text, time.Now()})
	all := s.comments(story)
	c.Say(http.StatusCreated, all[len(all)-1])
}

func (s *Server) comments(story *Story) []map[string]any {
	all := []map[string]any{}
	for i, one := range story.Comments {
		all = append(all, map[string]any{
			"app_url": fmt.Sprint(story.url(), "#activity-", one.id), "entity_type": "story-comment", "deleted": false, "story_id": story.ID,
			"mention_ids": []string{}, "author_id": one.author, "member_mention_ids": []string{}, "linked_to_slack": false, "updated_at": stamp(one.at),
			"group_mention_ids": []string{}, "external_id": nil, "parent_id": nil, "id": one.id, "position": i + 1, "reactions": []any{},
			"created_at": stamp(one.at), "text": one.text,
		})
	}
	return all
}

// search is that of version 3. It shows the archive too, unless it is asked.
func (s *Server) search(c *call) {
	var n struct {
		ExternalID *string  `json:"external_id"`
		Archived   *bool    `json:"archived"`
		Label      *string  `json:"label_name"`
		Owners     []string `json:"owner_ids"`
		Since      *string  `json:"updated_at_start"`
	}
	if !c.read(&n) {
		return
	}
	since := time.Time{}
	if n.Since != nil {
		var err error
		if since, err = time.Parse(time.RFC3339, *n.Since); err != nil {
			c.invalid(map[string]any{"updated_at_start": "is no time"})
			return
		}
	}
	found := []map[string]any{}
	for _, id := range s.order {
		story := s.stories[id]
		fits := (n.ExternalID == nil || *n.ExternalID == story.ExternalID) && (n.Archived == nil || *n.Archived == story.Archived) &&
			(n.Label == nil || slices.Contains(story.Labels, *n.Label)) && !story.updated.Before(since) && s.visible(id)
		for _, owner := range n.Owners {
			fits = fits && slices.Contains(story.Owners, owner)
		}
		if fits {
			found = append(found, s.slim(story))
		}
	}
	c.Say(http.StatusCreated, found)
}
