package access

// Fulfilment says who gets the tickets of an app or a resource, and whether
// several changes share one. The zero value is the rule of the guide: a random
// user of the resource's admin owner, a ticket for each change.
type Fulfilment struct {
	Assign       AssignRule `json:"assign,omitempty"`
	UserID       string     `json:"user_id,omitempty"`       // of ToPerson
	Schedule     string     `json:"schedule,omitempty"`      // of OnCall: its id at the on-call service
	ScheduleName string     `json:"schedule_name,omitempty"` // for people
	ByHandToo    bool       `json:"by_hand_too,omitempty"`   // also what an admin does by hand; else it is that admin's
	Group        Grouping   `json:"group,omitempty"`
}

// AssignRule chooses the assignee of a ticket, always among those who have an
// account at its provider.
type AssignRule string

// The rules. All but ToNobody and ToPerson choose from the resource's admin
// owner. Where nobody they choose has an account, that owner and then the app's
// are asked.
const (
	AtRandom   AssignRule = ""            // anybody
	LeastOpen  AssignRule = "least_open"  // whoever has the fewest open tickets
	RoundRobin AssignRule = "round_robin" // whose last ticket of the resource is the oldest
	ToPerson   AssignRule = "person"      // one person
	ToNobody   AssignRule = "queue"       // nobody: the project's people share them out
	OnCall     AssignRule = "on_call"     // whoever is on call
)

// AssignRules lists every rule, the usual one first.
var AssignRules = []AssignRule{AtRandom, LeastOpen, RoundRobin, ToPerson, ToNobody, OnCall}

// Grouping says which changes that wait to be filed share a ticket, with a line
// for each.
type Grouping string

// The groupings.
const (
	GroupNone       Grouping = ""         // none: a ticket for each
	GroupByPerson   Grouping = "person"   // removals of one person
	GroupByResource Grouping = "resource" // removals from one resource
)

// Groupings lists every grouping, the usual one first.
var Groupings = []Grouping{GroupNone, GroupByPerson, GroupByResource}

// Risk is how much harm access can do. Clocks run faster where it is high.
type Risk string

// The risks.
const (
	LowRisk    Risk = "low"
	NormalRisk Risk = "normal"
	HighRisk   Risk = "high"
)

// Risks lists every risk, the lowest first.
var Risks = []Risk{LowRisk, NormalRisk, HighRisk}
