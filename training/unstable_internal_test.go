package training

import (
	"strings"
	"testing"
	"time"
)

func TestUnstableRegimeIsSaidInWords(t *testing.T) {
	t.Parallel()
	date := func(month time.Month, rate float64, trials ...Trial) TestDate {
		return TestDate{
			AsOf: time.Date(2024, month, 1, 0, 0, 0, 0, time.UTC), Naive: Metrics{BaseRate: rate}, Trials: trials, Champion: "logistic",
		}
	}
	of := func(name string, ratio float64, left int) Trial {
		return Trial{Candidate: name, Metrics: Metrics{InTheLarge: ratio, Left: left}}
	}
	for name, c := range map[string]struct {
		dates []TestDate
		want  string
	}{
		"steady":           {[]TestDate{date(1, .10, of("logistic", .9, 500)), date(2, .12, of("logistic", 1.2, 500))}, ""},
		"one date":         {[]TestDate{date(1, .24, of("logistic", .3, 500))}, ""},
		"few left":         {[]TestDate{date(1, .10, of("logistic", 1, 40)), date(2, .24, of("logistic", .3, 40))}, ""},
		"another was off":  {[]TestDate{date(1, .10, of("logistic", 1, 500)), date(2, .2, of("logistic", 1.1, 500), of("boosted", .3, 500))}, ""},
		"could not be fit": {[]TestDate{date(1, .10, of("logistic", 1, 500)), date(2, .2, Trial{Candidate: "logistic", Failed: "nobody left"})}, ""},
		"too low, then too high": {
			[]TestDate{date(1, .24, of("logistic", .35, 2600)), date(2, .115, of("logistic", 1.1, 1500)), date(3, .086, of("logistic", 2.29, 1300))},
			"The regime is unstable: from 8.6 % to 24.0 % left on the dates tested, and on 2024-01-01 logistic expected 0.35 times the leavers there were.",
		},
	} {
		got := (&Report{Dates: c.dates}).unstable()
		if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
