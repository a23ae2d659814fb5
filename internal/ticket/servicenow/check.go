package servicenow

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

const (
	// stranger is an address nobody has: RFC 2606 keeps the domain free.
	stranger = "nobody-has-this-address@admit.invalid"
	// unusedKey is a key no ticket has.
	unusedKey = "00000000000000000000000000000000"
)

// Check implements ticket.Checker. Whether the service user may create and write
// shows only on a ticket.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	findings, err := p.signedIn(ctx)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	steps := []func(context.Context) ([]ticket.Finding, error){p.checkTimes, p.checkPeople, p.checkKeys, p.checkLengths}
	if p.keyVariable != "" {
		steps = append(steps, p.checkVariables)
	}
	if project != "" {
		steps = append(steps, func(ctx context.Context) ([]ticket.Finding, error) { return p.checkProject(ctx, project) })
	}
	for _, step := range steps {
		found, err := step(ctx)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

// signedIn finds out whether this is ServiceNow, whether it knows the service
// user, and whether that may read tickets.
func (p *Provider) signedIn(ctx context.Context) ([]ticket.Finding, error) {
	page, err := p.http.search(ctx, search{table: task, query: "correlation_display=" + mark, fields: []string{"sys_id"}, most: 1, raw: true})
	switch {
	case err == nil:
		return nil, nil
	case page.Status == http.StatusUnauthorized && p.auth == "api_key":
		return finding("api_key", "ServiceNow does not know this API key, or no API access policy takes keys for the Table API"), nil
	case page.Status == http.StatusUnauthorized:
		return finding("password", "ServiceNow does not know this user and password, or the user is locked out or not active"), nil
	case page.Status == http.StatusForbidden && ticket.FailureOf(err).Trouble == ticket.Unauthorized:
		return finding("", "the service user may not read the table task: give it the role itil"), nil
	case ticket.FailureOf(err).Trouble == ticket.Malformed, ticket.FailureOf(err).Trouble == ticket.Input:
		return finding("base_url", "there is no ServiceNow at this address, or the instance sleeps"), nil
	}
	return nil, err
}

// checkTimes makes sure that a time in a search is read in UTC: the newest ticket
// must be found by the time it has. Without a ticket there is nothing to tell by.
func (p *Provider) checkTimes(ctx context.Context) ([]ticket.Finding, error) {
	newest := search{table: task, query: "ORDERBYDESCsys_updated_on", fields: []string{"sys_id", "sys_updated_on"}, most: 1, raw: true}
	page, err := p.http.search(ctx, newest)
	if err != nil {
		return nil, err
	}
	if len(page.rows) == 0 {
		return nil, nil
	}
	id, at := page.rows[0].get("sys_id"), page.rows[0].time("sys_updated_on")
	if !isID(id) || at.IsZero() {
		return finding("", "the service user may not read sys_updated_on of the table task"), nil
	}
	for _, operator := range []string{">=", "<="} {
		s := newest
		s.query = "sys_id=" + id + "^sys_updated_on" + operator + at.Format(layout)
		if page, err = p.http.search(ctx, s); err != nil {
			return nil, err
		}
		if len(page.rows) > 0 {
			continue
		}
		s.query = "sys_id=" + id // has it changed since?
		if page, err = p.http.search(ctx, s); err != nil {
			return nil, err
		}
		if len(page.rows) > 0 && page.rows[0].time("sys_updated_on").Equal(at) {
			return finding("", wrongZone), nil
		}
	}
	return nil, nil
}

const wrongZone = "ServiceNow reads the times in a search in the time zone of the service user: set its time zone to GMT, or changes will be missed"

// checkPeople searches for somebody who does not exist, and for the service user.
// A condition on what may not be read is ignored and finds everybody, or finds
// nobody.
func (p *Provider) checkPeople(ctx context.Context) ([]ticket.Finding, error) {
	users, err := p.users(ctx, "email="+stranger+"^active=true")
	if err == nil && len(users) > 0 {
		return finding("", noPeople), nil
	}
	if err != nil {
		return p.told(err, "", noPeople)
	}
	me, err := p.me(ctx)
	switch {
	case err != nil:
		return nil, err
	case me.get("sys_id") == "":
		return finding("", "the service user may not read the table sys_user: nobody can be assigned, and incidents have no caller"), nil
	case !isAddress(me.get("email")):
		return finding("", "the service user has no e-mail address, by which Admit tries whether people can be found: give it one, and the right to read email of the table sys_user"), nil
	}
	users, err = p.users(ctx, "email="+me.get("email")+"^active=true")
	if err == nil && !slices.ContainsFunc(users, func(a ticket.Account) bool { return a.ID == me.get("sys_id") }) {
		return finding("", noPeople), nil
	}
	return nil, err
}

const hiddenKeys = "tickets cannot be found by correlation_id: the service user must be allowed to read and search correlation_id and correlation_display of task"

// checkKeys makes sure that tickets are found by their key: a key nobody has finds
// nothing, and those of tickets find them.
func (p *Provider) checkKeys(ctx context.Context) ([]ticket.Finding, error) {
	none, err := p.http.search(ctx, search{table: task, query: "correlation_id=" + unusedKey, fields: []string{"sys_id"}, most: 1, raw: true})
	if err != nil {
		return nil, err
	}
	if len(none.rows) > 0 {
		return finding("", hiddenKeys), nil
	}
	return p.findsKeys(ctx)
}

func (p *Provider) findsKeys(ctx context.Context) ([]ticket.Finding, error) {
	ok, err := p.finds(ctx, task, search{table: task, query: "correlation_idIN", fields: []string{"sys_id"}})
	if err != nil || ok {
		return nil, err
	}
	return finding("", hiddenKeys), nil
}

// finds makes sure that some of the latest tickets of a table are found when
// their keys are put behind the query of s, by its one field. A column that may
// not be searched finds nothing, without a word. Without a ticket there is
// nothing to tell by.
func (p *Provider) finds(ctx context.Context, table string, s search) (bool, error) {
	const some = 10
	page, err := p.http.search(ctx, search{
		table: table, query: "correlation_display=" + mark + "^ORDERBYDESCsys_created_on", most: some, raw: true,
		fields: []string{"sys_id", "correlation_id"},
	})
	if err != nil || len(page.rows) == 0 {
		return true, err
	}
	var ids, keys []string
	for _, r := range page.rows {
		if ids = append(ids, r.get("sys_id")); ticket.IsKey(r.get("correlation_id")) {
			keys = append(keys, r.get("correlation_id"))
		}
	}
	if len(keys) == 0 {
		return false, nil
	}
	s.query, s.most, s.raw = s.query+strings.Join(keys, ","), batch, true
	page, err = p.http.search(ctx, s)
	return slices.ContainsFunc(page.rows, func(r row) bool { return slices.Contains(ids, r.get(s.fields[0])) }), err
}

// wouldFind makes sure that "nothing found" means it.
func (p *Provider) wouldFind(ctx context.Context) error {
	steps := []func(context.Context) ([]ticket.Finding, error){p.findsKeys}
	if p.keyVariable != "" {
		steps = append(steps, p.findsVariables)
	}
	for _, step := range steps {
		findings, err := step(ctx)
		if err != nil {
			return err
		}
		if len(findings) > 0 {
			return &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Unauthorized, Msg: "ServiceNow: " + findings[0].Problem}
		}
	}
	return nil
}

// checkLengths looks whether columns were made shorter, as far as the dictionary
// may be read.
func (p *Provider) checkLengths(ctx context.Context) ([]ticket.Finding, error) {
	least := map[string]int{"correlation_id": 32, "correlation_display": len(mark), "description": maxBody}
	s := search{
		table: "sys_dictionary", query: "name=task^elementINcorrelation_display,correlation_id,description^ORDERBYelement",
		fields: []string{"element", "max_length"}, most: batch, raw: true,
	}
	page, err := p.http.search(ctx, s)
	if err = allowed(err); err != nil {
		return nil, err
	}
	var findings []ticket.Finding
	for _, r := range page.rows {
		element := r.get("element")
		length, err := strconv.Atoi(r.get("max_length"))
		if err == nil && length < least[element] {
			findings = append(findings, finding("", "the column "+element+" of task takes only "+strconv.Itoa(length)+" characters: set its maximum length to "+strconv.Itoa(least[element]))...)
		}
	}
	return findings, nil
}

const hiddenVariables = "an order whose answer is lost could not be found again: the service user must be allowed to read sc_item_option_mtom, sc_item_option, sc_req_item and sc_task"

func (p *Provider) findsVariables(ctx context.Context) ([]ticket.Finding, error) {
	ok, err := p.finds(ctx, order, search{table: "sc_item_option_mtom", query: "sc_item_option.valueIN", fields: []string{"request_item"}})
	if err != nil || ok {
		return nil, err
	}
	return finding("key_variable", hiddenVariables), nil
}

// checkVariables looks whether an order can be found by the key in its variable.
func (p *Provider) checkVariables(ctx context.Context) ([]ticket.Finding, error) {
	s := search{
		table: "sc_item_option_mtom", query: "sc_item_option.value=" + unusedKey, most: 1, raw: true,
		fields: []string{"request_item", "sc_item_option.value"},
	}
	page, err := p.http.search(ctx, s)
	if err == nil && len(page.rows) > 0 {
		return finding("key_variable", hiddenVariables), nil
	}
	if err != nil {
		return p.told(err, "key_variable", hiddenVariables)
	}
	for _, table := range []string{order, catalogTask} {
		if _, err := p.http.search(ctx, search{table: table, query: "sys_id=" + unusedKey, fields: []string{"sys_id"}, most: 1, raw: true}); err != nil {
			return p.told(err, "key_variable", hiddenVariables)
		}
	}
	return p.findsVariables(ctx)
}

// told makes a finding of a refusal that ServiceNow itself gave.
func (p *Provider) told(err error, field, problem string) ([]ticket.Finding, error) {
	if allowed(err) == nil || ticket.FailureOf(err).Trouble == ticket.Input {
		return finding(field, problem), nil
	}
	return nil, err
}

func (p *Provider) checkProject(ctx context.Context, project string) ([]ticket.Finding, error) {
	id, isOrder := strings.CutPrefix(project, catalogPrefix)
	switch {
	case isOrder && isID(id) && p.keyVariable == "":
		return finding("key_variable", "name the key variable, or Admit orders no catalog items"), nil
	case isOrder && isID(id):
		i, err := p.item(ctx, id)
		if f := ticket.FailureOf(err); err != nil && f.Trouble == ticket.Input {
			return finding("", noItem), nil
		}
		if err != nil {
			return nil, err
		}
		return p.unfit(i), nil
	case project == incident, project == catalogTask:
		_, err := p.http.search(ctx, search{table: project, query: "sys_id=" + unusedKey, fields: []string{"sys_id"}, most: 1, raw: true})
		if err != nil {
			return p.told(err, "", "the service user may not read the table "+project+", or there is none: give it the role itil, or for incidents sn_incident_write")
		}
		return nil, nil
	}
	return finding("", noWay), nil
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
