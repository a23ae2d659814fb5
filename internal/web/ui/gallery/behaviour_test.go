package gallery

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"admit/internal/testkit/browser"
)

const users = "/resources/my-role/users"

func TestMarkTurnsGreenWithoutReloadAndKeepsTheFocus(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit(users)
	b.Until(`document.getElementById("live-status").dataset.state === "live"`)
	browser.Evaluate[chromedp.Void](b.Window, `window.sameDocument = true; document.querySelector("#mark-1 .mark").focus()`)
	b.gallery.Finish()
	b.Until(`document.querySelector("#mark-1 .mark-in-place")`)
	b.Until(`document.getElementById("announcer").textContent.includes("Josh Reed: In place")`)
	if !browser.Evaluate[bool](b.Window, `window.sameDocument === true && document.activeElement === document.querySelector("#mark-1 .mark")`) {
		t.Error("the page was reloaded or the focus was lost")
	}
	if !browser.Evaluate[bool](b.Window, `!document.querySelector("#mark-3 .mark-in-place")`) {
		t.Error("another row has changed")
	}
	b.Check("after a live update")
}

func TestDialogOpensInPlaceFollowsItsTicketAndReturnsTheFocus(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit(users)
	b.Do(chromedp.Click("#ticket-RT-1042"))
	b.Until(`document.querySelector("#dialog[open] #dialog-title")`)
	b.Shoot("dialog-ticket-1280-light")
	b.Check("ticket dialog")
	b.Until(`document.getElementById("live-status").dataset.state === "live"`)
	b.gallery.Finish()
	b.Until(`document.querySelector("#dialog[open] #ticket-mark .mark-in-place")`)
	b.Until(`document.querySelector("#mark-1 .mark-in-place")`)
	b.Do(chromedp.KeyEvent(kb.Escape))
	b.Until(`!document.querySelector("#dialog[open]") && document.activeElement.id === "ticket-RT-1042"`)
	for _, scheme := range []string{"light", "dark"} {
		b.Look(360, scheme)
		b.Do(chromedp.Click("#ticket-RT-1042"))
		b.Until(`document.querySelector("#dialog[open] #dialog-title")`)
		b.Shoot("dialog-ticket-360-" + scheme)
		b.Check("ticket dialog at 360 " + scheme)
		b.Do(chromedp.KeyEvent(kb.Escape))
		b.Until(`!document.querySelector("#dialog[open]")`)
	}
	b.Look(1280, "dark")
	b.Do(chromedp.Click("#ticket-RT-1042"))
	b.Until(`document.querySelector("#dialog[open] #dialog-title")`)
	b.Shoot("dialog-ticket-1280-dark")
}

func TestFormInADialogShowsItsMistakesInPlace(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit(users)
	b.Do(chromedp.Click(`a[href="/resources/my-role/add"]`))
	b.Until(`document.querySelector("#dialog[open] #email")`)
	b.Do(chromedp.SendKeys("#email", "nobody@example.com"), chromedp.Click(`#dialog button[type=submit]`))
	b.Until(`document.querySelector("#dialog[open] .error-summary")`)
	b.Until(`document.getElementById("email").getAttribute("aria-invalid") === "true"`)
	b.Shoot("dialog-form-1280-light")
	b.Check("form with a mistake in a dialog")
	if path := browser.Evaluate[string](b.Window, "location.pathname"); path != users {
		t.Errorf("the page went to %s", path)
	}
}

func TestPaletteGoesAnywhereByKeyboard(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit("/catalog")
	b.Do(chromedp.KeyEvent("k", chromedp.KeyModifiers(2)))
	b.Until(`document.querySelector(".palette[open] .palette-option")`)
	b.Shoot("palette-1280-light")
	b.Check("palette")
	b.Do(chromedp.KeyEvent("payroll"))
	b.Until(`document.querySelectorAll(".palette-option").length === 3`)
	b.Do(chromedp.KeyEvent(kb.ArrowDown))
	b.Until(`document.querySelectorAll(".palette-option")[1].ariaSelected === "true"`)
	b.Do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Enter))
	b.Until(`location.pathname === "` + users + `"`)
}

func TestPaletteSaysWhenNothingIsFound(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit("/catalog")
	b.Do(chromedp.KeyEvent("k", chromedp.KeyModifiers(2)))
	b.Until(`document.querySelector(".palette[open]")`)
	b.Do(chromedp.KeyEvent("zzz"))
	b.Until(`document.querySelector(".palette-note").textContent.includes("zzz")`)
	b.Check("empty palette")
	b.Do(chromedp.KeyEvent(kb.Escape))
	b.Until(`!document.querySelector(".palette[open]")`)
}

func TestConfirmNamesTheConsequence(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit(users)
	b.Do(chromedp.Click("#slot-2 .menu summary"))
	b.Shoot("menu-1280-light")
	b.Do(chromedp.Click("#slot-2 .menu button"))
	b.Until(`document.querySelector("dialog[open] #confirm-text").textContent.includes("A ticket asks")`)
	b.Shoot("confirm-1280-light")
	b.Check("confirmation")
	b.Do(chromedp.KeyEvent(kb.Escape))
	b.Until(`!document.querySelector("dialog[open]")`)
	if b.gallery.finished() {
		t.Fatal("the form was sent although nobody confirmed")
	}
	b.Do(chromedp.Click("#slot-2 .menu summary"), chromedp.Click("#slot-2 .menu button"), chromedp.Click("dialog[open] .btn-danger"))
	b.Until(`document.querySelector("#mark-1 .mark-in-place")`)
}

func TestMarkSaysWhatItWaitsForOnFocus(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	for _, width := range []int64{1280, 360} {
		b.Look(width, "light")
		b.Visit(users)
		browser.Evaluate[chromedp.Void](b.Window, `document.querySelector("#mark-1 .mark").focus()`)
		b.Until(`getComputedStyle(document.getElementById("mark-1-tip")).display === "block"`)
		if width == 1280 {
			b.Shoot("tip-1280-light")
		} else {
			b.Shoot("tip-360-light")
		}
		b.Check("tooltip")
		b.Do(chromedp.KeyEvent(kb.Escape))
		b.Until(`getComputedStyle(document.getElementById("mark-1-tip")).display === "none"`)
	}
}

func TestMenuOfTheNarrowPage(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	for _, scheme := range []string{"light", "dark"} {
		b.Look(360, scheme)
		b.Visit("/catalog")
		b.Do(chromedp.Click(`[popovertarget=nav]`))
		b.Until(`document.querySelector("#nav:popover-open")`)
		b.Shoot("menu-360-" + scheme)
		b.Check("menu at 360 " + scheme)
	}
}

func TestLiveUpdatesReconnect(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit(users)
	b.Until(`document.getElementById("live-status").dataset.state === "live"`)
	b.gallery.Drop()
	b.Until(`document.getElementById("live-status").dataset.state === "reconnecting"`)
	b.gallery.Finish() // nobody listens: the page must ask for itself when it is back
	b.Until(`document.getElementById("live-status").dataset.state === "live"`)
	b.Until(`document.querySelector("#mark-1 .mark-in-place")`)
}

func TestFilterBarFiltersInPlace(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit(users)
	browser.Evaluate[chromedp.Void](b.Window, `window.sameDocument = true`)
	b.Do(chromedp.SendKeys(`.filter-bar input[type=search]`, "josh"))
	b.Until(`location.search.includes("q=josh")`)
	if !browser.Evaluate[bool](b.Window, `window.sameDocument === true && document.activeElement.name === "q"`) {
		t.Error("the page was reloaded or the focus was lost")
	}
	b.Check("filtered")
}

func TestSyncInADialogLeadsOn(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit("/catalog")
	b.Visit(users)
	b.Do(chromedp.Click("#ticket-RT-1042"))
	b.Until(`document.querySelector("#dialog[open] form")`)
	browser.Evaluate[chromedp.Void](b.Window, `window.sameDocument = true`)
	b.Do(chromedp.Click(`#dialog form button[type=submit]`))
	b.Until(`window.sameDocument === undefined && location.pathname === "` + users + `"`)
	b.Until(`document.querySelector("#mark-1 .mark-in-place")`)
}

// The script moves the clocks on; it must begin with the very words the server wrote.
func TestScriptAndServerWriteTimesAlike(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Visit("/")
	differ := browser.Evaluate[[]string](b.Window, `fetch(location.href).then((r) => r.text()).then((html) => {
		const texts = (page) => [...page.querySelectorAll("time")].map((node) => node.textContent);
		const server = texts(new DOMParser().parseFromString(html, "text/html")), script = texts(document);
		return server.map((text, at) => text + " / " + script[at]).filter((text, at) => server[at] !== script[at] || server.length < 5);
	})`, chromedp.EvalAwaitPromise)
	if len(differ) > 0 {
		t.Errorf("server / script: %q", differ)
	}
}

func TestPagesWorkWithoutScript(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.Go(users)
	b.Do(chromedp.Click("#ticket-RT-1042"))
	b.Until(`location.pathname === "/tickets/1042" && document.querySelector("main #dialog-content .ticket")`)
	b.Shoot("no-script-ticket")
	b.Go(users)
	b.Do(chromedp.SendKeys(`.filter-bar input[type=search]`, "josh"), chromedp.Click(`.filter-bar .no-js`))
	b.Until(`location.search.includes("q=josh")`)
	b.Look(360, "light")
	b.Do(chromedp.Click(`[popovertarget=nav]`), chromedp.Click(`#nav a[href="/catalog"]`))
	b.Until(`location.pathname === "/catalog"`)
}
