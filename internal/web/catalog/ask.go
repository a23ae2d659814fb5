package catalog

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// maxAsked is the most resources one form asks for, as the use case has it.
const maxAsked = 50

func askPage(v *site.Visit) error {
	w, err := load(v, v.R.URL.Query())
	if err != nil {
		return err
	}
	if len(w.things) == 0 {
		return v.Done("/catalog", ui.Flash{Kind: ui.Note, Text: "Tick what you need first, or press Ask beside it."})
	}
	w.length = w.start()
	return v.Show(w.shell(), askForm(w))
}

// load reads the resources that a form or a link names, with who reviews them:
// a fixed number of queries.
func load(v *site.Visit, values url.Values) (askView, error) {
	w := askView{admin: v.Actor.Role == access.Admin}
	var ids []string
	for _, text := range values["resource"] {
		id, err := uuid.Parse(text)
		if err != nil || len(ids) >= maxAsked {
			return w, access.Errorf(access.NotFound, "one of these resources does not exist")
		}
		if !slices.Contains(ids, id.String()) {
			ids = append(ids, id.String())
		}
	}
	if len(ids) == 0 {
		return w, nil
	}
	ctx := v.R.Context()
	found, err := v.Inventory.Resources(ctx, v.Actor, store.ResourceFilter{IDs: ids})
	if err != nil {
		return w, err
	}
	reviewers, err := v.Requests.Reviewers(ctx, v.Actor, ids)
	if err != nil {
		return w, err
	}
	for _, r := range found.Items {
		if r.DeletedAt == nil {
			w.things = append(w.things, thing{inventoryView: r, reviewers: others(reviewers[r.ID], v.Actor.UserID)})
		}
	}
	if len(w.things) < len(ids) {
		return w, access.Errorf(access.NotFound, "one of these resources does not exist")
	}
	slices.SortFunc(w.things, func(a, b thing) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return w, nil
}

// others are the reviewers besides the one who asks: nobody decides on their
// own request.
func others(users []access.User, self string) []access.User {
	return slices.DeleteFunc(users, func(u access.User) bool { return u.ID == self })
}

func ask(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	w, err := load(v, form)
	if err != nil {
		return err
	}
	if len(w.things) == 0 {
		return v.Done("/catalog", ui.Flash{Kind: ui.Note, Text: "Tick what you need first, or press Ask beside it."})
	}
	w.fill(form)
	p := request.Params{Reason: form.Get("reason")}
	for _, t := range w.things {
		p.Items = append(p.Items, request.Wish{ResourceID: t.ID, Level: t.level})
	}
	if p.Minutes, w.wrong = w.minutes(); w.ok() {
		if p.TargetUserID, w.wrong, err = target(v, w); err != nil {
			return err
		}
	}
	if w.ok() {
		r, err := v.Requests.Create(v.R.Context(), v.Actor, p)
		if err == nil {
			return v.Done("/requests/"+r.ID, site.Said(said(r)))
		}
		if w.wrong, err = explained(err, w.things); err != nil {
			return err
		}
	}
	return v.ShowStatus(http.StatusUnprocessableEntity, w.shell(), askForm(w))
}

// target is whom an admin asks for; "" is oneself.
func target(v *site.Visit, w askView) (string, part.Mistakes, error) {
	if w.person == "" || !w.admin {
		return "", part.Mistakes{}, nil
	}
	u, err := v.Inventory.UserByEmail(v.R.Context(), v.Actor, w.person)
	if code := access.CodeOf(err); code == access.NotFound {
		return "", part.Mistake("person", "nobody in Admit has this e-mail address"), nil
	} else if code == access.Invalid {
		return "", part.Mistake("person", "must be an e-mail address such as josh@example.com"), nil
	}
	return u.ID, part.Mistakes{}, err
}

// explained gives the mistakes of a request the names of this form's controls.
func explained(err error, things []thing) (part.Mistakes, error) {
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return wrong, err
	}
	for i, t := range things {
		at := fmt.Sprintf("resources[%d]", i)
		wrong = wrong.Rename(at, t.field()).Rename(at+".access_level_remote_id", t.levelField())
	}
	return wrong.Rename("duration_minutes", "length").Rename("target_user_id", "person"), nil
}

func said(r access.Request) string {
	if r.State == access.Approved {
		return "Approved at once: nobody needs to review this. Admit carries it out now."
	}
	return "You have asked. This page shows who decides and how it stands."
}

// fill takes what was typed.
func (w *askView) fill(form url.Values) {
	w.reason = strings.ToValidUTF8(form.Get("reason"), "")
	w.person = clean(form.Get("person"))
	w.length, w.number, w.unit = form.Get("length"), clean(form.Get("number")), form.Get("unit")
	for i := range w.things {
		w.things[i].level = clean(form.Get(w.things[i].levelField()))
	}
}

// clean makes what was typed into a short field fit to be looked up and shown.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if len(s) > access.MaxName {
		return ""
	}
	return strings.TrimSpace(s)
}
