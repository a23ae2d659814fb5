package zendesk

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// refusal is what Zendesk says when it refuses a call. It has three forms; the
// third names fields.
type refusal struct {
	Error       json.RawMessage          `json:"error"` // a word, or {title, message}
	Description string                   `json:"description"`
	Details     map[string][]refusedPart `json:"details"`
	Errors      []struct {
		Code   string `json:"code"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

// refusedPart is one thing that is wrong.
type refusedPart struct {
	Description string `json:"description"`
	Field       number `json:"ticket_field_id"`
	FieldType   string `json:"ticket_field_type"`
}

func readRefusal(body []byte) refusal {
	var r refusal
	if json.Unmarshal(body, &r) != nil {
		// The details may have a form nobody has told us of; the words count.
		var short struct {
			Error       json.RawMessage `json:"error"`
			Description string          `json:"description"`
		}
		_ = json.Unmarshal(body, &short) // best effort: nothing to say otherwise
		return refusal{Error: short.Error, Description: short.Description}
	}
	return r
}

// code returns Zendesk's word for what is wrong: RecordInvalid.
func (r refusal) code() string {
	var code string
	if json.Unmarshal(r.Error, &code) == nil {
		return code
	}
	var long struct {
		Title   string `json:"title"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(r.Error, &long) // best effort: nothing to say otherwise
	return strings.TrimSpace(long.Title + " " + long.Message)
}

// words finds what Zendesk says in a refusal.
func words(body []byte) string {
	r := readRefusal(body)
	var said []string
	for _, key := range slices.Sorted(maps.Keys(r.Details)) {
		for _, part := range r.Details[key] {
			said = append(said, part.Description)
		}
	}
	for _, e := range r.Errors {
		said = append(said, cmp.Or(e.Detail, e.Title, e.Code))
	}
	if len(said) > 0 {
		return strings.Join(said, "; ")
	}
	return cmp.Or(r.Description, r.code())
}

// fields returns what of a draft a refusal is about.
func (r refusal) fields() []string {
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Details)) {
		for _, part := range r.Details[key] {
			add(cmp.Or(byKey[key], part.field()))
		}
	}
	return ids
}

// field returns the id that a field has in a form, "" if the refusal names none.
// Zendesk says "FieldTagger" where it says "tagger" elsewhere.
func (r refusedPart) field() string {
	kind := strings.ToLower(strings.TrimPrefix(r.FieldType, "Field"))
	if entry, ok := entryOf[kind]; ok && r.Field != 0 {
		return customID(entry, r.Field)
	}
	return cmp.Or(byType[kind], r.Field.String())
}

// byType and byKey say which field of every ticket a refusal means.
var (
	byType = map[string]string{"assignee": ticket.AssigneeField, "priority": priorityField, "tickettype": typeField}
	byKey  = map[string]string{
		"assignee": ticket.AssigneeField, "assignee_id": ticket.AssigneeField,
		"priority": priorityField, "priority_id": priorityField,
		"type": typeField, "ticket_type": typeField, "ticket_type_id": typeField,
		"due_at": dueField, "due_date": dueField,
		"tags": tagsField, "set_tags": tagsField, "current_tags": tagsField,
	}
)

// aboutAssignee reports whether a refusal names the assignee.
func aboutAssignee(err error) bool {
	return ticket.IsRefusal(err) && slices.Contains(ticket.FailureOf(err).Fields, ticket.AssigneeField)
}

// hint puts what to do before what Zendesk says.
func hint(err error, todo string) error {
	f := *ticket.FailureOf(err)
	f.Msg = todo + ". " + f.Msg
	return &f
}

// closedAlready is how Zendesk says that a ticket is closed for good.
const closedAlready = "closed prevents ticket update"

// conflict narrows the failure of a write that met another one. Of a create it
// is not known what became of the other; a change was not made.
func conflict(err error, answer ticket.Answer, unknown ticket.Certainty) error {
	if err == nil {
		return nil
	}
	mismatch := answer.Status == http.StatusBadRequest && strings.Contains(readRefusal(answer.Body).code(), "Idempotent")
	if answer.Status != http.StatusConflict && !mismatch {
		return named(err, answer)
	}
	f := *ticket.FailureOf(err)
	f.Trouble, f.Certainty = ticket.Down, unknown
	return &f
}

// named adds the fields to a refusal.
func named(err error, answer ticket.Answer) error {
	if !ticket.IsRefusal(err) {
		return err
	}
	f := *ticket.FailureOf(err)
	f.Fields = readRefusal(answer.Body).fields()
	return &f
}
