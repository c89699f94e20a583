package history

import (
	"holdfast/internal/tabular"
)

// row is one row of a file being read.
type row struct {
	*mapper
	b       *tabular.Block
	at      int
	now     int64 // facts at or after it are in the future
	scratch []byte
	keyRoom []byte
	bad     tabular.Rejection // set with failed
	failed  bool
}

// fail notes the first thing that is wrong with the row.
func (r *row) fail(f *field, why tabular.Reason) {
	if r.failed {
		return
	}
	r.failed = true
	if f == nil || f.column < 0 {
		r.bad = r.b.RejectRow(r.at, why)
		return
	}
	r.bad = r.b.Reject(r.at, f.column, why)
}

func (r *row) next(at int) { r.at, r.failed = at, false }

// passes says whether all filters keep the row.
func (r *row) passes() bool {
	for i := range r.filters {
		if !r.filters[i].passes(r.b, r.at, &r.scratch) {
			return false
		}
	}
	return true
}

// empty says whether a field holds nothing here, or is not given at all.
func (r *row) empty(f *field) bool {
	return f == nil || f.column >= 0 && r.b.Columns[f.column].Empty(r.at)
}

// raw gives the text of a field before any dictionary, until scratch is used again.
func (r *row) raw(f *field) []byte {
	if f == nil {
		return nil
	}
	if f.column < 0 {
		return f.text
	}
	return cellText(&r.b.Columns[f.column], r.at, &r.scratch)
}

// text gives the text of a field in our words.
func (r *row) text(f *field) string {
	if f == nil {
		return ""
	}
	s := string(r.raw(f))
	if f.words != nil {
		if w, ok := f.words[s]; ok {
			s = w
		} else if f.rest {
			s = f.other
		}
	}
	if f.allow != nil && s != "" {
		for _, w := range f.allow {
			if w == s {
				return s
			}
		}
		r.fail(f, reasonChoice)
	}
	return s
}

// needed is text that may not be empty.
func (r *row) needed(f *field) string {
	s := r.text(f)
	if s == "" {
		r.fail(f, tabular.Missing)
	}
	return s
}

// micros gives the time of a field in microseconds; 0 and false when it is empty.
func (r *row) micros(f *field) (int64, bool) {
	if r.empty(f) {
		return 0, false
	}
	if f.column < 0 {
		return f.number, true
	}
	at, why := r.b.Columns[f.column].Time(r.at, r.times)
	if why != tabular.OK {
		r.fail(f, why)
	}
	return at, true
}

// past gives the time of a field that may not be in the future.
func (r *row) past(f *field) (int64, bool) {
	at, ok := r.micros(f)
	if ok && at >= r.now && !r.failed {
		r.fail(f, reasonFuture)
	}
	return at, ok
}

// minor gives the amount of a field in minor units, 0 when it is empty.
func (r *row) minor(f *field) int64 {
	if r.empty(f) {
		return 0
	}
	n, why := f.number, tabular.OK
	if f.column >= 0 {
		n, why = r.b.Columns[f.column].Amount(r.at, r.amounts)
	}
	if why != tabular.OK {
		r.fail(f, why)
	}
	if r.feed.Negate {
		return -n
	}
	return n
}

// whole gives the whole number of a field, 0 when it is empty.
func (r *row) whole(f *field) int64 {
	if r.empty(f) {
		return 0
	}
	if f.column < 0 {
		return f.number
	}
	n, why := r.b.Columns[f.column].Int(r.at)
	if why != tabular.OK {
		r.fail(f, why)
	}
	return n
}

// number gives the number of a field, 0 when it is empty.
func (r *row) number(f *field) float64 {
	if r.empty(f) {
		return 0
	}
	if f.column < 0 {
		return f.float
	}
	n, why := r.b.Columns[f.column].Float(r.at)
	if why != tabular.OK {
		r.fail(f, why)
	}
	return n
}

// truth gives the truth of a field, false when it is empty.
func (r *row) truth(f *field) bool {
	if r.empty(f) {
		return false
	}
	if f.column < 0 {
		return f.number == 1
	}
	var yes bool
	var why tabular.Reason
	if f.words == nil {
		yes, why = r.b.Columns[f.column].Truth(r.at, &plainTruth)
	} else {
		yes, why = plainTruth.Parse([]byte(r.text(f)))
	}
	if why != tabular.OK {
		r.fail(f, why)
	}
	return yes
}

var plainTruth tabular.Truths

// customer gives the customer the row is about, and its key, which is valid
// until the next row.
func (r *row) customer() (CustomerID, []byte) {
	f, key := r.ours.customer, r.ours.customer.text
	if f.column >= 0 {
		key = cellText(&r.b.Columns[f.column], r.at, &r.keyRoom)
	}
	if len(key) == 0 {
		r.fail(f, tabular.Missing)
		return 0, nil
	}
	if len(r.aliases) > 0 {
		if id, ok := r.aliases[string(key)]; ok {
			return id, key
		}
	}
	return customerID(r.source, key), key
}

// keyed gives the identity that the key columns make.
func (r *row) keyed() uint64 {
	h := r.seed
	for _, c := range r.key {
		h = xxh64(cellText(&r.b.Columns[c], r.at, &r.scratch), h)
	}
	return h
}

// gone says whether the row is marked as deleted.
func (r *row) gone() bool {
	return r.deleted >= 0 && string(cellText(&r.b.Columns[r.deleted], r.at, &r.scratch)) == r.deadAs
}

// known gives when a fact that occurred became known, by the feed.
func (r *row) known(occurred int64) (recorded int64, assumed bool) {
	if at, ok := r.past(r.ours.recorded); ok {
		return at, false
	}
	return occurred + r.lag, true
}
