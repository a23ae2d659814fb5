package arch

import (
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// useCases may not import each other: they meet in the store and in jobs.
var useCases = []string{"inventory", "propagation", "request"}

// layers lists, for each tree of packages, the trees it may import besides
// itself. A tree is the longest entry here that a package lies under; ".../*"
// makes each folder below a tree of its own. A package in no tree fails the
// test: decide where it belongs.
var layers = map[string][]string{
	"internal/access":   {},
	"internal/arch":     {},
	"internal/calendar": {},
	"internal/egress":   {},
	"internal/job":      {},
	"internal/mail":     {},
	"internal/secret":   {},
	"internal/config":   {"mail"}, // knows what the address of a mail server looks like

	"internal/sqldb": {"access"},
	"internal/store": {"access", "sqldb"},

	"internal/ticket":            {"access"},
	"internal/ticket/markdown":   {"ticket"},
	"internal/ticket/tickettest": {"egress", "ticket"},
	"internal/ticket/*":          {"access", "ticket", "ticket/markdown", "ticket/tickettest"},
	"internal/ticket/builtin":    {"access", "job", "sqldb", "store", "ticket"},

	"internal/oncall": {"access", "ticket", "ticket/tickettest"},

	"internal/inventory":   {"access", "job", "secret", "sqldb", "store", "ticket"},
	"internal/propagation": {"access", "calendar", "job", "mail", "oncall", "secret", "sqldb", "store", "ticket", "ticket/markdown"},
	"internal/request":     {"access", "job", "secret", "sqldb", "store", "ticket"},

	"internal/authn": {"access", "sqldb", "store"},
	"internal/api":   append([]string{"access", "authn", "calendar", "oncall", "store", "ticket"}, useCases...),
	"internal/web":   append([]string{"access", "authn", "calendar", "oncall", "store", "ticket", "ticket/markdown"}, useCases...),
	"internal/cli":   {"access", "config", "server"},
	"cmd":            {"cli"},

	"internal/server": append([]string{
		"access", "api", "authn", "config", "egress", "job", "mail", "secret", "sqldb", "store", "ticket", "ticket/*", "web",
	}, useCases...),
	"internal/testkit":         {"access", "config", "server", "sqldb", "store"},
	"internal/testkit/browser": {"web"},
	"internal/web/webtest":     {"*"},
	"test":                     {"*"},
}

func TestEveryImportIsAllowed(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "admit/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		from := treeOf(p.ImportPath)
		if from == "" {
			t.Errorf("%s is in no layer", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if ours(imported) && !mayImport(from, imported) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
			if isTestPackage(imported) && !isTestPackage(p.ImportPath) && from != "test" {
				t.Errorf("%s is for tests, and %s is not one", imported, p.ImportPath)
			}
		}
	}
}

func TestMayImport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"internal/request", "admit/internal/store", true},
		{"internal/request", "admit/internal/propagation", false},
		{"internal/ticket", "admit/internal/ticket/jira", false},
		{"internal/ticket/jira", "admit/internal/ticket", true},
		{"internal/ticket/jira", "admit/internal/ticket/jira/jiratest", true},
		{"internal/ticket/jira", "admit/internal/ticket/linear", false},
		{"internal/ticket/jira", "admit/internal/store", false},
		{"internal/ticket/builtin", "admit/internal/store", true},
		{"internal/server", "admit/internal/ticket/jira", true},
		{"internal/server", "admit/internal/cli", false},
		{"test", "admit/internal/propagation", true},
	} {
		if got := mayImport(c.from, c.to); got != c.want {
			t.Errorf("mayImport(%s, %s) = %v", c.from, c.to, got)
		}
	}
	for _, from := range useCases {
		for _, to := range useCases {
			if slices.Contains(layers["internal/"+from], to) {
				t.Errorf("the table lets use case %s import %s", from, to)
			}
		}
	}
}

func ours(importPath string) bool { return strings.HasPrefix(importPath, "admit/") }

// isTestPackage tells a package that serves tests only: it is named so.
func isTestPackage(importPath string) bool {
	return ours(importPath) && (strings.HasSuffix(importPath, "test") || strings.Contains(importPath, "/testkit"))
}

// treeOf returns the tree a package lies in, "" if it lies in none.
func treeOf(importPath string) string {
	for dir := strings.TrimPrefix(importPath, "admit/"); dir != "."; dir = path.Dir(dir) {
		if _, listed := layers[dir]; listed {
			return dir
		}
		if _, listed := layers[path.Dir(dir)+"/*"]; listed {
			return dir
		}
	}
	return ""
}

func mayImport(from, importPath string) bool {
	to := treeOf(importPath)
	if to == from {
		return true
	}
	allowed, listed := layers[from]
	if !listed {
		allowed = layers[path.Dir(from)+"/*"]
	}
	return slices.ContainsFunc(allowed, func(pattern string) bool {
		name := strings.TrimPrefix(to, "internal/")
		return pattern == "*" || pattern == name || pattern == path.Dir(name)+"/*"
	})
}
