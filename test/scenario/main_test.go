package scenario

import (
	"flag"
	"testing"

	"admit/test/live"
)

// atOnce is how many stories run side by side: few, for some hold the server to
// its clock, and two cores must do.
const atOnce = "3"

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel") != nil {
		_ = flag.Set("test.parallel", atOnce)
	}
	m.Run()
	live.CloseWorkshop()
}
