package access

import (
	"strings"
	"unicode/utf8"

	"holdfast/internal/fault"
)

// SavedView is a list's filters under a name that somebody gave them.
type SavedView struct {
	ID     int64
	Owner  string
	Name   string
	Query  string // of the list's address
	Shared bool   // seen by all who see the list
}

// NewView makes a view, or says why it cannot be one.
func NewView(owner, name, query string, shared bool) (SavedView, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || utf8.RuneCountInString(name) > 60 {
		return SavedView{}, fault.New(fault.Invalid, "give the view a name of up to 60 letters")
	}
	if len(query) > 2000 {
		return SavedView{}, fault.New(fault.Invalid, "these filters are too long to be saved")
	}
	return SavedView{Owner: owner, Name: name, Query: query, Shared: shared}, nil
}
