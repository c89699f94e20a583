package history

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Source of the values: the tests of github.com/cespare/xxhash, seed 0; the one
// with a seed is of xxHash's own sanity checks.
func TestXXH64(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{
		"":     0xef46db3751d8e999,
		"a":    0xd24ec4f1a98c6e5b,
		"as":   0x1c330fb2d66be179,
		"asd":  0x631c37ce72a97393,
		"asdf": 0x415872f599cea71e,
		"Call me Ishmael. Some years ago--never mind how long precisely-": 0x02a2e85470d6fd96,
	} {
		if got := xxh64([]byte(text), 0); got != want {
			t.Errorf("%q: %x, want %x", text, got, want)
		}
	}
	if got := xxh64(nil, 2654435761); got != 0xac75fda2929b17ef {
		t.Errorf("with a seed: %x", got)
	}
}

// Ids and refs are kept in databases: they are what they always were.
func TestIdsStay(t *testing.T) {
	t.Parallel()
	const wantID CustomerID = 7375870103429466180
	if got := NewCustomerID("main", "42"); got != wantID {
		t.Errorf("the id of main/42 is %d, was %d", got, wantID)
	}
	if NewCustomerID("main", "42") == NewCustomerID("crm", "42") || int64(NewHouseholdID("main", "42")) == int64(wantID) {
		t.Error("sources or households share ids")
	}
	counts := make([]int, 64)
	for i := range 64_000 {
		id := customerID(7, []byte{byte(i), byte(i >> 8)})
		if id <= 0 {
			t.Fatalf("id %d", id)
		}
		if PartitionOf(id, 1) != 0 {
			t.Fatal("one partition has no second")
		}
		counts[PartitionOf(id, 64)]++
	}
	// 1000 a partition expected; ten standard deviations are 316.
	if slices.Min(counts) < 684 || slices.Max(counts) > 1316 {
		t.Errorf("partitions hold %v", counts)
	}
}

func TestSpool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSpool(dir, 8)
	s.limit = 100
	want := make([][]byte, 8)
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		p, data := random.IntN(7), bytes.Repeat([]byte{byte(random.IntN(256))}, random.IntN(60))
		want[p] = append(want[p], data...)
		if err := s.add(p, data); err != nil {
			t.Fatal(err)
		}
	}
	for p := range want {
		var got []byte
		err := s.each(p, func(data []byte) error {
			got = append(got, data...)
			return nil
		})
		if err != nil || !bytes.Equal(got, want[p]) || s.bytes(p) != len(want[p]) {
			t.Errorf("partition %d: %d bytes of %d, want %d, %v", p, len(got), s.bytes(p), len(want[p]), err)
		}
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}
	s = newSpool(dir+"/gone", 1)
	s.limit = 1
	_ = s.add(0, []byte("ab"))
	if err := s.add(0, []byte("cd")); err == nil || !strings.HasPrefix(err.Error(), "make a temporary file for the import: ") {
		t.Errorf("without a folder: %v", err)
	}
}

func TestCarriedRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) carried {
			return carried{
				kind: rapid.Uint8().Draw(t, "kind"), flags: rapid.Uint8().Draw(t, "flags"), customer: rapid.Int64().Draw(t, "customer"),
				ref: rapid.Int64().Draw(t, "ref"), occurred: rapid.Int64().Draw(t, "occurred"), recorded: rapid.Int64().Draw(t, "recorded"),
				place: rapid.Int64().Draw(t, "place"), body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
			}
		}), 0, 5).Draw(t, "all")
		var data []byte
		for i := range all {
			data = all[i].append(data)
		}
		if len(data) > 0 {
			if _, err := new(carried).read(data[:rapid.IntRange(0, min(len(data)-1, carriedHead)).Draw(t, "cut")]); err == nil && len(all[0].body) > 0 {
				t.Error("a cut record was read")
			}
		}
		for i := range all {
			var got carried
			var err error
			if data, err = got.read(data); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(all[i], got, cmp.AllowUnexported(carried{})); diff != "" && len(all[i].body) > 0 {
				t.Error(diff)
			}
		}
	})
}

// What reconcile keeps, laid over what was there, shows the same as laying all
// given versions over it one by one would: at every instant, the content of
// the newest version known by then.
func TestReconcileAgainstTwin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, n int) []FactVersion {
			var out []FactVersion
			at := int64(0)
			for range n {
				at += rapid.Int64Range(1, 5).Draw(t, name)
				out = append(out, FactVersion{Recorded: at, Hash: rapid.Uint64Range(0, 3).Draw(t, name+" says")})
			}
			return out
		}
		priors, news := draw("prior", rapid.IntRange(0, 4).Draw(t, "priors")), draw("given", rapid.IntRange(1, 4).Draw(t, "news"))
		var given []version
		for i, v := range rapid.Permutation(news).Draw(t, "order") {
			given = append(given, version{recorded: v.Recorded, content: v.Hash, place: int64(i), at: i})
		}
		var o outcome
		o.reconcile(slices.Clone(priors), given, func(at int64) int64 { return at })
		if int64(len(news)) != o.added+o.corrected+o.retracted+o.unchanged || len(o.twice) > 0 {
			t.Fatalf("%d versions are counted as %+v", len(news), o)
		}
		all := slices.Clone(priors)
		for _, v := range o.keep {
			all = append(all, FactVersion{v.recorded, v.content})
		}
		for at := range int64(25) {
			want := newestOf(append(slices.Clone(priors), news...), at)
			if got := newestOf(all, at); got != want {
				t.Fatalf("at %d: %d is seen, want %d\npriors %v\ngiven %v\nkept %v", at, got, want, priors, news, o.keep)
			}
		}
		var again outcome
		slices.SortStableFunc(all, func(a, b FactVersion) int { return int(a.Recorded - b.Recorded) })
		again.reconcile(all, given, func(at int64) int64 { return at })
		if len(again.keep) > 0 {
			t.Fatalf("given again, %v is new", again.keep)
		}
	})
}

// newestOf gives the content of the version known at an instant, of two known
// at once the later in the list; 0 when there is none.
func newestOf(versions []FactVersion, at int64) (content uint64) {
	best := int64(-1)
	for _, v := range versions {
		if v.Recorded <= at && v.Recorded >= best {
			best, content = v.Recorded, v.Hash
		}
	}
	return content
}
