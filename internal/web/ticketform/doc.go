// Package ticketform is the part of a form that says whether changes are carried
// out by ticket, and where: the same for an app and for a resource that has
// settings of its own.
package ticketform
