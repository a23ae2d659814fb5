package shortcuttest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket/tickettest"
)

// visible reports whether searches and lists show a story.
func (s *Server) visible(id int64) bool { return !s.stale || id <= s.seen }

func (st *Story) url() string {
	return "https://app.shortcut.com/" + Workspace + "/story/" + strconv.FormatInt(st.ID, 10)
}

func (s *Server) labelID(name string) int64 {
	i := slices.Index(s.labels, name)
	if i < 0 {
		i = len(s.labels)
		s.labels = append(s.labels, name)
	}
	return int64(i + 1)
}

// slim is a story in a list of version 3.
func (s *Server) slim(st *Story) map[string]any {
	f, now := s.stateOf(st.State)
	labels, labelIDs := []map[string]any{}, []int64{}
	for _, l := range st.Labels {
		id := s.labelID(l)
		labels = append(labels, map[string]any{
			"app_url": fmt.Sprint("https://app.shortcut.com/", Workspace, "/label/", id), "archived": false, "entity_type": "label", "name": l,
			"global_id": fmt.Sprint("v2:l:", id), "id": id, "description": nil, "color": nil, "updated_at": stamp(birth), "external_id": nil, "created_at": stamp(birth),
		})
		labelIDs = append(labelIDs, id)
	}
	fields := []map[string]any{}
	for _, v := range st.Custom {
		fields = append(fields, map[string]any{"field_id": v.Field, "value_id": v.Value, "value": s.valueOf(v)})
	}
	commentIDs := []int64{}
	for _, one := range st.Comments {
		commentIDs = append(commentIDs, one.id)
	}
	return map[string]any{
		"app_url": st.url(), "archived": st.Archived, "started": now.kind == "started" || now.kind == "done", "story_links": []any{}, "entity_type": "story",
		"labels": labels, "task_ids": []int64{}, "mention_ids": []string{}, "member_mention_ids": []string{}, "story_type": st.Type, "custom_fields": fields,
		"file_ids": []int64{}, "num_tasks_completed": 0, "workflow_id": f.id, "completed_at_override": nil, "started_at": stampOrNull(st.started),
		"completed_at": stampOrNull(st.completed), "name": st.Name, "global_id": fmt.Sprint("v2:s:", st.ID), "completed": now.kind == "done", "blocker": false,
		"epic_id": nil, "story_template_id": nil, "external_links": []string{}, "previous_iteration_ids": []int64{}, "requested_by_id": Admit,
		"iteration_id": nil, "label_ids": labelIDs, "started_at_override": nil, "group_id": tickettest.OrNull(st.Group), "workflow_state_id": st.State,
		"updated_at": stamp(st.updated), "group_mention_ids": []string{}, "follower_ids": []string{Admit}, "owner_ids": append([]string{}, st.Owners...),
		"external_id": tickettest.OrNull(st.ExternalID), "id": st.ID, "estimate": st.Estimate, "position": st.ID * 65536, "blocked": false, "project_id": nil,
		"linked_file_ids": []int64{}, "deadline": tickettest.OrNull(st.Deadline), "stats": map[string]any{"num_related_documents": 0}, "comment_ids": commentIDs,
		"created_at": stamp(st.created), "moved_at": stamp(st.moved), "sub_task_story_ids": append([]int64{}, st.SubTasks...),
	}
}

// whole is a story by itself in version 3.
func (s *Server) whole(st *Story) map[string]any {
	w := maps.Clone(s.slim(st))
	for _, slim := range []string{"task_ids", "file_ids", "num_tasks_completed", "linked_file_ids", "comment_ids"} {
		delete(w, slim)
	}
	w["description"], w["comments"] = st.Description, s.comments(st)
	for _, list := range []string{"linked_files", "branches", "tasks", "pull_requests", "files", "commits"} {
		w[list] = []any{}
	}
	return w
}

// text is all that people read in a story.
func (st *Story) text() string {
	parts := []string{st.Name, st.Description}
	for _, one := range st.Comments {
		parts = append(parts, one.text)
	}
	return strings.Join(parts, "\n\n")
}
