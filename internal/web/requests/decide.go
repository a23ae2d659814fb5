package requests

import (
	"net/http"
	"strings"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// verdict is one of the two ways to decide.
type verdict struct {
	verb, busy string
	variant    ui.Variant
	approve    bool
}

var (
	approving = verdict{"Approve", "Approving…", ui.Primary, true}
	denying   = verdict{"Deny", "Denying…", ui.Danger, false}
)

func (d verdict) path(id string) string { return "/requests/" + id + "/" + strings.ToLower(d.verb) }

// askVerdict shows the dialog for a decision with a comment.
func askVerdict(v *site.Visit, d verdict) error {
	r, err := load(v)
	if err != nil {
		return err
	}
	w := verdictView{
		verdict: d, page: pageOf(r, v.Actor, v.Now), override: v.Query("override") != "", next: site.Local(v.Query("next"), ""),
	}
	return v.Show(w.page.shell(), verdictPage(w))
}

func decide(v *site.Visit, d verdict) error {
	id, form, err := v.Posted()
	if err != nil {
		return err
	}
	ctx, here := v.R.Context(), "/requests/"+id
	next := site.Local(form.Get("next"), here)
	with := request.Verdict{Comment: form.Get("comment"), Override: form.Get("override") != ""}
	if d.approve {
		err = v.Requests.Approve(ctx, v.Actor, id, with)
	} else {
		err = v.Requests.Deny(ctx, v.Actor, id, with)
	}
	switch access.CodeOf(err) {
	case access.Conflict:
		return v.Done(here, refused(err))
	case access.Invalid:
	default:
		if err != nil {
			return err
		}
	}
	r, loadErr := v.Requests.Get(ctx, v.Actor, id)
	if loadErr != nil {
		return loadErr
	}
	if err == nil {
		return v.Done(next, site.Said(decided(r, d)))
	}
	w := verdictView{
		verdict: d, page: pageOf(r, v.Actor, v.Now), override: with.Override, next: site.Local(form.Get("next"), ""),
		comment: strings.ToValidUTF8(with.Comment, ""),
	}
	w.wrong, _ = part.MistakesOf(err)
	return v.ShowStatus(http.StatusUnprocessableEntity, w.page.shell(), verdictPage(w))
}

// refused tells that somebody was faster: nothing is lost, so the page follows.
func refused(err error) ui.Flash {
	_, text, _ := site.Problems(err)
	if text == "" {
		text = "this is not possible any more"
	}
	return ui.Flash{Kind: ui.Wrong, Text: strings.ToUpper(text[:1]) + text[1:] + ". Nothing was changed."}
}

func decided(r request.View, d verdict) string {
	what := r.Target.Name() + ": " + things(r)
	switch {
	case !d.approve:
		return "Denied for " + what + ". They can read your reason."
	case r.State == access.Approved:
		return "Approved for " + what + ". Admit carries it out now."
	}
	return "Your part is approved. Others still decide on the rest."
}

func askCancel(v *site.Visit) error {
	r, err := load(v)
	if err != nil {
		return err
	}
	w := pageOf(r, v.Actor, v.Now)
	return v.Show(w.shell(), cancelPage(w))
}

func cancel(v *site.Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	err = v.Requests.Cancel(v.R.Context(), v.Actor, id)
	if access.CodeOf(err) == access.Conflict {
		return v.Done("/requests/"+id, refused(err))
	}
	if err != nil {
		return err
	}
	return v.Done("/requests/"+id, site.Said("The request is canceled. Nobody has to decide on it any more."))
}

func comment(v *site.Visit) error {
	id, form, err := v.Posted()
	if err != nil {
		return err
	}
	text := form.Get("comment")
	err = v.Requests.Comment(v.R.Context(), v.Actor, id, text)
	if err == nil {
		return v.Done("/requests/"+id+"#comments", site.Said("Your comment is there."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	r, err := load(v)
	if err != nil {
		return err
	}
	w := pageOf(r, v.Actor, v.Now)
	w.wrong, w.comment = wrong, strings.ToValidUTF8(text, "")
	return v.ShowStatus(http.StatusUnprocessableEntity, w.shell(), requestPage(w))
}
