package part

import (
	"encoding/csv"
	"mime"
	"strings"

	"admit/internal/access"
	"admit/internal/web/site"
)

// maxExport is the most rows a CSV export has.
const maxExport = 10_000

// WantsCSV reports whether a list is asked for as CSV.
func WantsCSV(v *site.Visit) bool { return v.Query("format") == "csv" }

// CSVURL is the URL of this list as CSV, with the same filters.
func CSVURL(v *site.Visit) string { return v.With(map[string]string{"format": "csv"}) }

// Export answers with all of a list as CSV. page returns one page of it and the
// cursor of the next. An error of the first page is shown as any other, a later
// one ends the file with a line that says so.
func Export(v *site.Visit, name string, head []string, page func(p access.Page) ([][]string, string, error)) error {
	p := access.Page{Size: access.MaxPage}
	rows, next, err := page(p)
	if err != nil {
		return err
	}
	p.Cursor = next
	h := v.W.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + ".csv"}))
	h.Set("Cache-Control", "no-store")
	out := csv.NewWriter(v.W)
	write := func(row []string) {
		for i, cell := range row {
			row[i] = plain(cell)
		}
		if err := out.Write(row); err != nil {
			v.Log.DebugContext(v.R.Context(), "export not sent", "error", err)
		}
	}
	write(head)
	for count := len(rows); ; count += len(rows) {
		for _, row := range rows {
			write(row)
		}
		if p.Cursor == "" {
			break
		}
		if count >= maxExport {
			write([]string{"This file ends here. Narrow the filter to export the rest."})
			break
		}
		if rows, p.Cursor, err = page(p); err != nil {
			v.Log.ErrorContext(v.R.Context(), "export broke off", "path", v.R.URL.Path, "error", err)
			write([]string{"The export broke off here. Try again."})
			break
		}
	}
	out.Flush()
	return nil
}

// plain makes a cell text for a spreadsheet, also when it begins as a formula
// does.
func plain(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
