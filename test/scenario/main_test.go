package scenario

import (
	"flag"
	"os"
	"sync"
	"testing"
)

// atOnce is how many stories run side by side: few, for some hold the server to
// its clock, and two cores must do.
const atOnce = "3"

// workshop is a folder that all stories share.
var workshop = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "admit-scenario") })

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel") != nil {
		_ = flag.Set("test.parallel", atOnce)
	}
	m.Run()
	if dir, err := workshop(); err == nil {
		_ = os.RemoveAll(dir)
	}
}
