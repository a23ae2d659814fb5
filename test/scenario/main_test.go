package scenario

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// atOnce is how many stories run side by side. They wait for servers, clocks and
// back-offs far more than they compute.
const atOnce = "10"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2) //nolint:forbidigo // this is the main of the tests
	}
	status := m.Run()
	removeBinary()
	os.Exit(status) //nolint:forbidigo // this is the main of the tests
}
