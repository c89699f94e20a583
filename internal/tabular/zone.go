package tabular

import (
	"sort"
	"time"
)

// zone turns readings of a wall clock into instants.
//
// A reading that happens twice, when clocks go back, is the first of the two.
// A reading that never happens, when clocks go forward, is taken as if the
// clock had not been moved yet, so it lies just as far behind the change.
// (These are the rules of java.time and of ECMAScript Temporal, "compatible".)
//
// Both are one rule: the offset after a change at instant t holds for readings
// from t + max(before, after) on.
type zone struct {
	from    []int64 // reading in seconds from which offset holds
	offset  []int64 // seconds east of UTC
	buckets []int32 // for each span of 2^bucketBits seconds, the last from at or before its beginning
}

const (
	bucketBits = 23 // 97 days
	zoneStart  = -2208988800
	zoneEnd    = 4102444800 // 1900 to 2100
)

// newZone tabulates the changes of a location from 1900 to 2100; before and
// after that the first and the last offset hold.
func newZone(loc *time.Location) *zone {
	z := &zone{}
	at := time.Unix(zoneStart, 0).In(loc)
	_, before := at.Zone()
	z.add(-1<<62, int64(before))
	for {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.Unix() >= zoneEnd {
			break
		}
		if !end.After(at) { // package time gives an empty span at some ends of years
			end = at.Add(time.Hour)
		}
		at = end
		_, after := at.Zone()
		if after != before {
			z.add(at.Unix()+int64(max(before, after)), int64(after))
		}
		before = after
	}
	for s := int64(zoneStart); s < zoneEnd; s += 1 << bucketBits {
		z.buckets = append(z.buckets, int32(sort.Search(len(z.from), func(i int) bool { return z.from[i] > s })-1))
	}
	return z
}

func (z *zone) add(from, offset int64) {
	z.from = append(z.from, from)
	z.offset = append(z.offset, offset)
}

// utc gives the instant of a reading, both in seconds since 1970.
func (z *zone) utc(wall int64) int64 {
	if len(z.from) == 1 || wall < zoneStart {
		return wall - z.offset[0]
	}
	bucket := (wall - zoneStart) >> bucketBits
	if bucket >= int64(len(z.buckets)) {
		return wall - z.offset[len(z.offset)-1]
	}
	i := int(z.buckets[bucket])
	for i+1 < len(z.from) && z.from[i+1] <= wall {
		i++
	}
	return wall - z.offset[i]
}
