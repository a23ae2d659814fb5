// Package job holds the arguments of every background job: plain structs of
// ids. Anybody may enqueue one, in the transaction that caused it; only the
// owner of a job works it. A job re-reads what it is about and may run twice.
package job

// Batch is the most ids one job carries.
const Batch = 500

// Reconcile looks at slots and decides their next step. Worked by propagation.
type Reconcile struct {
	SlotIDs []string `json:"slot_ids"`
}

// Kind names the job.
func (Reconcile) Kind() string { return "slot.reconcile" }

// Expired records grants whose time was up, and reconciles their slots. Worked
// by propagation.
type Expired struct {
	GrantIDs []string `json:"grant_ids"`
}

// Kind names the job.
func (Expired) Kind() string { return "grant.expired" }

// File files the ticket of a change. Worked by propagation. A removal goes before
// grants.
type File struct {
	ChangeID string `json:"change_id"`
	Removal  bool   `json:"removal,omitempty"`
}

// Kind names the job.
func (File) Kind() string { return "ticket.file" }

// Later reports whether the job may wait while others are there.
func (f File) Later() bool { return !f.Removal }

// Tell tells the fulfiller that the wish of a change turned round: it closes the
// ticket, or says stop, or says go on. Worked by propagation.
type Tell struct {
	ChangeID string `json:"change_id"`
}

// Kind names the job.
func (Tell) Kind() string { return "ticket.tell" }

// Poll reads what changed at a provider. Worked by propagation.
type Poll struct {
	ProviderID string `json:"provider_id"`
}

// Kind names the job.
func (Poll) Kind() string { return "provider.poll" }

// Read reads some tickets of a provider, by their ids there: a delivery of its
// webhook told of them. Worked by propagation.
type Read struct {
	ProviderID string   `json:"provider_id"`
	RemoteIDs  []string `json:"remote_ids"`
}

// Kind names the job.
func (Read) Kind() string { return "ticket.read" }

// Twins looks for other tickets with the key of one, and closes them. Worked by
// propagation.
type Twins struct {
	TicketID string `json:"ticket_id"`
}

// Kind names the job.
func (Twins) Kind() string { return "ticket.twins" }

// Check makes the preflight of a provider. Worked by propagation.
type Check struct {
	ProviderID string `json:"provider_id"`
}

// Kind names the job.
func (Check) Kind() string { return "provider.check" }

// Hook registers the webhook of a provider, or makes sure that it still is.
// Worked by propagation.
type Hook struct {
	ProviderID string `json:"provider_id"`
}

// Kind names the job.
func (Hook) Kind() string { return "provider.hook" }

// Unhook takes back a registration of a webhook that is gone here. Worked by
// propagation.
type Unhook struct {
	ProviderID string `json:"provider_id"`
	RemoteID   string `json:"remote_id"`
	URL        string `json:"url"` // void by now
}

// Kind names the job.
func (Unhook) Kind() string { return "provider.unhook" }

// Sync reads the tickets of something now. Worked by propagation.
type Sync struct {
	SyncID string `json:"sync_id"`
}

// Kind names the job.
func (Sync) Kind() string { return "ticket.sync" }

// Assign gives an open ticket to whom it should have now. Worked by propagation.
type Assign struct {
	TicketID string `json:"ticket_id"`
}

// Kind names the job.
func (Assign) Kind() string { return "ticket.assign" }

// Leave gives the open tickets of somebody who left to others. Worked by
// propagation.
type Leave struct {
	UserID string `json:"user_id"`
}

// Kind names the job.
func (Leave) Kind() string { return "user.leave" }

// Complete ends a ticket at its provider whose change was done by the word of a
// person. Worked by propagation.
type Complete struct {
	TicketID string `json:"ticket_id"`
}

// Kind names the job.
func (Complete) Kind() string { return "ticket.complete" }

// Migrate sends changes to where their policy files now. Worked by propagation.
type Migrate struct {
	ChangeIDs []string `json:"change_ids"`
}

// Kind names the job.
func (Migrate) Kind() string { return "change.migrate" }

// Clock looks at changes that people have: whether they are to be reminded, or
// are late. Worked by propagation.
type Clock struct {
	ChangeIDs []string `json:"change_ids"`
}

// Kind names the job.
func (Clock) Kind() string { return "change.clock" }

// DoneLink mails somebody without an account a link to say how a ticket ended.
// Worked by propagation.
type DoneLink struct {
	TicketID string `json:"ticket_id"`
	UserID   string `json:"user_id"`
}

// Kind names the job.
func (DoneLink) Kind() string { return "mail.done_link" }

// Remind mails people about a change that waits for them. Worked by propagation.
type Remind struct {
	ChangeID string   `json:"change_id"`
	UserIDs  []string `json:"user_ids"`
	Late     bool     `json:"late,omitempty"` // it is late; else it only waits
}

// Kind names the job.
func (Remind) Kind() string { return "mail.remind" }

// Reconciles returns the jobs that reconcile any number of slots.
func Reconciles(slotIDs []string) []Reconcile {
	var jobs []Reconcile
	for start := 0; start < len(slotIDs); start += Batch {
		jobs = append(jobs, Reconcile{slotIDs[start:min(start+Batch, len(slotIDs))]})
	}
	return jobs
}
