package gallery

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const users = "/resources/my-role/users"

func TestMarkTurnsGreenWithoutReloadAndKeepsTheFocus(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.look(1280, "light")
	b.visit(users)
	b.until(`document.getElementById("live-status").dataset.state === "live"`)
	evaluate[chromedp.Void](b, `window.sameDocument = true; document.querySelector("#mark-1 .mark").focus()`)
	b.gallery.Finish()
	b.until(`document.querySelector("#mark-1 .mark-in-place")`)
	b.until(`document.getElementById("announcer").textContent.includes("Josh Reed: In place")`)
	if !evaluate[bool](b, `window.sameDocument === true && document.activeElement === document.querySelector("#mark-1 .mark")`) {
		t.Error("the page was reloaded or the focus was lost")
	}
	if !evaluate[bool](b, `!document.querySelector("#mark-3 .mark-in-place")`) {
		t.Error("another row has changed")
	}
	b.check("after a live update")
}

func TestDialogOpensInPlaceFollowsItsTicketAndReturnsTheFocus(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.look(1280, "light")
	b.visit(users)
	b.do(chromedp.Click("#ticket-RT-1042"))
	b.until(`document.querySelector("#dialog[open] #dialog-title")`)
	b.shoot("dialog-ticket-1280-light")
	b.check("ticket dialog")
	b.until(`document.getElementById("live-status").dataset.state === "live"`)
	b.gallery.Finish()
	b.until(`document.querySelector("#dialog[open] #ticket-mark .mark-in-place")`)
	b.until(`document.querySelector("#mark-1 .mark-in-place")`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`!document.querySelector("#dialog[open]") && document.activeElement.id === "ticket-RT-1042"`)
	for _, scheme := range []string{"light", "dark"} {
		b.look(360, scheme)
		b.do(chromedp.Click("#ticket-RT-1042"))
		b.until(`document.querySelector("#dialog[open] #dialog-title")`)
		b.shoot("dialog-ticket-360-" + scheme)
		b.check("ticket dialog at 360 " + scheme)
		b.do(chromedp.KeyEvent(kb.Escape))
		b.until(`!document.querySelector("#dialog[open]")`)
	}
	b.look(1280, "dark")
	b.do(chromedp.Click("#ticket-RT-1042"))
	b.until(`document.querySelector("#dialog[open] #dialog-title")`)
	b.shoot("dialog-ticket-1280-dark")
}

func TestFormInADialogShowsItsMistakesInPlace(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.look(1280, "light")
	b.visit(users)
	b.do(chromedp.Click(`a[href="/resources/my-role/add"]`))
	b.until(`document.querySelector("#dialog[open] #email")`)
	b.do(chromedp.SendKeys("#email", "nobody@example.com"), chromedp.Click(`#dialog button[type=submit]`))
	b.until(`document.querySelector("#dialog[open] .error-summary")`)
	b.until(`document.getElementById("email").getAttribute("aria-invalid") === "true"`)
	b.shoot("dialog-form-1280-light")
	b.check("form with a mistake in a dialog")
	if path := evaluate[string](b, "location.pathname"); path != users {
		t.Errorf("the page went to %s", path)
	}
}

func TestPaletteGoesAnywhereByKeyboard(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.look(1280, "light")
	b.visit("/catalog")
	b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(2)))
	b.until(`document.querySelector(".palette[open] .palette-option")`)
	b.shoot("palette-1280-light")
	b.check("palette")
	b.do(chromedp.KeyEvent("payroll"))
	b.until(`document.querySelectorAll(".palette-option").length === 3`)
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	b.until(`document.querySelectorAll(".palette-option")[1].ariaSelected === "true"`)
	b.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Enter))
	b.until(`location.pathname === "` + users + `"`)
}

func TestPaletteSaysWhenNothingIsFound(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.visit("/catalog")
	b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(2)))
	b.until(`document.querySelector(".palette[open]")`)
	b.do(chromedp.KeyEvent("zzz"))
	b.until(`document.querySelector(".palette-note").textContent.includes("zzz")`)
	b.check("empty palette")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`!document.querySelector(".palette[open]")`)
}

func TestConfirmNamesTheConsequence(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.look(1280, "light")
	b.visit(users)
	b.do(chromedp.Click("#slot-2 .menu summary"))
	b.shoot("menu-1280-light")
	b.do(chromedp.Click("#slot-2 .menu button"))
	b.until(`document.querySelector("dialog[open] #confirm-text").textContent.includes("A ticket asks")`)
	b.shoot("confirm-1280-light")
	b.check("confirmation")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`!document.querySelector("dialog[open]")`)
	if b.gallery.finished() {
		t.Fatal("the form was sent although nobody confirmed")
	}
	b.do(chromedp.Click("#slot-2 .menu summary"), chromedp.Click("#slot-2 .menu button"), chromedp.Click("dialog[open] .btn-danger"))
	b.until(`document.querySelector("#mark-1 .mark-in-place")`)
}

func TestMarkSaysWhatItWaitsForOnFocus(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	for _, width := range []int64{1280, 360} {
		b.look(width, "light")
		b.visit(users)
		evaluate[chromedp.Void](b, `document.querySelector("#mark-1 .mark").focus()`)
		b.until(`getComputedStyle(document.getElementById("mark-1-tip")).display === "block"`)
		if width == 1280 {
			b.shoot("tip-1280-light")
		} else {
			b.shoot("tip-360-light")
		}
		b.check("tooltip")
		b.do(chromedp.KeyEvent(kb.Escape))
		b.until(`getComputedStyle(document.getElementById("mark-1-tip")).display === "none"`)
	}
}

func TestMenuOfTheNarrowPage(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	for _, scheme := range []string{"light", "dark"} {
		b.look(360, scheme)
		b.visit("/catalog")
		b.do(chromedp.Click(`[popovertarget=nav]`))
		b.until(`document.querySelector("#nav:popover-open")`)
		b.shoot("menu-360-" + scheme)
		b.check("menu at 360 " + scheme)
	}
}

func TestLiveUpdatesReconnect(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.visit(users)
	b.until(`document.getElementById("live-status").dataset.state === "live"`)
	b.gallery.Drop()
	b.until(`document.getElementById("live-status").dataset.state === "reconnecting"`)
	b.gallery.Finish() // nobody listens: the page must ask for itself when it is back
	b.until(`document.getElementById("live-status").dataset.state === "live"`)
	b.until(`document.querySelector("#mark-1 .mark-in-place")`)
}

func TestFilterBarFiltersInPlace(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.visit(users)
	evaluate[chromedp.Void](b, `window.sameDocument = true`)
	b.do(chromedp.SendKeys(`.filter-bar input[type=search]`, "josh"))
	b.until(`location.search.includes("q=josh")`)
	if !evaluate[bool](b, `window.sameDocument === true && document.activeElement.name === "q"`) {
		t.Error("the page was reloaded or the focus was lost")
	}
	b.check("filtered")
}

func TestSyncInADialogLeadsOn(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.visit("/catalog")
	b.do(chromedp.Navigate(b.url + users))
	b.do(chromedp.Click("#ticket-RT-1042"))
	b.until(`document.querySelector("#dialog[open] form")`)
	evaluate[chromedp.Void](b, `window.sameDocument = true`)
	b.do(chromedp.Click(`#dialog form button[type=submit]`))
	b.until(`window.sameDocument === undefined && location.pathname === "` + users + `"`)
	b.until(`document.querySelector("#mark-1 .mark-in-place")`)
}

// The script moves the clocks on; it must begin with the very words the server wrote.
func TestScriptAndServerWriteTimesAlike(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	b.visit("/")
	differ := evaluate[[]string](b, `fetch(location.href).then((r) => r.text()).then((html) => {
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
	b.look(1280, "light")
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.do(chromedp.Navigate(b.url+users), chromedp.Click("#ticket-RT-1042"))
	b.until(`location.pathname === "/tickets/1042" && document.querySelector("main #dialog-content .ticket")`)
	b.shoot("no-script-ticket")
	b.do(chromedp.Navigate(b.url+users), chromedp.SendKeys(`.filter-bar input[type=search]`, "josh"), chromedp.Click(`.filter-bar .no-js`))
	b.until(`location.search.includes("q=josh")`)
	b.look(360, "light")
	b.do(chromedp.Click(`[popovertarget=nav]`), chromedp.Click(`#nav a[href="/catalog"]`))
	b.until(`location.pathname === "/catalog"`)
}
