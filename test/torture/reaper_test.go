package torture

import (
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"

	"admit/test/live"
)

// point is a place where a server may be killed.
type point string

// The points.
const (
	beforeCommit point = "before a commit"
	afterCommit  point = "after a commit" // and before its answer
	beforeCall   point = "before a call"
	afterCall    point = "after a call" // and before its answer
	insideCommit point = "inside a commit"
)

// reaper kills a server at points that a random number chooses.
type reaper struct {
	rnd    *mathrand.Rand
	points map[point]int // that there are, and how many of a kind are passed at most

	mu     sync.Mutex
	victim *live.Process // nil for nobody
	next   point         // where
	left   int           // after so many more of them
	kills  map[point]int
}

func newReaper(rnd *mathrand.Rand, points map[point]int) *reaper {
	return &reaper{rnd: rnd, points: points, kills: map[point]int{}}
}

// nobodyDies returns a reaper that kills nobody.
func nobodyDies() *reaper { return newReaper(nil, nil) }

// launch has a server started, and aims at it before it can do anything.
func (r *reaper) launch(start func() *live.Process) *live.Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.victim = start()
	kinds := slices.Sorted(maps.Keys(r.points))
	r.next = kinds[r.rnd.IntN(len(kinds))]
	r.left = r.rnd.IntN(r.points[r.next])
	return r.victim
}

// at is told that a server came to a point, and reports whether it was killed
// there.
func (r *reaper) at(p point) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.victim == nil || p != r.next {
		return false
	}
	if r.left--; r.left >= 0 {
		return false
	}
	return r.kill(p)
}

// now kills the server if it still lives: the point that was chosen did not come.
func (r *reaper) now() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.victim != nil {
		r.kill("at rest")
	}
}

func (r *reaper) kill(p point) bool {
	r.victim.Kill()
	r.victim = nil
	r.kills[p]++
	return true
}

// String tells how many servers were killed, and where.
func (r *reaper) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	total, parts := 0, []string{}
	for _, p := range slices.Sorted(maps.Keys(r.kills)) {
		total += r.kills[p]
		parts = append(parts, fmt.Sprintf("%d %s", r.kills[p], p))
	}
	return fmt.Sprintf("%d kills: %s", total, strings.Join(parts, ", "))
}
