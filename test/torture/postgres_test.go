package torture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// through is a database URL that leads through a line.
func (n *line) through(t *testing.T, databaseURL string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = n.Addr
	return u.String()
}

// newPostgresLine starts a line to PostgreSQL that tells of every commit before it
// passes on what makes it, and before it passes on the answer. When at says that
// the server was killed, nothing more goes through that connection.
func newPostgresLine(t *testing.T, databaseURL string, at func(point) bool) *line {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return newLineThat(t, u.Host, func(l *link) {
		s := &session{link: l, at: at, writes: map[string]bool{}, portals: map[string]bool{}}
		s.status.Store('I')
		var both sync.WaitGroup
		both.Go(s.up)
		both.Go(s.down)
		both.Wait()
	})
}

// session is one connection to PostgreSQL, read in its protocol, version 3.
type session struct {
	*link
	at      func(point) bool
	status  atomic.Int32 // of the transaction, as the server said last: I for none
	commits atomic.Bool  // the answer that is awaited is that of a commit

	writes   map[string]bool // whether a prepared statement writes, by name
	portals  map[string]bool // whether a bound one does
	executes bool            // one that writes was executed since the last sync
}

const (
	mostMessage = 64 << 20
	sslRequest  = 80877103
)

// message reads one message: its type, and all of its bytes.
func message(r *bufio.Reader) (kind byte, all []byte, err error) {
	head, err := r.Peek(5)
	if err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size < 4 || size > mostMessage {
		return 0, nil, errors.New("not a message of PostgreSQL")
	}
	all = make([]byte, 1+size)
	_, err = io.ReadFull(r, all)
	return all[0], all, err
}

// startup reads the first message, which has no type.
func startup(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(8)
	if err != nil {
		return nil, err
	}
	if binary.BigEndian.Uint32(head[4:]) == sslRequest {
		return nil, errors.New("this line does not speak TLS: use sslmode=disable")
	}
	all := make([]byte, binary.BigEndian.Uint32(head))
	_, err = io.ReadFull(r, all)
	return all, err
}

// up carries what the client says.
func (s *session) up() {
	defer s.close()
	r := bufio.NewReader(s.client)
	first, err := startup(r)
	if err != nil || s.write(s.server, first) != nil {
		return
	}
	for {
		kind, all, err := message(r)
		if err != nil {
			return
		}
		if s.makesCommit(kind, all[5:]) {
			if s.at(beforeCommit) {
				return
			}
			s.commits.Store(true)
		}
		if s.write(s.server, all) != nil {
			return
		}
	}
}

// down carries what the server says. The answer to a commit waits until it is
// whole.
func (s *session) down() {
	defer s.close()
	r := bufio.NewReader(s.server)
	var held []byte
	for {
		kind, all, err := message(r)
		if err != nil {
			return
		}
		held = append(held, all...)
		if kind == 'Z' {
			s.status.Store(int32(all[5]))
			if s.commits.Swap(false) && s.at(afterCommit) {
				return
			}
		} else if s.commits.Load() {
			continue
		}
		if s.write(s.client, held) != nil {
			return
		}
		held = held[:0]
	}
}

// makesCommit reports whether a message of the client ends a transaction that
// wrote: by itself, or because there is none around it.
func (s *session) makesCommit(kind byte, body []byte) bool {
	alone := s.status.Load() == 'I'
	switch kind {
	case 'Q': // a simple query
		text := cString(body, 0)
		return strings.EqualFold(strings.TrimSpace(text), "commit") || alone && writing.MatchString(text)
	case 'P': // parse: name, text
		name := cString(body, 0)
		s.writes[name] = writing.MatchString(cString(body, len(name)+1))
	case 'B': // bind: portal, name of a statement
		portal := cString(body, 0)
		s.portals[portal] = s.writes[cString(body, len(portal)+1)]
	case 'E': // execute: portal
		s.executes = s.executes || s.portals[cString(body, 0)]
	case 'S': // sync
		done := s.executes && alone
		s.executes = false
		return done
	}
	return false
}

// writing matches statements that change something.
var writing = regexp.MustCompile(`(?i)\b(insert|update|delete|create|alter|drop|truncate)\b`)

func cString(b []byte, from int) string {
	if from > len(b) {
		return ""
	}
	text, _, _ := bytes.Cut(b[from:], []byte{0})
	return string(text)
}
