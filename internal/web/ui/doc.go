// Package ui is the component kit of the web pages: the page frame, and every
// part a page is made of. Components take plain view structs and know nothing
// of the domain; README.md lists them and the conventions for pages.
package ui
