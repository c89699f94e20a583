package history

// event reads a row of a feed of events. unknown counts words that are not in
// the vocabulary.
func (r *row) event(file int, unknown *[2]int64) (rec record, key []byte) {
	id, key := r.customer()
	rec.customer = int64(id)
	rec.place = placeOf(file, r.b.Line(r.at))
	gone := r.gone()
	occurred, dated := r.past(r.ours.occurred)
	switch {
	case dated:
		rec.occurred = occurred
		var assumed bool
		rec.recorded, assumed = r.known(occurred)
		rec.flags |= boolean(assumed) * carryAssumed
	case gone:
		rec.flags |= carryUndated
		var told bool
		if rec.recorded, told = r.past(r.ours.recorded); !told {
			rec.flags |= carryAssumed
		}
	default:
		r.needed(r.ours.occurred)
	}
	if !gone {
		rec.amount = r.minor(r.ours.amount)
		rec.quantity = r.number(r.ours.quantity)
	}
	rec.kind = r.code(r.ours.kind, r.kinds, &unknown[0])
	rec.channel = r.code(r.ours.channel, r.chans, &unknown[1])
	if gone {
		rec.flags |= carryDeleted
	}
	if len(r.key) > 0 {
		rec.ref = int64(r.keyed())
	} else {
		rec.ref = int64(rec.content(r.seed))
	}
	return rec, key
}

// code gives the vocabulary's code of a word, 0 for one it does not have.
func (r *row) code(f *field, codes map[string]uint16, unknown *int64) uint16 {
	if f == nil {
		return 0
	}
	text := r.raw(f)
	if code, ok := codes[string(text)]; ok {
		return code
	}
	if f.rest {
		if code, ok := codes[f.other]; ok {
			return code
		}
	}
	*unknown++
	return 0
}
