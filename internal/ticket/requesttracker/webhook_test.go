package requesttracker

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

func TestScripHasPlaces(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"'{{url}}'", "'{{secret}}'", "'AdmitKey'", "X-RT-Timestamp", "X-RT-Signature"} {
		if strings.Count(scrip, place) != 1 {
			t.Errorf("%s is %d times in webhook.md, want once", place, strings.Count(scrip, place))
		}
	}
}

// FuzzHear hears anything: what is signed is heard whatever it says, and nothing
// else is.
func FuzzHear(f *testing.F) {
	f.Add([]byte(`{"delivery":"36-812","ticket":36}`), "1795518000", "00", "secret")
	f.Add([]byte(`{"delivery":"36-812","ticket":"36"}`), "", "", "")
	f.Add([]byte(`{"delivery":7,"ticket":-1}`), "-1", "zz", "secret")
	f.Add([]byte("null"), "99999999999999999999", "", "")
	f.Add([]byte("\xff\x00{"), "1795518000", "", "")
	f.Fuzz(func(t *testing.T, body []byte, stamp, signature, secret string) {
		p := &Provider{}
		news, err := p.Hear(ticket.Delivery{
			Header: http.Header{"X-Rt-Timestamp": {stamp}, "X-Rt-Signature": {signature}},
			Body:   body, Secret: secret, At: time.Unix(1_795_518_000, 0),
		})
		if err != nil && !errors.Is(err, ticket.ErrForged) || news.Signed && secret == "" {
			t.Errorf("heard %+v, %v", news, err)
		}
		for _, id := range news.Tickets {
			if !isID(id) {
				t.Errorf("heard of the ticket %q", id)
			}
		}
	})
}
