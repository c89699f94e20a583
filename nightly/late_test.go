package nightly

import (
	"testing"
	"time"
)

func TestALateList(t *testing.T) {
	t.Parallel()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	night := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, rome) }
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, rome) }
	held := func(day int) Run { return Run{ID: "n", AsOf: night(day), State: HeldBack} }
	morning := Config{At: "02:00", ReleaseBy: "07:00"}
	working := Config{At: "02:00", ReleaseBy: "07:00", Days: []string{"mon", "fri"}}
	evening := Config{At: "20:00", ReleaseBy: "06:30"}
	for name, tc := range map[string]struct {
		c        Config
		newest   Run
		released time.Time
		now      time.Time
		of       int // March; 0 is not late
		state    State
	}{
		"no deadline":                        {Config{At: "02:00"}, held(10), night(9), at(10, 9, 0), 0, ""},
		"before the first night":             {morning, Run{}, time.Time{}, at(10, 9, 0), 0, ""},
		"held and not due":                   {morning, held(10), night(9), at(10, 6, 59), 0, ""},
		"held and due":                       {morning, held(10), night(9), at(10, 7, 0), 10, HeldBack},
		"the first night of all":             {morning, held(10), time.Time{}, at(10, 7, 0), 10, HeldBack},
		"released in time":                   {morning, Run{ID: "n", AsOf: night(10), State: Completed}, night(10), at(10, 9, 0), 0, ""},
		"released, and the night goes on":    {morning, Run{ID: "n", AsOf: night(10), State: Running}, night(10), at(10, 9, 0), 0, ""},
		"slow":                               {morning, Run{ID: "n", AsOf: night(10), State: Running}, night(9), at(10, 9, 0), 10, Running},
		"not begun":                          {morning, Run{ID: "n", AsOf: night(9), State: Completed}, night(9), at(10, 9, 0), 10, ""},
		"yesterday's, and tonight's is made": {morning, Run{ID: "n", AsOf: night(10), State: Running}, night(8), at(10, 3, 0), 0, ""},
		"yesterday's, before tonight's":      {morning, held(9), night(8), at(10, 1, 0), 9, HeldBack},
		"a day without a night":              {working, Run{ID: "n", AsOf: night(9), State: Completed}, night(9), at(12, 9, 0), 0, ""},
		"Friday's, on Sunday":                {working, held(13), night(9), at(15, 9, 0), 13, HeldBack},
		"an evening's night, at breakfast":   {evening, held(10), night(9), at(11, 6, 30), 10, HeldBack},
		"an evening's night, at midnight":    {evening, held(10), night(9), at(11, 0, 10), 0, ""},
		"the day the clock goes forward":     {morning, held(29), night(28), at(29, 7, 0), 29, HeldBack},
	} {
		late, is := tc.c.Late(tc.newest, tc.released, tc.now, rome)
		if is != (tc.of != 0) || is && (!late.AsOf.Equal(night(tc.of)) || late.State != tc.state || late.By.After(tc.now) || (late.Run != "") != (tc.state != "")) {
			t.Errorf("%s: %v %+v", name, is, late)
		}
	}
}
