package server

import (
	"errors"
	"fmt"

	"github.com/gofrs/flock"
)

// lock keeps a second server off a database file. It ends with the process, also
// when that is killed.
type lock struct{ file *flock.Flock }

// takeLock takes the lock of a database file.
func takeLock(path string) (*lock, error) {
	f := flock.New(path + ".lock")
	ok, err := f.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if !ok {
		return nil, errors.New("another admit already serves " + path + "; stop it first, or use PostgreSQL for several servers")
	}
	return &lock{f}, nil
}

func (l *lock) release() error { return l.file.Unlock() }
