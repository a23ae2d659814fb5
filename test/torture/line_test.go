package torture

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// trouble is how a network line is bad.
type trouble string

// The troubles.
const (
	fine      trouble = ""
	cut       trouble = "cut"          // connections are closed, new ones too
	reset     trouble = "reset"        // the same, by RST
	halfClose trouble = "half-closed"  // the server's side ends, the other is still read
	delayed   trouble = "delayed"      // every piece takes its time
	narrow    trouble = "narrow"       // few bytes a second
	blackHole trouble = "a black hole" // nothing comes through; connections of that time are never heard of again
)

const (
	delay       = 300 * time.Millisecond
	narrowPiece = 512                   // so many bytes
	narrowPause = 20 * time.Millisecond // in this
)

// line is a TCP proxy on loopback whose connections can be made to fail.
type line struct {
	Addr string

	target   string
	listener net.Listener
	carry    func(l *link) // copies both ways until one end is gone
	running  sync.WaitGroup

	mu      sync.Mutex
	trouble trouble
	links   map[*link]bool
}

// link is one connection through a line.
type link struct {
	line           *line
	client, server *net.TCPConn
	over           chan struct{} // closed when the link is
	once           sync.Once

	mu      sync.Mutex
	trouble trouble // of this link; a black hole swallows it for ever
}

// newLine starts a line to target, "host:port", that passes on what comes.
func newLine(t *testing.T, target string) *line {
	t.Helper()
	return newLineThat(t, target, (*link).copyBoth)
}

// newLineThat starts a line whose connections are carried as carry does.
func newLineThat(t *testing.T, target string, carry func(*link)) *line {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{Addr: listener.Addr().String(), target: target, listener: listener, links: map[*link]bool{}, carry: carry}
	n.running.Go(n.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		n.hangUp((*link).close)
		n.running.Wait()
	})
	return n
}

func (n *line) accept() {
	for {
		conn, err := n.listener.Accept()
		if err != nil {
			return
		}
		if client, ok := conn.(*net.TCPConn); ok {
			n.running.Go(func() { n.connect(client) })
		}
	}
}

// connect links a client with the server, if the line is not cut.
func (n *line) connect(client *net.TCPConn) {
	l := &link{line: n, client: client, over: make(chan struct{})}
	n.mu.Lock()
	l.trouble = n.trouble
	n.mu.Unlock()
	defer l.close()
	switch l.trouble {
	case cut, halfClose:
		return
	case reset:
		_ = client.SetLinger(0)
		return
	case fine, delayed, narrow, blackHole:
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).Dial("tcp", n.target)
	if err != nil {
		return
	}
	l.server, _ = conn.(*net.TCPConn)
	n.mu.Lock()
	n.links[l] = true
	n.mu.Unlock()
	n.carry(l)
	n.mu.Lock()
	delete(n.links, l)
	n.mu.Unlock()
}

// set makes the line bad, or fine again.
func (n *line) set(how trouble) {
	n.mu.Lock()
	n.trouble = how
	n.mu.Unlock()
	switch how {
	case cut:
		n.hangUp((*link).close)
	case reset:
		n.hangUp(func(l *link) {
			_, _ = l.client.SetLinger(0), l.server.SetLinger(0)
			l.close()
		})
	case halfClose:
		n.hangUp(func(l *link) { _ = l.client.CloseWrite() })
	case fine, delayed, narrow, blackHole:
		n.hangUp(func(l *link) { l.become(how) })
	}
}

// hangUp does something to every link there is.
func (n *line) hangUp(do func(*link)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for l := range n.links {
		do(l)
	}
}

func (l *link) become(how trouble) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trouble != blackHole {
		l.trouble = how
	}
}

func (l *link) close() {
	l.once.Do(func() {
		close(l.over)
		_ = l.client.Close()
		if l.server != nil {
			_ = l.server.Close()
		}
	})
}

// copyBoth copies bytes both ways until one side ends.
func (l *link) copyBoth() {
	var both sync.WaitGroup
	both.Go(func() { l.copy(l.server, l.client) })
	both.Go(func() { l.copy(l.client, l.server) })
	both.Wait()
}

// copy copies bytes from one side to the other until either ends, and then ends
// the link.
func (l *link) copy(to io.Writer, from io.Reader) {
	defer l.close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && l.write(to, buf[:n]) != nil {
			return
		}
		if err != nil {
			return
		}
	}
}

// write passes bytes on as the line lets them through.
func (l *link) write(to io.Writer, b []byte) error {
	l.mu.Lock()
	how := l.trouble
	l.mu.Unlock()
	switch how {
	case blackHole:
		<-l.over
		return net.ErrClosed
	case delayed:
		if err := l.pause(delay); err != nil {
			return err
		}
	case narrow:
		for len(b) > narrowPiece {
			if _, err := to.Write(b[:narrowPiece]); err != nil {
				return err
			}
			b = b[narrowPiece:]
			if err := l.pause(narrowPause); err != nil {
				return err
			}
		}
	case fine, cut, reset, halfClose:
	}
	_, err := to.Write(b)
	return err
}

func (l *link) pause(d time.Duration) error {
	select {
	case <-l.over:
		return errors.New("the link is over")
	case <-time.After(d):
		return nil
	}
}
