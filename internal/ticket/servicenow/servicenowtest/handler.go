package servicenowtest

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refusal is an error as ServiceNow says it.
type refusal struct {
	status          int
	message, detail string
}

func (r refusal) Error() string { return r.message + ": " + r.detail }

var (
	signedOut  = refusal{http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information"}
	noRecord   = refusal{http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval"}
	noInsert   = refusal{http.StatusForbidden, "Operation Failed", "ACL Exception Insert Failed due to security constraints"}
	noUpdate   = refusal{http.StatusForbidden, "Operation Failed", "ACL Exception Update Failed due to security constraints"}
	noReading  = refusal{http.StatusForbidden, "User Not Authorized", "Failed API level ACL Validation"}
	aborted    = refusal{http.StatusForbidden, "Operation Failed", "Operation against file 'task' was aborted by Business Rule 'Freeze^0f5cf1'. Business Rule Stack:Freeze"}
	noResource = refusal{http.StatusBadRequest, "Requested URI does not represent any resource", "null"}
)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	status, result, err := s.answer(w, r) //nolint:contextcheck // an async business rule outlives the call that made it run
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Add("Set-Cookie", "JSESSIONID=1234; Path=/; HttpOnly")
	var said refusal
	switch {
	case errors.As(err, &said):
		w.WriteHeader(said.status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": said.message, "detail": said.detail}, "status": "failure"})
		return
	case s.cut:
		result = append(result, `,"status":"failure","error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":"Check logs"}`...)
	}
	w.WriteHeader(status)
	_, _ = w.Write(slices.Concat([]byte(`{"result":`), result, []byte("}")))
}

var (
	tableURL = regexp.MustCompile(`^/api/now/table/([a-z_0-9]+)(?:/([0-9a-f]{32}))?$`)
	itemURL  = regexp.MustCompile(`^/api/sn_sc/servicecatalog/items(?:/([0-9a-f]{32})(/order_now)?)?$`)
)

func (s *Server) answer(w http.ResponseWriter, r *http.Request) (int, []byte, error) {
	if !s.signedIn(r) {
		w.Header().Set("WWW-Authenticate", `BASIC realm="Service-now"`)
		return 0, nil, signedOut
	}
	if s.left == 0 {
		w.Header().Set("X-RateLimit-Limit", "200")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(90*time.Second).Unix(), 10))
		w.Header().Set("X-RateLimit-Rule", newID())
		w.Header().Set("Retry-After", "90")
		return 0, nil, refusal{http.StatusTooManyRequests, "Rate limit exceeded", "Rate limit exceeded for the table API"}
	}
	s.left--
	if m := tableURL.FindStringSubmatch(r.URL.Path); m != nil {
		return s.table(w, r, m[1], m[2])
	}
	if m := itemURL.FindStringSubmatch(r.URL.Path); m != nil {
		return s.catalog(r, m[1], m[2] != "")
	}
	return 0, nil, noResource
}

// signedIn knows the service user by password or key. A call with a cookie is
// part of a session, whose writes need a token that nobody sends here.
func (s *Server) signedIn(r *http.Request) bool {
	if r.Header.Get("Cookie") != "" && r.Method != http.MethodGet {
		return false
	}
	if r.Header.Get("X-Sn-Apikey") == APIKey {
		return true
	}
	user, password, ok := r.BasicAuth()
	return ok && user == serviceUser && password == Password
}

func (s *Server) table(w http.ResponseWriter, r *http.Request, table, id string) (int, []byte, error) {
	if columns[table] == nil {
		return 0, nil, refusal{http.StatusBadRequest, "Invalid table " + table, "null"}
	}
	switch {
	case s.denied[table] && r.Method == http.MethodGet:
		return 0, nil, noReading
	case r.Method == http.MethodGet && id == "":
		return s.list(w, r, table)
	case r.Method == http.MethodGet:
		found := s.byID[id]
		if found == nil || found.hidden || !s.in(table, found) {
			return 0, nil, noRecord
		}
		return http.StatusOK, s.shown(r, found), nil
	case r.Method == http.MethodPost && id == "" && isClass(table):
		return s.insert(r, table)
	case r.Method == http.MethodPatch && id != "":
		return s.update(r, table, id)
	}
	return 0, nil, refusal{http.StatusMethodNotAllowed, "Method not supported", "null"}
}

func (s *Server) in(table string, r *record) bool {
	return r.class == table || table == "task" && isClass(r.class)
}

// list answers a search. The limit cuts before access rules are looked at.
func (s *Server) list(w http.ResponseWriter, r *http.Request, table string) (int, []byte, error) {
	v := r.URL.Query()
	if len(r.URL.RawQuery) > 8000 {
		return 0, nil, refusal{http.StatusRequestURITooLong, "URI too long", "null"}
	}
	q, ok := s.parse(table, v.Get("sysparm_query"))
	limit, err := strconv.Atoi(cmp.Or(v.Get("sysparm_limit"), "10000"))
	offset, err2 := strconv.Atoi(cmp.Or(v.Get("sysparm_offset"), "0"))
	if err != nil || err2 != nil || limit < 1 || offset < 0 {
		return 0, nil, refusal{http.StatusBadRequest, "Pagination not supported", "Invalid sysparm_limit or sysparm_offset"}
	}
	var rows []*record
	if ok {
		rows = s.matching(table, q)
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(rows)))
	rows = rows[min(offset, len(rows)):min(offset+limit, len(rows))]
	show, shown := s.showing(r.URL, table), []byte("[")
	for _, one := range rows {
		if one.hidden || s.blind[one.class] {
			continue
		}
		if len(shown) > 1 {
			shown = append(shown, ',')
		}
		shown = append(shown, show(one)...)
	}
	return http.StatusOK, append(shown, ']'), nil
}

func (s *Server) body(r *http.Request) (map[string]string, error) {
	values := map[string]string{}
	if err := json.NewDecoder(r.Body).Decode(&values); err != nil {
		return nil, refusal{http.StatusBadRequest, "Exception while reading request", "The payload is not valid JSON"}
	}
	return values, nil
}

func (s *Server) insert(r *http.Request, table string) (int, []byte, error) {
	values, err := s.body(r)
	if err != nil {
		return 0, nil, err
	}
	// A request is made by ordering; a record of it inserted by hand has no flow.
	if s.denied[table] || table == "sc_request" || table == "sc_req_item" {
		return 0, nil, noInsert
	}
	draft := &record{class: table, values: map[string]string{"state": "1", "urgency": "3", "impact": "3", "priority": "5"}}
	if err := s.write(draft, values, serviceUser); err != nil {
		return 0, nil, err
	}
	for f := range draft.values {
		if strings.HasPrefix(f, "sys_") {
			delete(draft.values, f)
		}
	}
	stored := s.put(table, draft.values)
	stored.journal = draft.journal
	s.tell(stored)
	return http.StatusCreated, s.shown(r, stored), nil
}

func (s *Server) update(r *http.Request, table, id string) (int, []byte, error) {
	values, err := s.body(r)
	if err != nil {
		return 0, nil, err
	}
	found := s.byID[id]
	if found == nil || found.hidden || !s.in(table, found) {
		return 0, nil, noRecord
	}
	if s.denied[table] || !isClass(table) {
		return 0, nil, noUpdate
	}
	if err := s.write(found, values, serviceUser); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, s.shown(r, found), nil
}
