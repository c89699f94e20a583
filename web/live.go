package web

import (
	"net/http"
	"strings"
)

// live answers the script of an open card with what has changed since it was
// shown: the box of open service issues and of offers that were asked for, or
// nothing. Who was signed out is told
// so by the status.
func (s *site) live(w http.ResponseWriter, r *request) error {
	id, err := taskID(r)
	if err != nil {
		return err
	}
	v, err := s.taskView(r, id, false)
	if err != nil {
		return err
	}
	if len(v.Card.Issues) == 0 && len(v.Offers.Asked) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return s.part(w, r, "task", "livebox", v)
}

// part writes a piece of a page.
func (s *site) part(w http.ResponseWriter, r *request, page, name string, body any) error {
	var b strings.Builder
	if err := r.in.pages[page].ExecuteTemplate(&b, name, body); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write([]byte(b.String()))
	return err
}
