package propagation_test

import (
	"context"
	"slices"
	"time"

	"admit/internal/ticket"
)

// fault is what happens at one call to a ticket system.
type fault struct {
	call  string
	after bool // what the call does has happened
	how   string
	also  action // for "meanwhile"
}

func (h *history) troubleWithACall() bool {
	f := &fault{
		call:  oneOf(h, "call", "create", "create", "create", "find", "read", "changed", "comment", "close", "account"),
		how:   oneOf(h, "how", "no answer", "not sent", "refused", "nonsense", "crash", "stopped", "meanwhile", "meanwhile"),
		after: oneOf(h, "after it", false, true),
	}
	switch f.how {
	case "not sent":
		f.after = false
	case "refused":
		f.after = false
		h.faults = append(h.faults, f) // once more: a create is tried again with less
	case "meanwhile":
		f.also = oneOf(h, "meanwhile", meanwhile...)
	}
	h.faults = append(h.faults, f)
	return true
}

// meddle returns what happens at the calls to a ticket system.
func (h *history) meddle(p *paper) func(call string, after bool) error {
	return func(call string, after bool) error {
		if h.down[p] && !after {
			return notSent()
		}
		i := slices.IndexFunc(h.faults, func(f *fault) bool { return f.call == call && f.after == after })
		if i < 0 {
			return nil
		}
		f := h.faults[i]
		h.faults = slices.Delete(h.faults, i, i+1)
		h.Logf("  %s, after it %v: %s %v", call, after, f.how, f.also)
		switch f.how {
		case "not sent":
			return notSent()
		case "refused":
			return ticket.Refusal("no")
		case "nonsense":
			return &ticket.Failure{Certainty: ticket.Ambiguous, Trouble: ticket.Malformed, Msg: "nonsense"}
		case "crash":
			panic(crash{})
		case "stopped":
			h.stop()
			return &ticket.Failure{Certainty: ticket.Ambiguous, Trouble: ticket.Down, Msg: "stopped", Err: context.Canceled}
		case "meanwhile":
			h.within(f.also)
			return nil
		}
		return ambiguous()
	}
}

// within has something happen inside a call: in the same server, or in another.
func (h *history) within(a action) {
	server := h.eng
	if !h.sole {
		h.eng = h.engine()
	}
	h.inside++
	a.do(h)
	h.inside--
	h.eng = server
}

// notTwice returns what a ticket system holds against a create: a ticket with that
// key is there and can be found.
func (p *paper) notTwice(r reporter) func(ticket.Draft) {
	return func(d ticket.Draft) {
		for _, t := range p.tickets {
			if t.Key == d.Key && p.findable(t) && !p.idempotent {
				r.Errorf("sent again, and %s with that key is there", t.Identifier)
			}
		}
	}
}

// clockJumps moves the clock; back only a little, and ours only.
func (h *history) clockJumps() bool {
	h.pass(oneOf(h, "by", time.Second, -3*time.Second, 10*time.Second, time.Minute, 5*time.Minute, time.Hour, 25*time.Hour, watchFor+24*time.Hour))
	return true
}

// somewhere draws a provider.
func (h *history) somewhere() string {
	if oneOf(h, "system", h.paper, h.paper, h.annex) == h.annex {
		return h.stage.second
	}
	return h.payroll
}

// createLate has the next create take effect when nobody waits for it any more.
func (h *history) createLate() bool {
	h.paperOf(h.somewhere()).delay = oneOf(h, "by", 10*time.Second, 80*time.Second, 30*time.Minute)
	return true
}

// fallBehind has reads show what was a while ago.
func (h *history) fallBehind() bool {
	h.paperOf(h.somewhere()).behind = oneOf(h, "by", 0, 5*time.Second, time.Minute)
	return true
}

func (h *history) goDown() bool {
	h.down[h.paperOf(h.somewhere())] = true
	return true
}

func (h *history) comeUp() bool {
	was := len(h.down)
	clear(h.down)
	return was > 0
}

// crash lets the server die at one of its next transactions.
func (h *history) crash() bool {
	if len(h.ready()) == 0 {
		return false
	}
	h.fuse = 1 + below(12).Draw(h.draws, "fuse")
	h.work()
	h.fuse = 0
	return true
}
