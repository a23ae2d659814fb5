package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// roles are the columns of the table below: each person is what the column says
// to the things at hand, and nothing else.
var roles = []struct{ name, person string }{
	{"nobody", ""},
	{"member", "mia"},
	{"auditor", "otto"},
	{"admin", "ada"},
	{"resource admin", "ana"},
	{"reviewer", "rita"},
	{"requester", "josh"},
	{"assignee", "ben"},
}

// walk is every operation: with what it is called, and what each role gets.
// A refusal that must not tell that a thing exists is 404.
var walk = map[string]struct{ path, body, want string }{
	//                                                                                            none mem aud adm radm rev req ass
	"getApps":                      {"", "", "401 200 200 200 200 200 200 200"},
	"getAppID":                     {"/apps/{payroll}", "", "401 200 200 200 200 200 200 200"},
	"createApp":                    {"", `{"name":"New","admin_owner_id":"{fulfillers}"}`, "401 403 403 200 403 403 403 403"},
	"updateApp":                    {"/apps/{payroll}", `{"description":"x"}`, "401 403 403 200 403 403 403 403"},
	"deleteApp":                    {"/apps/{payroll}", "", "401 403 403 200 403 403 403 403"},
	"syncApp":                      {"/apps/{payroll}/sync", "", "401 403 403 202 202 403 403 403"},
	"getResources":                 {"", "", "401 200 200 200 200 200 200 200"},
	"createResource":               {"", `{"name":"New","app_id":"{payroll}"}`, "401 403 403 200 403 403 403 403"},
	"updateResources":              {"", `{"resources":[{"resource_id":"{my role}","description":"x"}]}`, "401 403 403 200 200 403 403 403"},
	"getResourceID":                {"/resources/{my role}", "", "401 200 200 200 200 200 200 200"},
	"deleteResource":               {"/resources/{my role}", "", "401 403 403 200 403 403 403 403"},
	"getResourceReviewers":         {"/resources/{my role}/reviewers", "", "401 200 200 200 200 200 200 200"},
	"updateResourceReviewers":      {"/resources/{my role}/reviewers", `{"reviewer_ids":["{reviewers}"]}`, "401 403 403 200 200 403 403 403"},
	"getResourceReviewerStages":    {"/resources/{my role}/reviewer-stages", "", "401 200 200 200 200 200 200 200"},
	"updateResourceReviewerStages": {"/resources/{my role}/reviewer-stages", `{"stages":[{"operator":"OR","owner_ids":["{reviewers}"]}]}`, "401 403 403 200 200 403 403 403"},
	"getResourceVisibility":        {"/resources/{my role}/visibility", "", "401 200 200 200 200 200 200 200"},
	"updateResourceVisibility":     {"/resources/{my role}/visibility", `{"visibility":"GLOBAL"}`, "401 403 403 200 200 403 403 403"},
	"syncResource":                 {"/resources/{my role}/sync", "", "401 403 403 202 202 403 403 403"},
	"getResourceUsers":             {"/resources/{ledger}/users", "", "401 403 200 200 200 403 403 403"},
	"addResourceUser":              {"/resources/{my role}/users/{mia}", `{"duration_minutes":0}`, "401 403 403 200 200 403 403 403"},
	"updateResourceUser":           {"/resources/{ledger}/users/{josh}", `{"duration_minutes":60,"access_level_remote_id":"rw"}`, "401 403 403 200 200 403 403 403"},
	"removeResourceUser":           {"/resources/{ledger}/users/{josh}?access_level_remote_id=rw", "", "401 403 403 200 200 403 200 403"},
	"get_user_resources":           {"/resources/users/{josh}", "", "401 404 200 200 404 404 200 404"},
	"getOwners":                    {"", "", "401 403 200 200 200 403 403 403"},
	"createOwner":                  {"", `{"name":"New","user_ids":[]}`, "401 403 403 200 403 403 403 403"},
	"updateOwners":                 {"", `{"owners":[{"owner_id":"{reviewers}","description":"x"}]}`, "401 403 403 200 403 403 403 403"},
	"getOwnerID":                   {"/owners/{reviewers}", "", "401 403 200 200 200 403 403 403"},
	"getOwnerFromName":             {"/owners/name/Reviewers", "", "401 403 200 200 200 403 403 403"},
	"deleteOwner":                  {"/owners/{spare owner}", "", "401 403 403 200 403 403 403 403"},
	"getOwnerUsers":                {"/owners/{reviewers}/users", "", "401 403 200 200 200 403 403 403"},
	"update_owner_users":           {"/owners/{reviewers}/users", `{"user_ids":["{rita}"]}`, "401 403 403 200 403 403 403 403"},
	"getMe":                        {"", "", "401 200 200 200 200 200 200 200"},
	"getUsers":                     {"", "", "401 403 200 200 200 403 403 403"},
	"getUser":                      {"/user?email=josh@example.com", "", "401 403 200 200 200 403 200 403"},
	"getUserByID":                  {"/users/{josh}", "", "401 403 200 200 200 403 200 403"},
	"createUser":                   {"", `{"email":"new@example.com"}`, "401 403 403 200 403 403 403 403"},
	"updateUser":                   {"/users/{josh}", `{"position":"x"}`, "401 403 403 200 403 403 403 403"},
	"deleteUser":                   {"/users/{josh}", "", "401 403 403 200 403 403 403 403"},
	"inviteUser":                   {"/users/{josh}/invite", "", "401 403 403 200 403 403 403 403"},
	"getGroups":                    {"", "", "401 403 200 200 200 403 403 403"},
	"createGroup":                  {"", `{"name":"New"}`, "401 403 403 200 403 403 403 403"},
	"getGroup":                     {"/groups/{staff}", "", "401 403 200 200 200 403 403 403"},
	"updateGroup":                  {"/groups/{staff}", `{"name":"Team"}`, "401 403 403 200 403 403 403 403"},
	"deleteGroup":                  {"/groups/{staff}", "", "401 403 403 200 403 403 403 403"},
	"getGroupUsers":                {"/groups/{staff}/users", "", "401 403 200 200 200 403 403 403"},
	"setGroupUsers":                {"/groups/{staff}/users", `{"user_ids":[]}`, "401 403 403 200 403 403 403 403"},
	"getRequests":                  {"", "", "401 200 200 200 200 200 200 200"},
	"createRequest":                {"", `{"reason":"x","duration_minutes":-1,"resources":[{"id":"{ledger}","access_level_remote_id":"ro"}],"groups":[]}`, "401 200 200 200 200 200 200 200"},
	"getRequest":                   {"/requests/{request}", "", "401 404 200 200 200 200 200 404"},
	"approveRequest":               {"/requests/{request}/approve", `{"level":"REGULAR"}`, "401 404 403 403 403 200 403 404"},
	"denyRequest":                  {"/requests/{request}/deny", `{"level":"ADMIN","comment":"no"}`, "401 404 403 200 403 403 403 404"},
	"cancelRequest":                {"/requests/{request}/cancel", "", "401 404 403 200 403 403 200 404"},
	"getRequestComments":           {"/requests/{request}/comments", "", "401 404 200 200 200 200 200 404"},
	"createRequestComment":         {"/requests/{request}/comments", `{"comment":"soon?"}`, "401 404 403 200 403 200 200 404"},
	"getChanges":                   {"", "", "401 200 200 200 200 200 200 200"},
	"getChange":                    {"/changes/{josh@example.com's change}", "", "401 404 200 200 200 404 404 200"},
	"retryChange":                  {"/changes/{kim@example.com's change}/retry", "", "401 403 403 200 200 403 403 403"},
	"giveUpChange":                 {"/changes/{kim@example.com's change}/give-up", `{"reason":"no seats left"}`, "401 403 403 200 200 403 403 403"},
	"agreeToGiveUpChange":          {"/changes/{rita's vault removal}/give-up/agree", "", "401 403 403 200 200 403 403 403"},
	"refuseToGiveUpChange":         {"/changes/{rita's vault removal}/give-up/refuse", "", "401 403 403 200 200 403 403 403"},
	"attestChange":                 {"/changes/{kim@example.com's change}/attest", `{"reason":"I looked"}`, "401 403 403 200 200 403 403 403"},
	"disputeChange":                {"/changes/{josh's archive grant}/dispute", `{"reason":"it is empty"}`, "401 403 403 200 200 403 200 403"},
	"rerouteChange":                {"/changes/{josh@example.com's change}/reroute", `{"assignee_id":"{ana}"}`, "401 403 403 200 200 403 403 403"},
	"getAppElsewhere":              {"/apps/{payroll}/elsewhere", "", "401 403 403 200 200 403 403 403"},
	"migrateApp":                   {"/apps/{payroll}/migrate", `{"changes":0}`, "401 403 403 202 202 403 403 403"},
	"getStorms":                    {"", "", "401 403 200 200 403 403 403 403"},
	"releaseStorm":                 {"/storms/{storm}/release", `{"changes":2,"grouping":"person"}`, "401 403 403 200 403 403 403 403"},
	"getEngineSettings":            {"", "", "401 403 200 200 403 403 403 403"},
	"updateEngineSettings":         {"", `{"tickets_per_hour":60}`, "401 403 403 200 403 403 403 403"},
	"getTickets":                   {"", "", "401 200 200 200 200 200 200 200"},
	"getTicket":                    {"/tickets/{josh@example.com's ticket}", "", "401 404 200 200 200 404 404 200"},
	"syncTicket":                   {"/tickets/{josh@example.com's ticket}/sync", "", "401 404 403 200 200 404 404 200"},
	"closeTicket":                  {"/tickets/{josh@example.com's ticket}/close", `{"outcome":"done"}`, "401 404 403 200 200 404 404 200"},
	"takeTicket":                   {"/tickets/{josh@example.com's ticket}/take", "", "401 404 403 200 200 404 404 200"},
	"commentTicket":                {"/tickets/{josh@example.com's ticket}/comments", `{"comment":"on it"}`, "401 404 403 200 200 404 404 200"},
	"getSync":                      {"/syncs/{sync}", "", "401 404 200 200 200 404 404 404"},
	"getTicketProviderKinds":       {"", "", "401 200 200 200 200 200 200 200"},
	"getTicketProviders":           {"", "", "401 403 200 200 200 403 403 403"},
	"createTicketProvider":         {"", `{"kind":"builtin","name":"Second"}`, "401 403 403 200 403 403 403 403"},
	"getTicketProvider":            {"/ticket-providers/{spare provider}", "", "401 403 200 200 403 403 403 403"},
	"updateTicketProvider":         {"/ticket-providers/{spare provider}", `{"name":"Other"}`, "401 403 403 200 403 403 403 403"},
	"deleteTicketProvider":         {"/ticket-providers/{spare provider}", "", "401 403 403 200 403 403 403 403"},
	"checkTicketProvider":          {"/ticket-providers/{spare provider}/check", `{"project_id":"access"}`, "401 403 403 200 403 403 403 403"},
	"getTicketProviderProjects":    {"/ticket-providers/{spare provider}/projects", "", "401 403 200 200 200 403 403 403"},
	"getTicketProviderTypes":       {"/ticket-providers/{spare provider}/types?project_id=access", "", "401 403 200 200 200 403 403 403"},
	"getTicketProviderForm":        {"/ticket-providers/{spare provider}/form?project_id=access", "", "401 403 200 200 200 403 403 403"},
	"getTicketProviderStatuses":    {"/ticket-providers/{spare provider}/statuses", "", "401 403 200 200 403 403 403 403"},
	"setTicketProviderStatuses":    {"/ticket-providers/{spare provider}/statuses", `{"outcomes":{"status:7":"no"}}`, "401 403 403 200 403 403 403 403"},
	"getTicketProviderAccounts":    {"/ticket-providers/{spare provider}/accounts", "", "401 403 200 200 403 403 403 403"},
	"getTicketProviderPeople":      {"/ticket-providers/{spare provider}/people?query=josh", "", "401 403 403 200 403 403 403 403"},
	"setTicketProviderAccount":     {"/ticket-providers/{spare provider}/accounts/{josh}", `{"account_id":"712020:1","name":"Josh"}`, "401 403 403 200 403 403 403 403"},
	"deleteTicketProviderAccount":  {"/ticket-providers/{spare provider}/accounts/{josh}", "", "401 403 403 200 403 403 403 403"},
	"getTicketProviderWebhook":     {"/ticket-providers/{spare provider}/webhook", "", "401 403 200 200 403 403 403 403"},
	"addTicketProviderWebhook":     {"/ticket-providers/{quiet provider}/webhook", "", "401 403 403 200 403 403 403 403"},
	"deleteTicketProviderWebhook":  {"/ticket-providers/{spare provider}/webhook", "", "401 403 403 200 403 403 403 403"},
	"getStrays":                    {"", "", "401 403 200 200 403 403 403 403"},
	"getOnCall":                    {"/settings/on-call", "", "401 403 200 200 403 403 403 403"},
	"updateOnCall":                 {"/settings/on-call", `{"key":""}`, "401 403 403 400 403 403 403 403"},
	"deleteOnCall":                 {"/settings/on-call", "", "401 403 403 200 403 403 403 403"},
	"getSchedules":                 {"/settings/on-call/schedules", "", "401 403 503 503 503 403 403 403"}, // none is set up
	"settleStray":                  {"/strays/{stray}/settle", "", "401 403 403 200 403 403 403 403"},
	"getEvents":                    {"", "", "401 403 200 200 403 403 403 403"},
	"getEvent":                     {"/events/{event}", "", "401 403 200 200 403 403 403 403"},
	"getTokens":                    {"", "", "401 200 200 200 200 200 200 200"},
	"createToken":                  {"", `{"name":"mine"}`, "401 200 200 200 200 200 200 200"},
	"deleteToken":                  {"/tokens/{josh's token}", "", "401 403 403 200 403 403 200 403"},
}

// operation is one operation as the OpenAPI document has it.
type operation struct {
	method, path, id string
}

func operations(t testing.TB, w *world) []operation {
	t.Helper()
	status, _, answer := w.call("", http.MethodGet, "/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(answer, &doc); err != nil || status != http.StatusOK {
		t.Fatalf("OpenAPI document: %d %v", status, err)
	}
	var all []operation
	for path, item := range doc.Paths {
		for method, o := range item {
			all = append(all, operation{strings.ToUpper(method), path, o.OperationID})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return all
}

// TestWhoMayDoWhat walks every operation with every role, each finding the same
// company. An operation that is not in the table fails.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	seed := newWorld(t)
	seed.trouble()
	all := operations(t, seed)
	content, known := seed.snapshot(), seed.names
	untested := maps.Clone(walk)
	for _, o := range all {
		c, ok := walk[o.id]
		if !ok {
			t.Errorf("%s %s (%s) is not in the table: say who may do it", o.method, o.path, o.id)
			continue
		}
		delete(untested, o.id)
		if c.path == "" {
			c.path = o.path
		}
		t.Run(o.id, func(t *testing.T) {
			t.Parallel()
			var got []string
			w := restore(t, content, known)
			for _, role := range roles {
				status, header, answer := w.call(role.person, o.method, c.path, c.body)
				got = append(got, strconv.Itoa(status))
				if status >= 400 {
					checkFailure(t, fmt.Sprintf("%s as %s", o.id, role.name), status, status, header, answer)
				} else if o.method != http.MethodGet {
					w.close() // something was changed: the next role finds all as it was
					w = restore(t, content, known)
				}
			}
			if is := strings.Join(got, " "); is != c.want {
				t.Errorf("%s %s\n got %s\nwant %s", o.method, o.path, is, c.want)
			}
		})
	}
	for id := range untested {
		t.Errorf("the table has %s, which is no operation", id)
	}
}
