package web

import (
	"fmt"

	"holdfast/nightly"
)

// What is to be done about a list that was not released by its deadline, by the
// state of its night; empty where it has not begun.
var lateWords = map[nightly.State]string{
	nightly.HeldBack: "The list of %s was to be released by %s, and its night is held. Until it is released or its night goes on, the desk works on the list before, minus anyone now blocked.",
	nightly.Failed:   "The list of %s was to be released by %s, and its night failed. Until it is resumed, the desk works on the list before, minus anyone now blocked.",
	nightly.Running:  "The list of %s was to be released by %s, and its night is still running. Until it is done, the desk works on the list before, minus anyone now blocked.",
	"":               "The list of %s was to be released by %s, and its night has not begun: is the scheduler running? Until there is one, the desk works on the list before, minus anyone now blocked.",
}

// late says that a list was not released by its deadline; empty while none is.
func (s *site) late(r *request) (string, error) {
	if s.Late == nil {
		return "", nil
	}
	late, is, err := s.Late(r.Context())
	if err != nil {
		return "", fmt.Errorf("look whether the list is released: %w", err)
	}
	words, known := lateWords[late.State]
	if !is || !known {
		return "", nil
	}
	return r.in.Say(words, r.in.date(late.AsOf), r.in.clock(late.By)), nil
}
