package part

import (
	"admit/internal/access"
	"admit/internal/web/site"
)

// Export answers with all of a list as CSV. rows returns one page of it and the
// cursor of the next.
func Export(v *site.Visit, name string, head []string, rows func(p access.Page) ([][]string, string, error)) error {
	p := access.Page{Size: access.MaxPage}
	return v.CSV(name, head, func() ([][]string, bool, error) {
		some, next, err := rows(p)
		p.Cursor = next
		return some, next != "", err
	})
}
