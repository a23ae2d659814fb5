package part

import (
	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/site"
)

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
