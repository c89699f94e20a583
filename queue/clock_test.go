package queue

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// instantOf against walking through the minutes of the days around the slot:
// the first minute at which the wall clock shows the slot or more.
func TestInstantOfAgainstWalking(t *testing.T) {
	t.Parallel()
	zones := []string{
		"Europe/Amsterdam", "America/New_York", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe",
		"Pacific/Apia", "Antarctica/Troll", "Africa/Casablanca", "Asia/Kathmandu", "UTC",
	}
	locations := make([]*time.Location, len(zones))
	for i, name := range zones {
		var err error
		if locations[i], err = time.LoadLocation(name); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		z := rapid.SampledFrom(locations).Draw(rt, "zone")
		minute := rapid.Int64Range(0, 20*365*24*60).Draw(rt, "minute")
		slot := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(minute) * time.Minute)
		if rapid.Bool().Draw(rt, "near a change") {
			if _, change := slot.In(z).ZoneBounds(); !change.IsZero() {
				off := rapid.IntRange(-180, 180).Draw(rt, "minutes off")
				slot = wallClock(change, z).Add(time.Duration(off) * time.Minute)
			}
		}
		got := instantOf(slot, z)
		want := slot.Add(-27 * time.Hour)
		for wallClock(want, z).Before(slot) {
			want = want.Add(time.Minute)
		}
		if !got.Equal(want) {
			rt.Fatalf("%s in %s: instant %v, want %v", slot.Format("2006-01-02 15:04"), z, got, want)
		}
	})
}

func TestTaskIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		job := Job{ID: rapid.Int64Min(1).Draw(rt, "id"), Dispatch: rapid.IntRange(1, 1<<40).Draw(rt, "dispatch")}
		id, dispatch, err := parseTaskID(taskID(job))
		if err != nil || id != job.ID || dispatch != job.Dispatch {
			rt.Fatalf("%s gives %d, %d, %v", taskID(job), id, dispatch, err)
		}
	})
}

func FuzzParseTaskID(f *testing.F) {
	for _, s := range []string{"", "1:1", "1", ":", "1:", "-1:1", "1:0", "99999999999999999999:1", "1:1:1", "a0b1-uuid"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, dispatch, err := parseTaskID(s)
		if (err == nil) != (id > 0 && dispatch > 0) {
			t.Errorf("%q gives %d, %d, %v", s, id, dispatch, err)
		}
	})
}
