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

// File files the ticket of a change. Worked by propagation.
type File struct {
	ChangeID string `json:"change_id"`
}

// Kind names the job.
func (File) Kind() string { return "ticket.file" }

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

// Sync reads the tickets of something now. Worked by propagation.
type Sync struct {
	SyncID string `json:"sync_id"`
}

// Kind names the job.
func (Sync) Kind() string { return "ticket.sync" }

// Reconciles returns the jobs that reconcile any number of slots.
func Reconciles(slotIDs []string) []Reconcile {
	var jobs []Reconcile
	for start := 0; start < len(slotIDs); start += Batch {
		jobs = append(jobs, Reconcile{slotIDs[start:min(start+Batch, len(slotIDs))]})
	}
	return jobs
}
