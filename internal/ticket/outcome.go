package ticket

// Outcome is how a ticket ended.
type Outcome string

// The outcomes. Anything that cannot be read as yes or no is Unclear, and
// Unclear is never done.
const (
	Open    Outcome = "open"
	Yes     Outcome = "yes"
	No      Outcome = "no"
	Unclear Outcome = "unclear"
	Deleted Outcome = "deleted" // the system itself says the ticket was deleted
)

// Ended reports whether the ticket is over.
func (o Outcome) Ended() bool { return o != Open }

// Ground is one thing about a ticket that its outcome is read from: its
// resolution, its status, the category of that, what became of its children.
type Ground struct {
	Key     string  // the same for every ticket of the account: "resolution:10001"
	Name    string  // the system's word: "Won't Do"
	Outcome Outcome // how it reads unless an admin says otherwise; "" for no opinion
}

// Outcomes is what an admin says grounds mean, by Ground.Key: Open, Yes, No or
// Unclear. It goes before what the provider says of the same ground, and never
// before that a ticket was deleted.
type Outcomes map[string]Outcome

// Judge reads a ticket's outcome: the first ground with an opinion decides, and
// without any it is Unclear. So a word nobody has told us the meaning of is
// never taken for done.
func (o Outcomes) Judge(grounds []Ground) Outcome {
	for _, g := range grounds {
		if g.Outcome == Deleted {
			return Deleted
		}
		if said, ok := o[g.Key]; ok {
			return said
		}
		if g.Outcome != "" {
			return g.Outcome
		}
	}
	return Unclear
}

// Apply returns s as these outcomes read it.
func (o Outcomes) Apply(s Snapshot) Snapshot {
	if len(s.Grounds) > 0 {
		s.Outcome = o.Judge(s.Grounds)
	}
	return s
}
