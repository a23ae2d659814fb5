package part

import (
	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Person is a user as pages name them.
func Person(u access.User, linked bool) ui.Person {
	p := ui.Person{Name: u.Name(), Email: u.Email}
	switch {
	case u.DeletedAt != nil:
		p.Name += " (deleted)"
	case linked:
		p.URL = "/users/" + u.ID
	}
	return p
}

// Names returns the names of users, in one query. Those who may not see people
// get none.
func Names(v *site.Visit, ids []string) (map[string]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := v.Inventory.Users(v.R.Context(), v.Actor, store.UserFilter{IDs: ids, Page: access.Page{Size: access.MaxPage}})
	if access.CodeOf(err) == access.Forbidden {
		return nil, nil
	}
	names := make(map[string]string, len(found.Items))
	for _, u := range found.Items {
		names[u.ID] = u.Name()
	}
	return names, err
}

// offered is how many people a field for an e-mail offers.
const offered = 20

// Offer returns the people a field for an e-mail offers, for PeopleList.
func Offer(v *site.Visit, search string) ([]ui.Person, error) {
	found, err := v.Inventory.Users(v.R.Context(), v.Actor, store.UserFilter{Search: search, Page: access.Page{Size: offered}})
	people := make([]ui.Person, len(found.Items))
	for i, u := range found.Items {
		people[i] = Person(u, false)
	}
	return people, err
}

// ByEmail returns the user with an e-mail. That there is none is a mistake of
// the field "email".
func ByEmail(v *site.Visit, email string) (access.User, error) {
	u, err := v.Inventory.UserByEmail(v.R.Context(), v.Actor, email)
	if access.CodeOf(err) == access.NotFound {
		err = access.Problems{"email": "nobody in Admit has this e-mail address"}.Err()
	}
	return u, err
}
