package scenario

import (
	"flag"
	"os"
	"sync"
	"testing"
)

// atOnce is how many stories run side by side. They wait for servers, clocks and
// back-offs far more than they compute.
const atOnce = "10"

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
