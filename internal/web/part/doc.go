// Package part holds the parts of pages that several pages share and that know
// the domain: how a holding stands, what happened, how lists page and export,
// and what was wrong with a form. What knows nothing of the domain is in ui.
package part
