package part

import (
	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/web/site"
)

// Sizes counts who has each of some resources, for those who may know.
func Sizes(v *site.Visit, views []inventory.ResourceView) (map[string]int, error) {
	ids := make([]string, len(views))
	for i, r := range views {
		ids[i] = r.ID
	}
	n, err := v.Inventory.ResourceSizes(v.R.Context(), v.Actor, ids)
	if access.CodeOf(err) == access.Forbidden {
		return nil, nil
	}
	return n, err
}
