package store

import (
	"context"
	"math"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Vocabulary returns the codes of event kinds and channels, adding the words
// it has not seen. Codes are never reused, so that old segments stay readable.
func (s *Store) Vocabulary(ctx context.Context, kinds, channels []string) (history.Vocabulary, error) {
	var v history.Vocabulary
	err := s.read(ctx, "read the vocabulary", func(t *tx) (err error) {
		v, err = vocabulary(t)
		return err
	})
	if err != nil || len(missing(v.Kinds, kinds)) == 0 && len(missing(v.Channels, channels)) == 0 {
		return v, err
	}
	err = s.write(ctx, small, "extend the vocabulary", func(t *tx) (err error) {
		if _, err := t.count("vocabulary"); err != nil { // one at a time
			return err
		}
		if v, err = vocabulary(t); err != nil {
			return err
		}
		if v.Kinds, err = addWords(t, "kind", v.Kinds, missing(v.Kinds, kinds)); err != nil {
			return err
		}
		v.Channels, err = addWords(t, "channel", v.Channels, missing(v.Channels, channels))
		return err
	})
	return v, err
}

func addWords(t *tx, list string, known, words []string) ([]string, error) {
	rows := make([][]any, 0, len(words))
	for _, w := range words {
		if len(known) > math.MaxUint16 {
			return nil, fault.New(fault.Invalid, "the database has %d words of %s already: map rare ones to other", len(known), list)
		}
		rows = append(rows, []any{list, len(known), w})
		known = append(known, w)
	}
	return known, t.insert("vocabulary", "list, code, word", rows, "")
}

func vocabulary(t *tx) (v history.Vocabulary, err error) {
	err = t.ask(askVocabulary(&v))
	return v, err
}

func askVocabulary(into *history.Vocabulary) question {
	return question{`SELECT list, word FROM vocabulary ORDER BY list, code`, nil, func(r scanner) error {
		var list, word string
		err := r.Scan(&list, &word)
		if list == "kind" {
			into.Kinds = append(into.Kinds, word)
		} else {
			into.Channels = append(into.Channels, word)
		}
		return err
	}}
}

// missing returns the words that are not among the known, once each, in order.
func missing(known, words []string) []string {
	seen := make(map[string]bool, len(known)+len(words))
	for _, w := range known {
		seen[w] = true
	}
	var out []string
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}
