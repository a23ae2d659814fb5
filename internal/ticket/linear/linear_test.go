package linear_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"admit/internal/ticket"
	"admit/internal/ticket/linear"
	"admit/internal/ticket/linear/lineartest"
	"admit/internal/ticket/tickettest"
)

func behind(t *testing.T, s *lineartest.Server) tickettest.FaultSubject {
	t.Helper()
	return tickettest.Behind(t, linear.Spec(), s.System(t))
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tickettest.Run(t, func(t *testing.T) tickettest.Subject { return behind(t, lineartest.Start(t)).Subject })
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tickettest.RunFaults(t, func(t *testing.T) tickettest.FaultSubject {
		s := behind(t, lineartest.Start(t))
		s.Provider = longIDs{provider(t, s.Provider)}
		return s
	})
}

// TestOfficialSchema runs the suite with both sides held to Linear's schema,
// without the 10,000 tickets and without a record.
func TestOfficialSchema(t *testing.T) {
	t.Parallel()
	schema := schema(t)
	tickettest.Run(t, func(t *testing.T) tickettest.Subject {
		s := behind(t, lineartest.StartHeld(t, schema)).Subject
		s.Spec.Kind, s.Fill = "", nil
		return s
	})
}

func schema(t *testing.T) *ast.Schema {
	t.Helper()
	return tickettest.GraphQL(t, "linear.graphql", nil)
}

func TestPage(t *testing.T) { tickettest.Page(t, "linear", linear.Spec()) }

func provider(t *testing.T, p ticket.Provider) *linear.Provider {
	t.Helper()
	l, ok := p.(*linear.Provider)
	if !ok {
		t.Fatalf("a %T", p)
	}
	return l
}

// longIDs makes the suite's ids of missing tickets, which are numbers, look like
// Linear's: others are not asked for at all.
type longIDs struct{ *linear.Provider }

func long(id string) string {
	if strings.Trim(id, "0123456789") == "" {
		return fmt.Sprintf("00000000-0000-4000-8000-%012s", id)
	}
	return id
}

func (p longIDs) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	longer := make([]string, len(ids))
	for i, id := range ids {
		longer[i] = long(id)
	}
	return p.Provider.Read(ctx, longer)
}

func (p longIDs) Comment(ctx context.Context, id, text string) error {
	return p.Provider.Comment(ctx, long(id), text)
}

func (p longIDs) Close(ctx context.Context, id, text string) error {
	return p.Provider.Close(ctx, long(id), text)
}
