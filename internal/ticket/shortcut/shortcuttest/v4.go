package shortcuttest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket/tickettest"
)

// serveV4 is version 4 of the interface: the list of stories.
func (s *Server) serveV4(c *call) {
	switch {
	case c.Path[0] != Workspace:
		c.Say(http.StatusNotFound, map[string]string{"message": "Workspace not found.", "tag": "workspace_not_found"})
	case c.Is("GET", Workspace, "stories"):
		s.listV4(c)
	default:
		c.Say(http.StatusNotFound, map[string]string{"message": "Not found.", "tag": "not_found"})
	}
}

// listV4 pages by how many stories came before: what changes moves to the front.
func (s *Server) listV4(c *call) {
	query, offset, ok := page(c.URL.Query())
	limit := 10
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		const most = 100
		ok = ok && err == nil && n >= 1 && n <= most
		limit = n
	}
	known := []string{"limit", "order_by", "order_dir", "filter", "ids", "fields", "cursor"}
	for name := range query {
		ok = ok && slices.Contains(known, name)
	}
	found, valid := s.chosen(query)
	if !ok || !valid {
		c.Say(http.StatusUnprocessableEntity, map[string]string{"message": "Invalid parameters.", "tag": "invalid_params"})
		return
	}
	part := found[min(offset, len(found)):min(offset+limit, len(found))]
	entities := []map[string]any{}
	for _, st := range part {
		entities = append(entities, only(s.listed(st), query.Get("fields")))
	}
	answer := map[string]any{
		"$schema": s.URL + "/api/v4/schemas/StoryEntityListWrapper", "current_items": len(part), "current_page": offset/limit + 1,
		"entities": entities, "total_items": len(found), "total_pages": (len(found) + limit - 1) / limit,
	}
	if offset+limit < len(found) {
		rest := url.Values{}
		for name := range query {
			rest.Set(name, query.Get(name))
		}
		rest.Set("offset", strconv.Itoa(offset+limit))
		cursor := base64.RawURLEncoding.EncodeToString([]byte(rest.Encode()))
		answer["next_page_url"] = s.URL + c.URL.Path + "?" + url.Values{"cursor": {cursor}}.Encode()
	}
	c.Say(http.StatusOK, answer)
}

// page returns the parameters of the first page, and how many stories came
// before this one. With a cursor there may be nothing else but the fields.
func page(query url.Values) (first url.Values, offset int, ok bool) {
	cursor := query.Get("cursor")
	if cursor == "" {
		return query, 0, true
	}
	for name := range query {
		if name != "cursor" && name != "fields" {
			return query, 0, false
		}
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	first, err2 := url.ParseQuery(string(text))
	if err != nil || err2 != nil {
		return query, 0, false
	}
	offset, err = strconv.Atoi(first.Get("offset"))
	first.Del("offset")
	if query.Has("fields") {
		first.Set("fields", query.Get("fields"))
	}
	return first, offset, err == nil
}

// chosen returns the stories a query is about, in its order.
func (s *Server) chosen(query url.Values) ([]*Story, bool) {
	var found []*Story
	ids := map[int64]bool{}
	if text := query.Get("ids"); text != "" {
		for part := range strings.SplitSeq(text, ",") {
			id, err := strconv.ParseInt(part, 10, 64)
			if err != nil {
				return nil, false
			}
			ids[id] = true
		}
	}
	for _, id := range s.order {
		st := s.stories[id]
		archive := query.Get("filter") == "include_archived" || !st.Archived
		if archive && (query.Has("ids") && ids[id] || !query.Has("ids") && s.visible(id)) {
			found = append(found, st)
		}
	}
	if query.Get("order_by") == "updated_at" {
		slices.SortStableFunc(found, func(a, b *Story) int { return a.updated.Compare(b.updated) })
	}
	if query.Get("order_dir") == "desc" {
		slices.Reverse(found)
	}
	return found, true
}

func nested(list string, entities []map[string]any) map[string]any {
	if entities == nil {
		entities = []map[string]any{}
	}
	return map[string]any{"current_items": len(entities), "entities": entities, "list_url": list, "total_items": len(entities)}
}

// listed is a story of version 4 with what can be asked of it.
func (s *Server) listed(st *Story) map[string]any {
	f, now := s.stateOf(st.State)
	uri := fmt.Sprintf("%s/api/v4/%s/stories/%d", s.URL, Workspace, st.ID)
	var labels, owners, comments, children []map[string]any
	for _, l := range st.Labels {
		id := s.labelID(l)
		labels = append(labels, map[string]any{"app_url": "https://app.shortcut.com/label", "entity_type": "label:slim", "id": id, "name": l, "uri": uri})
	}
	for _, o := range st.Owners {
		owners = append(owners, map[string]any{"entity_type": "member:slim", "id": o, "name": s.memberOf(o).name, "uri": uri})
	}
	for _, one := range st.Comments {
		comments = append(comments, map[string]any{
			"app_url": st.url(), "deleted": false, "entity_type": "comment:slim", "id": one.id, "text": one.text, "uri": uri,
		})
	}
	for _, id := range st.SubTasks {
		children = append(children, map[string]any{"app_url": st.url(), "entity_type": "story:slim", "id": id, "name": "Sub-task", "uri": uri})
	}
	w := map[string]any{
		"app_url": st.url(), "archived": st.Archived, "completed": now.kind == "done", "started": now.kind == "started" || now.kind == "done",
		"created_at": stamp(st.created), "updated_at": stamp(st.updated), "entity_type": "story", "external_id": tickettest.OrNull(st.ExternalID),
		"id": st.ID, "name": st.Name, "description": st.Description, "story_type": st.Type,
		"labels": nested(uri+"/labels", labels), "owners": nested(uri+"/owners", owners), "comments": nested(uri+"/comments", comments),
		"sub_task_stories": nested(uri+"/sub-task-stories", children), "team": nil,
		"workflow_state": map[string]any{"entity_type": "workflow-state:slim", "id": now.id, "name": now.name, "uri": uri, "workflow_name": f.name},
	}
	if g := s.groupOf(st.Group); g != nil {
		w["team"] = map[string]any{"app_url": "https://app.shortcut.com/team", "entity_type": "team:slim", "id": g.id, "name": g.name, "uri": uri}
	}
	return w
}

// only leaves the fields that were asked for.
func only(w map[string]any, fields string) map[string]any {
	if fields == "" {
		return w
	}
	part := map[string]any{}
	for name := range strings.SplitSeq(fields, ",") {
		if value, ok := w[name]; ok {
			part[name] = value
		}
	}
	return part
}
