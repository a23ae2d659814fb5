package freshservice

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// wireTicket is a ticket as Freshservice answers it.
type wireTicket struct {
	ID        int64                      `json:"id"`
	Subject   string                     `json:"subject"`
	Text      string                     `json:"description_text"`
	Status    int64                      `json:"status"`
	Priority  int64                      `json:"priority"`
	Urgency   int64                      `json:"urgency"`
	Impact    int64                      `json:"impact"`
	Category  string                     `json:"category"`
	Group     int64                      `json:"group_id"`
	Responder int64                      `json:"responder_id"`
	Tags      []string                   `json:"tags"` // nil where they are left out, as in lists
	Deleted   bool                       `json:"deleted"`
	Spam      bool                       `json:"spam"`
	DueBy     time.Time                  `json:"due_by"`
	CreatedAt time.Time                  `json:"created_at"`
	UpdatedAt time.Time                  `json:"updated_at"`
	Custom    map[string]json.RawMessage `json:"custom_fields"`

	merged bool // into another ticket, which goes on for it
}

func (w wireTicket) id() string { return strconv.FormatInt(w.ID, 10) }

// key finds the key of a ticket: a tag, or the last word of its text that looks
// like one.
func (w wireTicket) key() string {
	for _, tag := range w.Tags {
		if ticket.IsTicketKey(tag) {
			return tag
		}
	}
	for _, word := range slices.Backward(strings.Fields(w.Text)) {
		if ticket.IsTicketKey(word) {
			return word
		}
	}
	return ""
}

func (w wireTicket) has(tag string) bool {
	return slices.ContainsFunc(w.Tags, func(t string) bool { return strings.EqualFold(t, tag) })
}

type wireGroup struct {
	ID        int64   `json:"id"`
	Name      string  `json:"name"`
	Workspace int64   `json:"workspace_id"`
	Members   []int64 `json:"members"`   // agents; nil where they are left out
	Agents    []int64 `json:"agent_ids"` // an older name of the same
}

// may reports whether tickets of the group can be assigned to an agent.
func (g wireGroup) may(agent int64) bool {
	told := g.Members != nil || g.Agents != nil
	return !told || slices.Contains(g.Members, agent) || slices.Contains(g.Agents, agent)
}

func (g wireGroup) id() string { return strconv.FormatInt(g.ID, 10) }

type wireAgent struct {
	ID         int64   `json:"id"`
	First      string  `json:"first_name"`
	Last       string  `json:"last_name"`
	Email      string  `json:"email"`
	Active     *bool   `json:"active"`
	Workspaces []int64 `json:"workspace_ids"`
}

func (a wireAgent) id() string { return strconv.FormatInt(a.ID, 10) }

func (a wireAgent) account() ticket.Account {
	return ticket.Account{ID: a.id(), Name: cmp.Or(line(a.First+" "+a.Last), line(a.Email), a.id()), Email: line(a.Email)}
}

// works reports whether somebody can be given tickets of a workspace.
func (a wireAgent) works(workspace string) bool {
	n := ticket.ParseID(workspace)
	elsewhere := n != 0 && a.Workspaces != nil && !slices.Contains(a.Workspaces, n)
	return a.ID > 0 && (a.Active == nil || *a.Active) && !elsewhere
}

type wireConversation struct {
	ID   int64  `json:"id"`
	Text string `json:"body_text"`
}

// merges reports whether this is the note that Freshservice leaves on a ticket
// that it closes because it was merged: "This ticket is closed and merged into
// ticket #INC-7", unless whoever merged it wrote another. Nothing else tells.
func (c wireConversation) merges() bool {
	return strings.Contains(strings.ToLower(ticket.OneLine(c.Text)), "merged into ticket")
}

// wireField is a field of the form of tickets.
type wireField struct {
	Name     string      `json:"name"`
	Label    string      `json:"label"`
	About    string      `json:"description"`
	Type     string      `json:"field_type"`
	Default  bool        `json:"default_field"`
	Required bool        `json:"required"`
	Agents   bool        `json:"required_for_agents"`
	Choices  wireChoices `json:"choices"`
}

type wireChoice struct {
	ID      int64  `json:"id"`
	Display int64  `json:"display_id"`
	Value   string `json:"value"`
}

// wireChoices are what there is to choose. Besides the documented form there are
// a plain list of words and an object in use; what is none of them is nothing.
type wireChoices []wireChoice

// UnmarshalJSON implements json.Unmarshaler.
func (c *wireChoices) UnmarshalJSON(body []byte) error {
	var documented []wireChoice
	if json.Unmarshal(body, &documented) == nil {
		*c = documented
		return nil
	}
	var plain []string
	if json.Unmarshal(body, &plain) == nil {
		for _, word := range plain {
			*c = append(*c, wireChoice{Value: word})
		}
	}
	return nil
}

// number returns the number a choice of a default field has in a ticket, 0 if it
// is not told. Ids of records are larger by far.
func (c wireChoice) number() int64 {
	const records = 1000
	for _, n := range []int64{c.ID, c.Display} {
		if n > 0 && n < records {
			return n
		}
	}
	return 0
}

const maxLine = 200

// line makes a text of Freshservice's fit to be shown.
func line(text string) string { return ticket.Title(text, maxLine) }
