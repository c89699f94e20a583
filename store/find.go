package store

import (
	"context"
	"slices"
	"strings"

	"holdfast/history"
)

// Found is a customer who answers a search, with what matched: key, phone,
// email or name.
type Found struct {
	history.Customer
	Match string
}

// FindCustomers returns the customers whose key is the query, whose phone
// number ends with its digits, whose e-mail begins with it, or whose name has
// words that begin with its words; the surest matches first. A customer who
// was merged into another is found as that one.
func (s *Store) FindCustomers(ctx context.Context, query string, limit int) (found []Found, err error) {
	if strings.TrimSpace(query) == "" || limit <= 0 {
		return nil, nil
	}
	err = s.read(ctx, "find customers", func(t *tx) error {
		found = nil
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		seen := map[history.CustomerID]bool{}
		for _, q := range searches(query) {
			ids, err := q.run(t, version, 4*limit)
			if err != nil {
				return err
			}
			links, err := linksAround(t, version, ids)
			if err != nil {
				return err
			}
			customers, err := readCustomers(t, version, links.roots(ids))
			if err != nil {
				return err
			}
			for _, c := range customers {
				if !seen[c.ID] && len(found) < limit && q.accepts(c) {
					seen[c.ID] = true
					found = append(found, Found{c, q.match})
				}
			}
		}
		return nil
	})
	return found, err
}

// search is one way to read a query: terms from low on that are below high.
type search struct {
	match     string
	low, high string
	words     []string // that the name must also have
}

func searches(query string) []search {
	key := clip("k:" + fold(query))
	list := []search{{match: "key", low: key, high: key + "\x01"}} // no term holds \x00
	if d := strings.TrimLeft(digits(query), "0"); len(d) >= 5 && !strings.ContainsFunc(query, isLetter) {
		r := "p:" + reverse(d)
		list = append(list, prefix("phone", r[:min(len(r), len("p:")+phoneDigits)]))
	}
	if strings.Contains(query, "@") {
		return append(list, prefix("email", clip("e:"+fold(query))))
	}
	if w := words(query); len(w) > 0 {
		w = w[:min(len(w), maxNameTerms)]
		longest := slices.MaxFunc(w, func(a, b string) int { return len(a) - len(b) })
		s := prefix("name", clip("n:"+longest))
		s.words = w
		list = append(list, s)
	}
	return list
}

func isLetter(r rune) bool { return r > 127 || r|32 >= 'a' && r|32 <= 'z' }

// prefix is a search for terms that begin with low: no text holds U+10FFFF.
func prefix(match, low string) search {
	return search{match: match, low: low, high: low + "\U0010FFFF"}
}

func (q search) run(t *tx, version int64, limit int) (ids []history.CustomerID, err error) {
	args := []any{q.low, q.high, version, version}
	also := ""
	for _, w := range q.words {
		if s := prefix("name", clip("n:"+w)); s.low != q.low {
			also += ` AND customer IN (SELECT customer FROM customer_terms WHERE term >= ? AND term < ?)`
			args = append(args, s.low, s.high)
		}
	}
	err = t.list(&ids, `SELECT DISTINCT customer FROM (SELECT term, customer FROM customer_terms
		WHERE term >= ? AND term < ? AND (import_id = 0 OR import_id IN (SELECT id FROM imports WHERE `+visible+`))`+also+`
		ORDER BY term, customer LIMIT ?) AS hits ORDER BY customer`, append(args, limit)...)
	return ids, err
}

// accepts checks every word of the query against the name.
func (q search) accepts(c history.Customer) bool {
	have := words(c.Name)
	for _, w := range q.words {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, w) }) {
			return false
		}
	}
	return true
}
