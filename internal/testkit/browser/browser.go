// Package browser drives a real Chromium in tests: people click and type what
// they see, pages are looked at in both themes, and axe-core finds nothing.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"admit/internal/web/assets"
)

// patience is how long a page may take to do what is expected of it.
const patience = time.Minute

// Browser is one Chromium. Its windows share nothing, as those of two people.
type Browser struct{ ctx context.Context }

// Start starts Chromium. Without it, or without built assets, the test is
// skipped; in CI that is a failure.
func Start(t *testing.T) *Browser {
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
	ctx, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))...)
	ctx, closeFirst := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		closeFirst()
		stop()
	})
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return &Browser{ctx}
}

// Window is one page of one person.
type Window struct {
	t   *testing.T
	ctx context.Context
	url string // of the server
}

// collector gathers what goes wrong in a page before any script of ours runs.
const collector = `window.problems = [];
addEventListener("securitypolicyviolation", (e) => problems.push("policy: " + e.violatedDirective + " " + e.blockedURI));
addEventListener("error", (e) => problems.push("error: " + e.message));
addEventListener("unhandledrejection", (e) => problems.push("rejection: " + e.reason));`

// Window opens a window on a server, with cookies of its own.
func (b *Browser) Window(t *testing.T, url string) *Window {
	t.Helper()
	ctx, closeWindow := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(closeWindow)
	w := &Window{t: t, ctx: ctx, url: url}
	w.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		focused := emulation.SetFocusEmulationEnabledParams{Enabled: true}
		if _, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, focused); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: collector})
		return err
	}))
	w.Look(1280, "light")
	return w
}

// Do takes steps in the page, such as keys pressed.
func (w *Window) Do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

// Look sets the width and the colour scheme.
func (w *Window) Look(width int64, scheme string) {
	w.t.Helper()
	w.Do(chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// Go goes to a path.
func (w *Window) Go(path string) {
	w.t.Helper()
	w.Do(chromedp.Navigate(w.url + path))
}

// Visit goes to a path and waits for its script.
func (w *Window) Visit(path string) {
	w.t.Helper()
	w.Go(path)
	w.Until(`document.documentElement.dataset.js === ""`)
}

// Until waits for a condition in the page.
func (w *Window) Until(condition string) {
	w.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		if err == nil && ok {
			return
		}
	}
	text := Evaluate[string](w, `(document.querySelector("main") ?? document.body).innerText.slice(0, 1500)`)
	w.t.Fatalf("never came true: %s\nat %s the page says:\n%s", condition, Evaluate[string](w, "location.href"), text)
}

// Says waits until the page shows a text.
func (w *Window) Says(text string) {
	w.t.Helper()
	w.Until(`document.body.innerText.replace(/\s+/g, " ").toLowerCase().includes(` + quote(strings.ToLower(text)) + `)`)
}

// Silent waits until the page does not show a text.
func (w *Window) Silent(text string) {
	w.t.Helper()
	w.Until(`!document.querySelector("main").innerText.replace(/\s+/g, " ").includes(` + quote(text) + `)`)
}

// find is script that returns the control people mean by a name: the button or
// link that shows it or is labelled so, in the dialog if one is open, else in
// the page's content, else in its frame.
const find = `((name) => {
	const shown = (e) => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
	const says = (e) => (e.getAttribute("aria-label") ?? e.innerText).trim().replace(/\s+/g, " ");
	const dialog = document.querySelector("dialog[open]"), main = document.querySelector("main");
	for (const inside of dialog ? [dialog] : main ? [main, document] : []) {
		const all = [...inside.querySelectorAll("button, a[href], summary")].filter(shown);
		const found = all.find((e) => says(e) === name) ?? all.find((e) => says(e).startsWith(name)) ?? all.find((e) => says(e).includes(name));
		if (found) return found;
	}
})`

// Click presses the button or link with a name.
func (w *Window) Click(name string) {
	w.t.Helper()
	// In one breath: the page may be on its way to another.
	w.Until(`((e) => { if (!e) return false; e.scrollIntoView({block: "center"}); e.click(); return true })(` + find + `(` + quote(name) + `))`)
}

// settled holds when no part of the page is being shown anew.
const settled = `!document.querySelector(".htmx-request, .htmx-settling, .htmx-swapping")`

// Fill types into the field with a name, or chooses in it.
func (w *Window) Fill(field, value string) {
	w.t.Helper()
	inside := `(document.querySelector("dialog[open]") ?? document).querySelector("[name=` + strings.ReplaceAll(quote(field), `"`, `'`) + `]")`
	w.Until(inside)
	w.Until(settled)
	w.Until(`(() => {
		const e = ` + inside + `;
		if (!e) return false;
		if (e.type === "checkbox") { if (e.checked !== (` + quote(value) + ` === "on")) e.click(); return true }
		if (e.type === "radio") { [...e.form.elements[e.name]].find((r) => r.value === ` + quote(value) + `).click(); return true }
		if (e.tagName === "SELECT") {
			const option = [...e.options].find((o) => o.value === ` + quote(value) + ` || o.text.trim() === ` + quote(value) + `);
			if (!option) return false;
			e.value = option.value;
		} else { e.focus(); e.value = ` + quote(value) + `; }
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})()`)
}

// Be signs in as a person of the demo.
func (w *Window) Be(name string) {
	w.t.Helper()
	w.Visit("/personas")
	first, _, _ := strings.Cut(name, " ")
	w.Click("Be " + first)
	w.Until(`location.pathname !== "/personas" && document.documentElement.dataset.js === ""`)
}

// Evaluate runs script in the page and returns its value.
func Evaluate[T any](w *Window, expression string, opts ...chromedp.EvaluateOption) T {
	w.t.Helper()
	value, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](expression, opts...))
	if err != nil {
		w.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Shoot writes a picture of what is seen into the folder ADMIT_SCREENSHOTS, if
// it is set.
func (w *Window) Shoot(name string) {
	w.t.Helper()
	dir := os.Getenv("ADMIT_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Check runs axe-core and fails for every finding, for a page that is wider than
// the window, and for every problem the page reported.
func (w *Window) Check(where string) {
	w.t.Helper()
	_, here, _, _ := runtime.Caller(0)
	source, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../web/assets/node_modules/axe-core/axe.min.js"))
	if err != nil {
		w.t.Fatalf("axe-core is missing: run `make build`: %v", err)
	}
	w.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void](string(source)+";0")(ctx, target)
		return err
	}))
	report := Evaluate[string](w, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then((r) => JSON.stringify(r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target + ": " + n.failureSummary))))`, chromedp.EvalAwaitPromise)
	var found []string
	if err := json.Unmarshal([]byte(report), &found); err != nil {
		w.t.Fatal(err)
	}
	for _, each := range found {
		w.t.Errorf("%s: %s", where, each)
	}
	if over := Evaluate[int](w, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		w.t.Errorf("%s: the page is %d px wider than the window", where, over)
	}
	for _, each := range Evaluate[[]string](w, "problems") {
		w.t.Errorf("%s: %s", where, each)
	}
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Sprintf("%q", s)
	}
	return string(text)
}
