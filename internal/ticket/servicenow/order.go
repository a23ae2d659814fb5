package servicenow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

const catalogPath = "/api/sn_sc/servicecatalog/items"

// catalogEntry is an item of the service catalog. Record producers and order
// guides are in it too, and make other things than one order.
type catalogEntry struct {
	ID         string     `json:"sys_id"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Attachment flag       `json:"mandatory_attachment"`
	Variables  []variable `json:"variables"`
}

func (i catalogEntry) orderable() bool {
	return isID(i.ID) && (i.Type == "catalog_item" || i.Type == "")
}

// variable is a question of an item. A container has others in it.
// Source: answers of GET /sn_sc/servicecatalog/items/{sys_id} in public tests;
// the documentation only calls it an array.
type variable struct {
	Name      string     `json:"name"`
	Label     string     `json:"label"`
	Help      string     `json:"help_text"`
	Type      string     `json:"friendly_type"`
	Mandatory flag       `json:"mandatory"`
	ReadOnly  flag       `json:"read_only"`
	Preset    loose      `json:"value"`
	Choices   []choice   `json:"choices"`
	Children  []variable `json:"children"`
}

type choice struct {
	Label string `json:"label"`
	Value loose  `json:"value"`
}

// flag is true for true, "true", 1 and "1".
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	*f = text == "true" || text == "1"
	return nil
}

// loose is a text, whatever else is sent in its place.
type loose string

// UnmarshalJSON implements json.Unmarshaler.
func (l *loose) UnmarshalJSON(b []byte) error {
	text, err := scalar(b)
	if err == nil {
		*l = loose(text)
	}
	return nil // a preset of another kind is none
}

// flat lists the questions of an item, those in containers too.
func flat(variables []variable) []variable {
	var all []variable
	for _, v := range variables {
		if len(v.Children) > 0 && v.Type != "sc_multi_row" {
			all = append(all, flat(v.Children)...)
			continue
		}
		if isColumn(v.Name) {
			all = append(all, v)
		}
	}
	return all
}

// items returns one page of the items the service user may see.
func (p *Provider) items(ctx context.Context, offset int) ([]catalogEntry, error) {
	query := url.Values{"sysparm_limit": {strconv.Itoa(batch)}, "sysparm_offset": {strconv.Itoa(offset)}}
	items, _, err := do[[]catalogEntry](ctx, p.http, ticket.Call{Path: catalogPath, Query: query})
	return items, err
}

// item reads an item with its variables. An item that is not there and one that
// may not be ordered are refused alike.
func (p *Provider) item(ctx context.Context, id string) (catalogEntry, error) {
	i, answer, err := do[catalogEntry](ctx, p.http, ticket.Call{Path: catalogPath + "/" + id})
	if err == nil && i.ID != id {
		err = p.http.Malformed(ticket.Reads, errors.New("another catalog item answers"))
	}
	if err != nil && (answer.Status == http.StatusBadRequest || answer.Status == http.StatusNotFound) && ticket.FailureOf(err).Trouble == ticket.Input {
		err = ticket.Refusal("ServiceNow: " + noItem)
	}
	return i, err
}

const noItem = "the catalog item does not exist, is not active, or the service user may not order it"

// unfit returns why an item cannot be ordered, or nothing.
func (p *Provider) unfit(i catalogEntry) []ticket.Finding {
	var findings []ticket.Finding
	add := func(field, problem string) {
		findings = append(findings, ticket.Finding{Field: field, Problem: problem})
	}
	name := line(i.Name)
	if !i.orderable() {
		add("", name+" is no catalog item but a "+line(i.Type)+": choose one that is ordered by itself")
	}
	if !slices.ContainsFunc(flat(i.Variables), func(v variable) bool { return v.Name == p.keyVariable }) {
		add("key_variable", "the catalog item "+name+" has no variable "+p.keyVariable+": add one of the type Single Line Text, or an order whose answer is lost could not be found again")
	}
	if i.Attachment {
		add("", "the catalog item "+name+" asks for an attachment, and Admit has none")
	}
	return findings
}

// order orders a catalog item. It is four calls: the item is looked at first,
// because a variable that it does not have is dropped without a word, and with it
// the key; the answer to the order names the request; its item is looked for, and
// the rest is written on that.
func (p *Provider) order(ctx context.Context, id string, d ticket.Draft) (ticket.Snapshot, error) {
	i, err := p.item(ctx, id)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	if problems := p.unfit(i); len(problems) > 0 {
		return ticket.Snapshot{}, ticket.Refusal("ServiceNow: " + problems[0].Problem)
	}
	variables, err := p.answers(i, d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	request, err := p.orderNow(ctx, id, variables)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	made := ticket.Snapshot{
		ID: orderPrefix + request.ID, Identifier: line(request.Number), URL: p.url("sc_request", request.ID),
		Project: d.Project, Key: d.Key, Title: ticket.Title(d.Title, maxTitle), Outcome: ticket.Open,
	}
	stored, err := p.fillIn(ctx, made.ID, d)
	switch {
	case err != nil && stored.ID != "":
		return stored, ambiguous(err)
	case err != nil:
		return made, ambiguous(err)
	}
	return stored, nil
}

// answers are the variables of an order, by name.
func (p *Provider) answers(i catalogEntry, d ticket.Draft) (map[string]string, error) {
	variables := map[string]string{p.keyVariable: d.Key}
	known := map[string]bool{}
	var missing []string
	for _, v := range flat(i.Variables) {
		known[v.Name] = true
		switch value := d.Fields[variablePrefix+v.Name]; {
		case v.Name == p.keyVariable:
		case v.Name == p.textVariable:
			variables[v.Name] = text(d)
		case value != "":
			variables[v.Name] = spelled(v, value)
		case v.needed():
			missing = append(missing, variablePrefix+v.Name)
		}
	}
	for id := range d.Fields {
		name, ok := strings.CutPrefix(id, variablePrefix)
		if !ok || !known[name] || name == p.keyVariable || name == p.textVariable {
			return nil, ticket.Refusal("the catalog item has no variable "+line(id)+" to fill in", id)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, ticket.Refusal("the catalog item asks for more: "+strings.Join(missing, ", "), missing...)
	}
	return variables, nil
}

// wireRequest is the answer to an order.
type wireRequest struct {
	ID     string `json:"request_id"`
	Number string `json:"request_number"`
}

// orderNow places the order.
func (p *Provider) orderNow(ctx context.Context, id string, variables map[string]string) (wireRequest, error) {
	body := map[string]any{"sysparm_quantity": "1", "variables": variables}
	made, _, err := do[wireRequest](ctx, p.http, ticket.Call{Path: catalogPath + "/" + id + "/order_now", Body: body, Effect: ticket.Writes})
	if err == nil && !isID(made.ID) {
		err = p.http.Malformed(ticket.Writes, errors.New("an order without the sys_id of its request"))
	}
	return made, err
}

// fillIn writes on the item of an order what an order has no place for.
func (p *Provider) fillIn(ctx context.Context, id string, d ticket.Draft) (ticket.Snapshot, error) {
	g, err := p.one(ctx, id)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	values := always(d)
	r, err := p.http.update(ctx, order, g.item.get("sys_id"), values, slices.Concat(ownFields(order), []string{"description"}))
	if err != nil {
		return ticket.Snapshot{}, err
	}
	g.item = asTask(r, order)
	s, err := p.ordered(g)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	return p.kept(ctx, s, r, values, d)
}

// asTask is a record of a table as a search of task returns it.
func asTask(r row, table string) row {
	same := make(row, len(r))
	for _, field := range ticketFields() {
		own := strings.TrimPrefix(field, "ref_"+table+".")
		if c, ok := r[own]; ok {
			same[field] = c
		}
	}
	return same
}

// begun finds the orders that carry a key in their variable, and marks those that
// do not carry it otherwise, because Create came no further: without the mark no
// poll sees them change.
func (p *Provider) begun(ctx context.Context, key string) ([]string, error) {
	s := search{
		table: "sc_item_option_mtom", query: "sc_item_option.value=" + key, most: batch, raw: true,
		fields: []string{"request_item", "request_item.request", "request_item.correlation_id", "sc_item_option.value"},
	}
	page, err := p.http.search(ctx, s)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range page.rows {
		item, request := r.get("request_item"), r.get("request_item.request")
		if !strings.EqualFold(r.get("sc_item_option.value"), key) {
			return nil, p.http.Malformed(ticket.Reads, errors.New("a search for a variable found something else; may the service user read sc_item_option"))
		}
		if !isID(item) || !isID(request) {
			continue // gone, or hidden
		}
		ids = append(ids, orderPrefix+request)
		if strings.EqualFold(r.get("request_item.correlation_id"), key) {
			continue
		}
		values := map[string]string{"correlation_id": key, "correlation_display": mark}
		_, _ = p.http.update(ctx, order, item, values, []string{"sys_id"}) // it is found all the same, and marked the next time
	}
	return ids, nil
}
