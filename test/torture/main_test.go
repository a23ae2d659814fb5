// Package torture proves the promises of Admit on the real program, while it is
// killed at every commit and around every call, cut off from its database and its
// ticket system, served by several servers at once, or put back to an earlier
// copy. At the end everybody has what is wanted, by exactly the right tickets.
//
// By itself each proof is short; with ADMIT_TORTURE set it is long. ADMIT_SEED
// chooses the random numbers, which every run prints.
package torture

import (
	"crypto/rand"
	"encoding/binary"
	"flag"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"testing"

	"admit/test/live"
)

// atOnce is how many proofs run side by side: each keeps a server busy.
const atOnce = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel") != nil {
		_ = flag.Set("test.parallel", atOnce)
	}
	m.Run()
	live.CloseWorkshop()
}

// often is how often something is done: short by itself, long under torture. What
// is too slow for every day is not done at all by itself.
func often(short, long int) int {
	if os.Getenv("ADMIT_TORTURE") != "" {
		return long
	}
	return short
}

// chance returns a source of random numbers, and says how to get the same again.
func chance(t *testing.T) *mathrand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("ADMIT_SEED"), 10, 64)
	if err != nil {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		seed = binary.NativeEndian.Uint64(b[:])
	}
	t.Logf("ADMIT_SEED=%d", seed)
	return mathrand.New(mathrand.NewPCG(seed, 0))
}
