package propagation

import (
	"encoding/hex"
	"strconv"

	"admit/internal/access"
)

// The key of a ticket follows from its change, by the secret of this
// installation. Whoever has that can make a key again, and see of any key whether
// it is ours and which slot it is about: a database that was put back to an
// earlier copy knows the tickets that it has forgotten. To others it says nothing.
//
// It is a mark that it is ours, a tag of the slot, and one of the ticket.
const (
	markSize = 4
	tagSize  = 6
	keySize  = markSize + 2*tagSize
)

// keyOf returns the key of the nth ticket of a change: 32 hex digits.
func (s *Service) keyOf(c access.AccessChange, nth int) string {
	return s.keyAbout(c.SlotID, s.Box.Mac("ticket", c.ID, strconv.Itoa(nth))[:tagSize])
}

func (s *Service) keyAbout(slotID string, tag []byte) string {
	return s.marked(append(s.Box.Mac("slot", slotID, string(tag))[:tagSize:tagSize], tag...))
}

func (s *Service) marked(tags []byte) string {
	return hex.EncodeToString(append(s.Box.Mac("key", string(tags))[:markSize:markSize], tags...))
}

// isOurs reports whether this installation has made a key.
func (s *Service) isOurs(key string) bool {
	raw, err := hex.DecodeString(key)
	return err == nil && len(raw) == keySize && key == s.marked(raw[markSize:])
}

// isAbout reports whether a key of ours is that of a ticket about a slot.
func (s *Service) isAbout(key, slotID string) bool {
	raw, err := hex.DecodeString(key)
	return err == nil && len(raw) == keySize && key == s.keyAbout(slotID, raw[markSize+tagSize:])
}
