package servicenow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// overlap is how far a poll looks back: how long a change may take from its time
// stamp to where a search sees it, and how far the clocks of the nodes of an
// instance are apart.
const overlap = 2 * time.Minute

// Read implements ticket.Reader. Hidden and deleted tickets are absent alike.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	if len(ids) > batch {
		return nil, ticket.Refusal("more than " + strconv.Itoa(batch) + " tickets in one read")
	}
	return p.read(ctx, ids)
}

// read reads tickets. What cannot be an id is passed over.
func (p *Provider) read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	var all []ticket.Snapshot
	for _, part := range shares(ids) {
		rows, err := p.rows(ctx, part)
		if err != nil {
			return nil, err
		}
		tickets, err := p.mapped(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, tickets...)
	}
	return all, nil
}

// share is what is read with one call.
type share struct{ records, requests []string }

// roomInAddress is how many sys_ids the address of one call has room for.
const roomInAddress = 120

// shares divides ids into what one call can name: a request is named twice.
func shares(ids []string) []share {
	var all []share
	seen, room := map[string]bool{}, 0
	for _, id := range ids {
		request, isOrder := strings.CutPrefix(id, orderPrefix)
		if !isID(request) || seen[id] {
			continue
		}
		need := 1
		if isOrder {
			need = 2
		}
		if seen[id] = true; room < need {
			all, room = append(all, share{}), roomInAddress
		}
		room -= need
		if last := &all[len(all)-1]; isOrder {
			last.requests = append(last.requests, request)
		} else {
			last.records = append(last.records, id)
		}
	}
	return all
}

// mostRows is how many records the orders of one read may have.
const mostRows = 5000

// rows reads the records of a share: tickets, items of requests, and the catalog
// tasks of these.
func (p *Provider) rows(ctx context.Context, of share) ([]row, error) {
	s := search{table: task, fields: ticketFields(), most: batch + 1} // one more than there can be
	var query []string
	if len(of.records) > 0 {
		query = append(query, "sys_idIN"+strings.Join(of.records, ","))
	}
	if len(of.requests) > 0 {
		s.most = mostRows
		list := "IN" + strings.Join(of.requests, ",")
		query = append(query, requestOfItem+list, requestOfTask+list)
	}
	s.query = strings.Join(query, "^OR") + "^ORDERBYnumber"
	page, err := p.http.search(ctx, s)
	if err != nil {
		return nil, err
	}
	if page.goesOn(s) {
		return nil, p.http.Malformed(ticket.Reads, errors.New("more records than the tickets can have"))
	}
	asked := map[string]bool{}
	for _, id := range of.records {
		asked[id] = true
	}
	for _, id := range of.requests {
		asked[orderPrefix+id] = true
	}
	for i, r := range page.rows {
		switch {
		case asked[r.get("sys_id")]: // by itself: a ticket of its own
			page.rows[i] = alone(r)
		case !asked[orderID(r)]:
			return nil, p.http.Malformed(ticket.Reads, errors.New("a ticket that was not asked for"))
		}
	}
	return page.rows, nil
}

// alone is a record that no order is looked for behind.
func alone(r row) row {
	delete(r, requestOfItem)
	delete(r, requestOfTask)
	return r
}

// mapped maps records, those of an order together. An order whose item may not be
// read is absent.
func (p *Provider) mapped(rows []row) ([]ticket.Snapshot, error) {
	groups := map[string]*group{}
	var all []ticket.Snapshot
	var orders []string
	for _, r := range rows {
		id := orderID(r)
		if id == "" {
			s, err := p.single(r)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
			continue
		}
		if groups[id] == nil {
			groups[id], orders = &group{}, append(orders, id)
		}
		groups[id].add(r)
	}
	for _, id := range orders {
		if groups[id].item == nil {
			continue
		}
		s, err := p.ordered(*groups[id])
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Changed implements ticket.Reader. It is one call, and a read of the orders that
// are on the page: what changed may be a catalog task, and tells nothing of the
// others.
func (p *Provider) Changed(ctx context.Context, cursor string) (ticket.Page, error) {
	if cursor == "" {
		return p.fromNow(ctx)
	}
	c, err := ticket.ParseCursor("ServiceNow", cursor)
	if err != nil {
		return ticket.Page{}, err
	}
	from, err := parsePlace(c)
	if err != nil {
		return ticket.Page{}, err
	}
	s := search{table: task, query: p.ours() + from.condition() + "^ORDERBYsys_updated_on^ORDERBYsys_id", fields: ticketFields(), most: batch, offset: from.skip}
	page, err := p.http.search(ctx, s)
	if err != nil {
		return ticket.Page{}, err
	}
	tickets, err := p.followed(ctx, page.rows, from)
	if err != nil {
		return ticket.Page{}, err
	}
	next := ""
	if page.goesOn(s) {
		if next, err = p.next(page.rows, from); err != nil {
			return ticket.Page{}, err
		}
	}
	return ticket.Page{Tickets: tickets, Cursor: c.Advance(page.Date(), tickets, next).String(), More: next != ""}, nil
}

// fromNow returns the cursor that begins with the newest change.
func (p *Provider) fromNow(ctx context.Context) (ticket.Page, error) {
	s := search{table: task, query: "correlation_display=" + mark + "^ORDERBYDESCsys_updated_on", fields: []string{"sys_id", "sys_updated_on"}, most: 1, raw: true}
	page, err := p.http.search(ctx, s)
	if err != nil {
		return ticket.Page{}, err
	}
	var newest []ticket.Snapshot
	for _, r := range page.rows {
		at := r.time("sys_updated_on")
		if at.IsZero() {
			return ticket.Page{}, p.http.Malformed(ticket.Reads, errors.New("a ticket without a time"))
		}
		newest = append(newest, ticket.Snapshot{UpdatedAt: at})
	}
	return ticket.Page{Cursor: ticket.Cursor{}.Advance(page.Date(), newest, "").String()}, nil
}

// ours selects the tickets of Admit, and the catalog tasks of its orders.
func (p *Provider) ours() string {
	query := "correlation_display=" + mark
	if p.keyVariable != "" {
		query += "^ORref_sc_task.request_item.correlation_display=" + mark
	}
	return query
}

// followed maps one page of changed records.
func (p *Provider) followed(ctx context.Context, rows []row, from place) ([]ticket.Snapshot, error) {
	var singles []row
	var orders []string
	for _, r := range rows {
		if at := r.time("sys_updated_on"); at.IsZero() || at.Before(from.at) {
			return nil, notSent("ServiceNow: "+wrongZone, nil)
		}
		id, ours, item := orderID(r), strings.EqualFold(r.get("correlation_display"), mark), r.get("sys_class_name") == order
		switch {
		case ours && !item:
			singles = append(singles, alone(r))
		case id != "":
			orders = append(orders, id)
		default:
			return nil, p.http.Malformed(ticket.Reads, errors.New("a changed ticket that is not Admit's; may the service user read correlation_display"))
		}
	}
	tickets, err := p.mapped(singles)
	if err != nil {
		return nil, err
	}
	more, err := p.read(ctx, orders)
	return append(tickets, more...), err
}

// place is where a page begins: at a time, or behind a record.
type place struct {
	at     time.Time
	behind string // sys_id of the last record that was seen; "" at the beginning
	skip   int    // how many records to pass over, none of which may be read
}

// condition selects what a page begins with. OR binds closer than AND.
func (w place) condition() string {
	at := w.at.UTC().Format(layout)
	if w.behind == "" {
		return "^sys_updated_on>=" + at
	}
	return fmt.Sprintf("^sys_updated_on>=%s^sys_updated_on>%s^ORsys_id>%s", at, at, w.behind)
}

// next returns where the page behind rows begins.
func (p *Provider) next(rows []row, from place) (string, error) {
	next := place{from.at, from.behind, from.skip + batch}
	if len(rows) > 0 {
		last := rows[len(rows)-1]
		next = place{last.time("sys_updated_on"), last.get("sys_id"), 0}
		if !isID(next.behind) || cmp.Or(next.at.Compare(from.at), strings.Compare(next.behind, from.behind)) <= 0 {
			return "", p.http.Malformed(ticket.Reads, errors.New("the pages of changed tickets go in circles"))
		}
	}
	return strings.Join([]string{next.at.UTC().Format(layout), next.behind, strconv.Itoa(next.skip)}, "/"), nil
}

// mostSkipped is how many records in a row may be hidden from the service user.
const mostSkipped = 100_000

func parsePlace(c ticket.Cursor) (place, error) {
	if !c.Inside() {
		return place{at: c.Since(overlap).Truncate(time.Second)}, nil
	}
	parts := strings.Split(c.Page, "/")
	bad := func(err error) (place, error) {
		return place{}, ticket.BadCursor("ServiceNow", err)
	}
	if len(parts) != 3 || parts[1] != "" && !isID(parts[1]) {
		return bad(errors.New("it does not say where the page begins"))
	}
	at, err := time.Parse(layout, parts[0])
	if err != nil || !ticket.Plausible(at) {
		return bad(errors.New("a time in it cannot be"))
	}
	skip, err := strconv.Atoi(parts[2])
	if err != nil || skip < 0 || skip > mostSkipped {
		return bad(errors.New("a number in it cannot be"))
	}
	return place{at, parts[1], skip}, nil
}
