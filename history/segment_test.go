package history

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/internal/fault"
)

// drawEvents draws a block of events with values from all of their ranges.
func drawEvents(t *rapid.T, n int) Events {
	var e Events
	id := rapid.Int64Range(1, math.MaxInt64)
	for range n {
		e.Customer = append(e.Customer, id.Draw(t, "customer"))
		e.Ref = append(e.Ref, rapid.Int64().Draw(t, "ref"))
		e.Occurred = append(e.Occurred, rapid.Int64().Draw(t, "occurred"))
		e.Recorded = append(e.Recorded, rapid.Int64().Draw(t, "recorded"))
		e.Import = append(e.Import, rapid.Int64().Draw(t, "import"))
		e.Flags = append(e.Flags, rapid.Uint8().Draw(t, "flags"))
		e.Kind = append(e.Kind, rapid.Uint16().Draw(t, "kind"))
		e.Amount = append(e.Amount, rapid.Int64().Draw(t, "amount"))
		e.Quantity = append(e.Quantity, rapid.Float64().Draw(t, "quantity"))
		e.Channel = append(e.Channel, rapid.Uint16().Draw(t, "channel"))
	}
	return e
}

func TestSegmentRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := drawEvents(t, rapid.IntRange(0, 40).Draw(t, "first"))
		second := drawEvents(t, rapid.IntRange(0, 40).Draw(t, "second"))
		var got Events
		for _, e := range []*Events{&first, &second} {
			payload, err := EncodeSegment(e)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := EncodeSegment(e)
			if !bytes.Equal(payload, again) {
				t.Fatal("the same block gave other bytes")
			}
			if err := DecodeSegment(payload, &got); err != nil {
				t.Fatal(err)
			}
		}
		want := makeEvents(first.Len() + second.Len())
		for i := range want.Len() {
			if i < first.Len() {
				want.put(i, &first, i)
			} else {
				want.put(i, &second, i-first.Len())
			}
		}
		if got.Len() == 0 && want.Len() == 0 {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// sampleSegment is a month of a partition as a shop has it: a few events a
// customer, to the second, known an hour later, refs that are hashes.
func sampleSegment(t testing.TB, n int) (Events, []byte) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	e := makeEvents(n)
	id := int64(0)
	for i := range n {
		if i%5 == 0 {
			id = random.Int64()
		}
		at := (1_700_000_000 + random.Int64N(30*86_400)) * 1e6
		e.Customer[i], e.Ref[i] = id, int64(random.Uint64())
		e.Occurred[i], e.Recorded[i] = at, at+3_600*1e6
		e.Import[i], e.Kind[i], e.Amount[i], e.Quantity[i] = 3, uint16(random.IntN(4)), random.Int64N(20_000), float64(random.IntN(12))
		e.Channel[i], e.Flags[i] = uint16(random.IntN(3)), FlagAssumed
	}
	e.Sort()
	payload, err := EncodeSegment(&e)
	if err != nil {
		t.Fatal(err)
	}
	return e, payload
}

// Every cut and every flipped bit is refused.
func TestDamagedSegmentIsRefused(t *testing.T) {
	t.Parallel()
	_, payload := sampleSegment(t, 60)
	for at := range payload {
		kept := Events{Customer: []int64{1}, Ref: []int64{1}, Occurred: []int64{1}, Recorded: []int64{1}, Import: []int64{1}, Flags: []uint8{1}, Kind: []uint16{1}, Amount: []int64{1}, Quantity: []float64{1}, Channel: []uint16{1}}
		if err := DecodeSegment(payload[:at], &kept); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for a segment", at, len(payload))
		}
		if kept.Len() != 1 || kept.check() != nil {
			t.Fatalf("a refused payload left rows behind: %+v", kept)
		}
		flipped := bytes.Clone(payload)
		flipped[at] ^= 1 << (at % 8)
		var got Events
		if err := DecodeSegment(flipped, &got); err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatalf("kind of %v", err)
			}
		} else {
			t.Fatalf("flipping a bit of byte %d went unnoticed", at)
		}
	}
}

func FuzzDecodeSegment(f *testing.F) {
	_, payload := sampleSegment(f, 20)
	f.Add(payload)
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, junk []byte) {
		var e Events
		if err := DecodeSegment(junk, &e); err != nil && e.Len() != 0 {
			t.Fatal("a refused payload left rows behind")
		}
	})
}

func BenchmarkSegment(b *testing.B) {
	const rows = 200_000
	e, payload := sampleSegment(b, rows)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := EncodeSegment(&e); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds()/1e6, "Mrows/s")
		b.ReportMetric(float64(len(payload))/rows, "B/row")
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		var into Events
		for b.Loop() {
			into.Truncate(0)
			if err := DecodeSegment(payload, &into); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds()/1e6, "Mrows/s")
	})
}
