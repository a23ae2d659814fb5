package resources

import (
	"net/http"
	"net/url"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

func users(v *site.Visit) error {
	t, err := load(v, "users")
	if err != nil {
		return err
	}
	f := store.SlotFilter{ResourceID: t.ID, Search: v.Search("q"), Page: part.Page(v)}
	if part.WantsCSV(v) {
		return usersCSV(v, t, f)
	}
	found, err := v.Inventory.Holders(v.R.Context(), v.Actor, f)
	if err != nil {
		return err
	}
	people, err := part.Names(v, part.Actors(found.Items))
	if err != nil {
		return err
	}
	return v.Show(t.shell(), usersPage(t, usersModel(v, t, f, found, people)))
}

func usersCSV(v *site.Visit, t thing, f store.SlotFilter) error {
	head := []string{"Name", "E-mail", "Access level", "Why", "Ends", "State", "Waiting for", "Ticket", "Status there", "Assigned to"}
	return part.Export(v, t.Name+" users", head, func(p access.Page) ([][]string, string, error) {
		f.Page = p
		found, err := v.Inventory.Holders(v.R.Context(), v.Actor, f)
		if err != nil {
			return nil, "", err
		}
		people, err := part.Names(v, part.Actors(found.Items))
		rows := make([][]string, len(found.Items))
		for i, h := range found.Items {
			rows[i] = csvRow(h, people)
		}
		return rows, found.Next, err
	})
}

func csvRow(h access.Holding, people map[string]string) []string {
	row := []string{
		h.User.Name(), h.User.Email, h.LevelName, part.Why(h, people).Label, "never", string(access.MarkOf(h.Slot, h.Change)), h.WaitingFor().String(), "", "", "",
	}
	if end := part.Ends(h); !end.IsZero() {
		row[4] = end.UTC().Format(time.RFC3339)
	}
	if h.Ticket != nil {
		row[7], row[8], row[9] = h.Ticket.Identifier, h.Ticket.Status, h.Ticket.AssigneeName
	}
	return row
}

// mayChange loads a resource whose holders the actor may change.
func mayChange(v *site.Visit) (thing, error) {
	t, err := load(v, "users")
	if err != nil {
		return t, err
	}
	return t, v.Actor.May(access.ChangeHolders, t.Relation)
}

func addForm(v *site.Visit) error {
	t, err := mayChange(v)
	if err != nil {
		return err
	}
	in := addInput{Email: v.Search("email"), Level: v.Query("level"), Ends: usualEnd(t.Resource)}
	return showAdd(v, http.StatusOK, t, in, part.Mistakes{})
}

func showAdd(v *site.Visit, status int, t thing, in addInput, wrong part.Mistakes) error {
	people, err := part.Offer(v, in.Email)
	if err != nil {
		return err
	}
	return v.ShowStatus(status, t.shell(), addPage(t, addModel(t, in, wrong, people)))
}

func add(v *site.Visit) error {
	t, err := mayChange(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := readAdd(form)
	u, err := addHolder(v, t, in)
	if err == nil {
		return v.Done(t.url()+"/users", site.Said(u.Name()+" was added to "+t.Name+". "+follows(t, access.ToGrant)))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return showAdd(v, http.StatusUnprocessableEntity, t, in, wrong.Rename("user_id", "email").Rename("access_level_remote_id", "level").Rename("expires_at", "until"))
}

func addHolder(v *site.Visit, t thing, in addInput) (access.User, error) {
	ctx := v.R.Context()
	end, problem := in.end(v.Now)
	if problem != "" {
		return access.User{}, access.Problems{"until": problem}.Err()
	}
	u, err := part.ByEmail(v, in.Email)
	if err != nil {
		return u, err
	}
	return u, v.Inventory.AddHolder(ctx, v.Actor, inventory.Place{ResourceID: t.ID, UserID: u.ID, Level: in.Level}, in.Reason, end)
}

// follows says what happens after a change of who has a resource.
func follows(t thing, d access.Direction) string {
	if t.policy().Files(d) {
		return "A ticket asks for the change; the mark turns green when it is done."
	}
	return "It is only written down: tickets are off for this."
}

// holding loads the row a dialog is about.
func holding(v *site.Visit) (thing, access.Holding, error) {
	t, err := mayChange(v)
	if err != nil {
		return t, access.Holding{}, err
	}
	userID, err := v.ID("user")
	if err != nil {
		return t, access.Holding{}, err
	}
	h, err := v.Inventory.Holder(v.R.Context(), v.Actor, inventory.Place{ResourceID: t.ID, UserID: userID, Level: v.Search("level")})
	return t, h, err
}

func place(h access.Holding) inventory.Place {
	return inventory.Place{ResourceID: h.ResourceID, UserID: h.Slot.UserID, Level: h.Level}
}

// holderURL is the address of something one does to a row.
func holderURL(h access.Holding, what string) string {
	to := "/resources/" + h.ResourceID + "/users/" + h.Slot.UserID + "/" + what
	if h.Level != "" {
		to += "?" + url.Values{"level": {h.Level}}.Encode()
	}
	return to
}

func endForm(v *site.Visit) error {
	t, h, err := holding(v)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), endPage(t, endModel(h, storedEnd(h), part.Mistakes{})))
}

func setEnd(v *site.Visit) error {
	t, h, err := holding(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := endInput{Ends: form.Get("ends"), Until: form.Get("until"), was: storedEnd(h).Until}
	end, problem := in.end(v.Now)
	if problem != "" {
		err = access.Problems{"until": problem}.Err()
	} else {
		err = v.Inventory.SetHolderEnd(v.R.Context(), v.Actor, place(h), end)
	}
	if err == nil {
		return v.Done(t.url()+"/users", site.Said("The access of "+h.User.Name()+" "+endWords(end)))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return v.ShowStatus(http.StatusUnprocessableEntity, t.shell(), endPage(t, endModel(h, in, wrong.Rename("expires_at", "until"))))
}

func endWords(end *time.Time) string {
	if end == nil {
		return "has no end now."
	}
	return "ends on " + ui.Exact(*end) + "."
}

func removeForm(v *site.Visit) error {
	t, h, err := holding(v)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), removePage(t, removeModel(t, h)))
}

func remove(v *site.Visit) error {
	t, h, err := holding(v)
	if err != nil {
		return err
	}
	if err := v.Inventory.RemoveHolder(v.R.Context(), v.Actor, place(h)); err != nil {
		return err
	}
	return v.Done(t.url()+"/users", site.Said(h.User.Name()+" is removed from "+t.Name+". "+follows(t, access.ToRemove)))
}
