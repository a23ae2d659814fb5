package github

import (
	"encoding/json"
	"mime"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

const (
	signatureHeader = "X-Hub-Signature-256"
	deliveryHeader  = "X-GitHub-Delivery"
)

// Hear implements ticket.Listener. GitHub signs the body and no time, so an old
// delivery cannot be told from one that GitHub sends again; both bear the same id.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	signed := d.Secret != ""
	if signed && !isSigned(d) {
		return ticket.News{}, ticket.ErrForged
	}
	news := ticket.News{ID: ticket.Title(d.Header.Get(deliveryHeader), 100), Signed: signed}
	var said struct {
		Issue   *wireHeard `json:"issue"`
		Changes struct {
			NewIssue *wireHeard `json:"new_issue"` // where an issue was moved
		} `json:"changes"`
	}
	if json.Unmarshal(payload(d), &said) != nil {
		return news, nil //nolint:nilerr // what cannot be read is no error: something may have changed
	}
	for _, issue := range []*wireHeard{said.Issue, said.Changes.NewIssue} {
		if issue != nil && issue.PullRequest == nil && isNodeID(issue.NodeID) && !slices.Contains(news.Tickets, issue.NodeID) {
			news.Tickets = append(news.Tickets, issue.NodeID)
		}
	}
	return news, nil
}

type wireHeard struct {
	NodeID      string `json:"node_id"`
	PullRequest any    `json:"pull_request"`
}

func isSigned(d ticket.Delivery) bool {
	sent, ok := strings.CutPrefix(d.Header.Get(signatureHeader), "sha256=")
	return ok && d.Signed(sent)
}

// payload returns the JSON of a delivery, also of one that comes as a form: that
// is what GitHub's page offers first.
func payload(d ticket.Delivery) []byte {
	kind, _, err := mime.ParseMediaType(d.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return d.Body
	}
	form, err := url.ParseQuery(string(d.Body))
	if err != nil {
		return nil
	}
	return []byte(form.Get("payload"))
}
