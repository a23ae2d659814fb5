package tickettest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

func listener(s Subject) ticket.Listener {
	return s.Provider.(ticket.Listener) //nolint:forcetypeassert // the case needs it
}

const secret = "0123456789abcdef0123456789abcdef"

// delivery returns a call about a new ticket, and the ticket's id.
func (s Subject) delivery(t *testing.T, at time.Time) (ticket.Delivery, string) {
	t.Helper()
	made := s.create(t, s.draft())
	d := s.Delivery(t, made.ID, secret, at)
	d.Secret, d.At = secret, time.Now()
	return d, made.ID
}

func testHear(t *testing.T, s Subject) {
	d, id := s.delivery(t, time.Now())
	news, err := listener(s).Hear(d)
	if err != nil || !about(news, id) {
		t.Errorf("heard %+v, %v; want ticket %s", news, err, id)
	}
	// Nobody can sign with a secret that is not there, but everybody can sign with
	// an empty one.
	bare := s.Delivery(t, id, "", time.Now())
	bare.Secret, bare.At = "", time.Now()
	if news, _ := listener(s).Hear(bare); news.Signed {
		t.Error("a delivery counts as signed where there is no secret")
	}
}

func about(news ticket.News, id string) bool { return slices.Contains(news.Tickets, id) }

func testHearAgain(t *testing.T, s Subject) {
	first, a := s.delivery(t, time.Now())
	second, b := s.delivery(t, time.Now().Add(time.Second))
	var ids []string
	for _, one := range []struct {
		ticket.Delivery
		id string
	}{{second, b}, {first, a}, {second, b}, {first, a}} {
		news, err := listener(s).Hear(one.Delivery)
		if err != nil || !about(news, one.id) {
			t.Fatalf("heard %+v, %v; want ticket %s", news, err, one.id)
		}
		ids = append(ids, news.ID)
	}
	if ids[0] != ids[2] || ids[1] != ids[3] {
		t.Errorf("deliveries that came twice have the ids %q", ids)
	}
	if ids[0] != "" && ids[0] == ids[1] {
		t.Errorf("two deliveries have the id %q", ids[0])
	}
}

// isSigned reports whether the system signs, or says who it is in another way.
func isSigned(t *testing.T, s Subject) string {
	if why := hasDelivery(t, s); why != "" {
		return why
	}
	d, _ := s.delivery(t, time.Now())
	news, err := listener(s).Hear(d)
	return unless(err != nil || news.Signed, "deliveries are not signed")
}

// signsBody reports whether the signature covers the body. Some systems send
// the secret itself.
func signsBody(t *testing.T, s Subject) string {
	if why := isSigned(t, s); why != "" {
		return why
	}
	d, _ := s.delivery(t, time.Now())
	for _, values := range d.Header {
		for _, value := range values {
			plain, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(value, "Basic "))
			if strings.Contains(value, secret) || strings.Contains(string(plain), secret) {
				return "the secret itself is sent, which says nothing of the body"
			}
		}
	}
	return ""
}

const longAgo = 25 * time.Hour

// signsTime reports whether the time of a delivery is signed, so that an old
// one can be told: it is if a day later it is not accepted any more.
func signsTime(t *testing.T, s Subject) string {
	if why := signsBody(t, s); why != "" {
		return why
	}
	d, _ := s.delivery(t, time.Now().Add(-longAgo))
	_, err := listener(s).Hear(d)
	return unless(err != nil, "the time of a delivery is not signed")
}

func (s Subject) forged(t *testing.T, what string, d ticket.Delivery) {
	t.Helper()
	if news, err := listener(s).Hear(d); !errors.Is(err, ticket.ErrForged) || len(news.Tickets) > 0 || news.Signed {
		t.Errorf("%s: heard %+v, %v; want it refused", what, news, err)
	}
}

func testForged(t *testing.T, s Subject) {
	good, _ := s.delivery(t, time.Now())
	other := good
	other.Secret = "another-secret-another-secret-an"
	s.forged(t, "another secret", other)
	bare := good
	bare.Header = http.Header{"Content-Type": good.Header.Values("Content-Type")}
	s.forged(t, "no signature", bare)
	empty := good
	empty.Header = http.Header{}
	for name, values := range good.Header {
		for _, value := range values {
			if name == "Content-Type" {
				empty.Header.Add(name, value)
				continue
			}
			empty.Header.Add(name, "")
		}
	}
	s.forged(t, "an empty signature", empty)
}

func testTampered(t *testing.T, s Subject) {
	good, _ := s.delivery(t, time.Now())
	changed := good
	changed.Body = bytes.Clone(good.Body)
	changed.Body[len(changed.Body)/2] ^= 1
	s.forged(t, "a changed body", changed)
	longer := good
	longer.Body = append(bytes.Clone(good.Body), ' ')
	s.forged(t, "a longer body", longer)
	none := good
	none.Body = nil
	s.forged(t, "no body", none)
}

func testOldDelivery(t *testing.T, s Subject) {
	old, _ := s.delivery(t, time.Now().Add(-longAgo))
	s.forged(t, "an old delivery", old)
	fresh, id := s.delivery(t, time.Now().Add(-20*time.Second))
	if news, err := listener(s).Hear(fresh); err != nil || !about(news, id) {
		t.Errorf("a delivery of 20 seconds ago: heard %+v, %v; want ticket %s", news, err, id)
	}
}

// testHearAnything gives bytes of all kinds: what is heard is nothing, or not
// believed.
func testHearAnything(t *testing.T, s Subject) {
	for _, body := range []string{
		"", "null", "{}", "[]", "0", `""`, "{", "\xff\x00", `{"id":{}}`, `{"issue":null,"ticket":null,"data":[],"object_attributes":""}`,
		`[[[[{}]]]]`, strings.Repeat("[", 100_000), strings.Repeat("a", 1<<20), "a=b&c=%zz",
	} {
		for _, key := range []string{secret, ""} {
			news, err := listener(s).Hear(ticket.Delivery{Header: http.Header{}, Body: []byte(body), Secret: key, At: time.Now()})
			if err != nil && !errors.Is(err, ticket.ErrForged) || news.Signed {
				t.Errorf("%.40q, secret %q: heard %+v, %v", body, key, news, err)
			}
		}
	}
}

// receiver is Admit's webhook address.
type receiver struct {
	url string
	got chan ticket.Delivery
}

// listen opens an address that a system can call.
func listen(t *testing.T) *receiver {
	t.Helper()
	const room = 10_000
	r := &receiver{got: make(chan ticket.Delivery, room)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		select {
		case r.got <- ticket.Delivery{Header: req.Header, Body: body, At: time.Now()}:
		default:
		}
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(server.Close)
	r.url = server.URL + "/webhooks/tickets/0123456789"
	return r
}

// wait reads deliveries, all of which must come from the system, until one is
// about a ticket.
func (r *receiver) wait(t *testing.T, s Subject, secret, id string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case d := <-r.got:
			d.Secret = secret
			news, err := listener(s).Hear(d)
			if err != nil {
				t.Errorf("a call of the system: %v: %q\n%.1000s", err, d.Header, d.Body)
			}
			if about(news, id) {
				return
			}
		case <-deadline:
			t.Fatalf("nobody called about ticket %s", id)
		}
	}
}

// silent fails the test if a call about a ticket has come.
func (r *receiver) silent(t *testing.T, s Subject, secret, id string) {
	t.Helper()
	for {
		select {
		case d := <-r.got:
			d.Secret = secret
			if news, err := listener(s).Hear(d); err == nil && about(news, id) {
				t.Errorf("the system still calls about ticket %s", id)
			}
		default:
			return
		}
	}
}

// changes makes a ticket, and something happen to it.
func (s Subject) changes(t *testing.T) string {
	t.Helper()
	made := s.create(t, s.draft())
	s.Fulfiller.Done(t, made.ID)
	return made.ID
}

func testListen(t *testing.T, s Subject) {
	r := listen(t)
	s.Listen(t, r.url, secret)
	r.wait(t, s, secret, s.changes(t))
}
