package gallery

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"admit/internal/web/assets"
)

// collector gathers what goes wrong in a page before any script of ours runs.
const collector = `window.problems = [];
addEventListener("securitypolicyviolation", (e) => problems.push("policy: " + e.violatedDirective + " " + e.blockedURI));
addEventListener("error", (e) => problems.push("error: " + e.message));
addEventListener("unhandledrejection", (e) => problems.push("rejection: " + e.reason));`

// tab is one page of a real browser on a gallery of its own.
type tab struct {
	t       *testing.T
	ctx     context.Context
	url     string
	gallery *Server
}

// openTab starts Chromium. Without it, or without built assets, the test is
// skipped; in CI that is a failure.
func openTab(t *testing.T) *tab {
	t.Helper()
	missing := ""
	if _, err := exec.LookPath("chromium"); err != nil {
		missing = "chromium is not installed"
	}
	if !assets.Built() {
		missing = "the assets are not built: run `make build`"
	}
	if missing != "" && os.Getenv("CI") != "" {
		t.Fatal(missing)
	} else if missing != "" {
		t.Skip(missing)
	}
	g := New(time.Now())
	server := httptest.NewServer(g.Handler())
	ctx, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))...)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		closeTab()
		stop()
		server.CloseClientConnections()
		server.Close()
	})
	b := &tab{t: t, ctx: ctx, url: server.URL, gallery: g}
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		focused := emulation.SetFocusEmulationEnabledParams{Enabled: true}
		if _, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, focused); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: collector})
		return err
	}))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// look sets width and colour scheme.
func (b *tab) look(width int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url + path))
	b.until(`document.documentElement.dataset.js === ""`)
}

// until waits for a condition in the page.
func (b *tab) until(condition string) {
	b.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		if err == nil && ok {
			return
		}
	}
	b.t.Fatalf("never came true: %s\nproblems: %s", condition, evaluate[[]string](b, "problems"))
}

func evaluate[T any](b *tab, expression string, opts ...chromedp.EvaluateOption) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, opts...))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// shoot writes a picture into the folder ADMIT_SCREENSHOTS, if it is set.
func (b *tab) shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("ADMIT_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// check runs axe-core and fails for every finding, for a page that is wider
// than the window, and for every problem the page reported.
func (b *tab) check(where string) {
	b.t.Helper()
	source, err := os.ReadFile("../../assets/node_modules/axe-core/axe.min.js")
	if err != nil {
		b.t.Fatalf("axe-core is missing: run `make build`: %v", err)
	}
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void](string(source)+";0")(ctx, target)
		return err
	}))
	report := evaluate[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then((r) => JSON.stringify(r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target + ": " + n.failureSummary))))`, chromedp.EvalAwaitPromise)
	var found []string
	if err := json.Unmarshal([]byte(report), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, each := range found {
		b.t.Errorf("%s: %s", where, each)
	}
	if over := evaluate[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		b.t.Errorf("%s: the page is %d px wider than the window", where, over)
	}
	for _, each := range evaluate[[]string](b, "problems") {
		b.t.Errorf("%s: %s", where, each)
	}
}

func TestPagesAreAccessibleAtEveryWidthInBothThemes(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	for path := range b.gallery.pages() {
		path = strings.TrimSuffix(path, "{$}")
		for _, width := range []int64{1280, 768, 360} {
			for _, scheme := range []string{"light", "dark"} {
				b.look(width, scheme)
				b.visit(path)
				name := fmt.Sprintf("%s-%d-%s", strings.Trim(strings.ReplaceAll(path, "/", "-"), "-"), width, scheme)
				b.shoot(name)
				b.check(name)
			}
		}
	}
}
