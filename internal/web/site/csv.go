package site

import (
	"encoding/csv"
	"mime"
	"strings"
)

// MaxExport is the most rows a CSV export has.
const MaxExport = 10_000

// CSV answers with a file of rows. next returns the rows of one page after
// another, and more until the last one; an error of the first page is shown as
// any other, a later one ends the file with a line that says so.
func (v *Visit) CSV(name string, head []string, next func() (rows [][]string, more bool, err error)) error {
	rows, more, err := next()
	if err != nil {
		return err
	}
	h := v.W.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + ".csv"}))
	h.Set("Cache-Control", "no-store")
	out := csv.NewWriter(v.W)
	write := func(row []string) {
		for i, cell := range row {
			row[i] = Plain(cell)
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
		if !more {
			break
		}
		if count >= MaxExport {
			write([]string{"This file ends here. Narrow the filter to export the rest."})
			break
		}
		if rows, more, err = next(); err != nil {
			v.Log.ErrorContext(v.R.Context(), "export broke off", "path", v.R.URL.Path, "error", err)
			write([]string{"The export broke off here. Try again."})
			break
		}
	}
	out.Flush()
	return nil
}

// Plain makes a cell text for a spreadsheet, also when it begins as a formula
// does.
func Plain(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
