package linear

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// issueID returns the id the issue with this key has: the key's digits as a
// UUID of version 4, which Linear asks for. Six bits of the key give way to the
// version; the others are enough to never meet another.
func issueID(key string) (id string, ok bool) {
	var b [16]byte
	if len(key) != 2*len(b) {
		return "", false
	}
	if _, err := hex.Decode(b[:], []byte(key)); err != nil {
		return "", false
	}
	return uuid(b), true
}

// commentID returns the id of the comment that says why an issue has ended: the
// same for the same words, so that it is made once however often it is sent.
func commentID(issue, text string) string {
	sum := sha256.Sum256([]byte("close\x00" + issue + "\x00" + text))
	return uuid([16]byte(sum[:16]))
}

// uuid makes 16 bytes a UUID of version 4.
func uuid(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// nothing is the id of no record. It stands in the place of an empty list, which
// in a filter could mean nothing or everything.
const nothing = "00000000-0000-4000-8000-000000000000"

// known returns the ids among names, for a filter.
func known(names []string) []string {
	ids := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !ticket.IsUUID(name) })
	if len(ids) == 0 {
		return []string{nothing}
	}
	return ids
}

func isHex(r rune) bool { return r >= '0' && r <= '9' || r >= 'a' && r <= 'f' }

// keyOf finds the key of an issue in its description: the last word that the
// issue's id comes from. People may write below it.
func keyOf(id, description string) string {
	words := strings.FieldsFunc(description, func(r rune) bool { return !isHex(r) })
	for _, word := range slices.Backward(words) {
		if from, ok := issueID(word); ok && from == id {
			return word
		}
	}
	return ""
}
