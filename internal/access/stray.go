package access

import "time"

// A Stray is a ticket of ours at a provider that this database does not know. It
// was filed after the copy was made that the database was put back to.
type Stray struct {
	ID         string
	ProviderID string
	RemoteID   string
	Key        string
	Identifier string
	URL        string
	Title      string
	Status     string     // the provider's own word
	Outcome    string     // how Status reads: open, yes or unclear
	SlotID     *string    // what it is about, if the copy has that
	ChangeID   *string    // what it was filed for, if the copy has that
	FoundAt    time.Time  //
	SettledAt  *time.Time // when an admin had it settled
}
