package main

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/holdfasttest"
)

func cdnowArgs(t *testing.T, command string, more ...string) []string {
	t.Helper()
	file := holdfasttest.Data(t, "cdnow/BTYD_cdnowElog.csv")
	return append([]string{
		"value", command, "--transactions", file, "--customer", "masterid", "--date", "date",
		"--date-format", "yyyymmdd", "--amount", "sales", "--until", "1997-09-30",
	}, more...)
}

// The published fit and hold-out of CDNOW, from the file as it is (science.md
// section 4; the vignette's log-likelihoods).
func TestValueFitOfCDNOW(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]struct {
		ln, held float64
		p        map[string]float64
	}{
		"bgnbd":     {-9582.429, 1653.4, map[string]float64{"r": .2426, "alpha": 4.4136, "a": .7929, "b": 2.4259}},
		"paretonbd": {-9594.976, 1665.5, map[string]float64{"r": .5533, "alpha": 10.578, "s": .606, "beta": 11.669}},
	} {
		r := holdfast(t, time.Now, nil, "", cdnowArgs(t, "fit", "--kind", kind)...)
		if r.code != 0 || !strings.Contains(r.stderr, kind+" fitted to 2357 customers, 946 of whom bought again, until 1997-09-30") {
			t.Fatalf("exit code %d: %s", r.code, r.stderr)
		}
		got := decode[valueReport](t, r.stdout)
		for name, v := range want.p {
			if math.Abs(got.Parameters[name]/v-1) > 5e-4 {
				t.Errorf("%s: %s is %v, want %v", kind, name, got.Parameters[name], v)
			}
		}
		if math.Abs(got.LogLikelihood-want.ln) > .001 || math.Abs(got.HeldOut.Expected-want.held) > .05 || got.HeldOut.Actual != 1882 ||
			got.Customers != 2357 || got.Spend.Customers != 946 || math.Abs(got.Spend.Parameters["p"]-6.25) > .005 {
			t.Errorf("%s: %+v, held out %+v, spend %+v", kind, got, got.HeldOut, got.Spend)
		}
		if c := got.Concentration; len(c.Tenths) != 10 || c.Tenths[0] < .4 || c.Tenths[0] > .5 {
			t.Errorf("concentration %+v", c)
		}
	}
}

// A fit that was kept predicts what a fresh one does.
func TestValuePredict(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kept := filepath.Join(dir, "fit.json")
	fit := holdfast(t, time.Now, nil, "", cdnowArgs(t, "fit", "--quiet")...)
	if fit.code != 0 || fit.stderr != "" {
		t.Fatalf("exit code %d: %s", fit.code, fit.stderr)
	}
	if err := os.WriteFile(kept, []byte(fit.stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := readCSV(t, holdfast(t, time.Now, nil, "", cdnowArgs(t, "predict", "--horizon", "39")...))
	out := filepath.Join(dir, "p.csv")
	if r := holdfast(t, time.Now, nil, "", cdnowArgs(t, "predict", "--horizon", "39", "--model", kept, "--out", out)...); r.code != 0 || r.stdout != "" {
		t.Fatalf("exit code %d: %s%s", r.code, r.stdout, r.stderr)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	again := readCSV(t, result{stdout: string(text)})
	if len(fresh) != 2358 || len(again) != 2358 {
		t.Fatalf("%d and %d rows, want 2358", len(fresh), len(again))
	}
	for i := range fresh {
		without := append(append([]string(nil), fresh[i][:6]...), fresh[i][8:]...) // the interval needs the fit
		if strings.Join(without, ",") != strings.Join(again[i], ",") {
			t.Fatalf("row %d: %v with a kept fit, %v with a fresh one", i, again[i], without)
		}
	}
	// The first customer: 2 repeats, t_x 30.43, T 38.86, E39 1.226 (Hardie).
	if got := strings.Join(fresh[1][:6], ","); got != "4,2,30.428571,38.857143,0.726620,1.225994" {
		t.Errorf("first customer %s", got)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("%d files are left: %v", len(left), err)
	}
}

func readCSV(t *testing.T, r result) [][]string {
	t.Helper()
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	rows, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Returns are no purchases and lower what was spent; households are added up.
func TestValueOfHouseholdsAndReturns(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("who,day,paid,home\n")
	for i := range 60 { // of each three customers one came once, one twice, one often and stopped
		c := string(rune('a'+i%26)) + string(rune('a'+i/26))
		for k := range []int{1, 2, 6}[i%3] + i%4 {
			d := time.Date(2025, 1, 1+i%20, 0, 0, 0, 0, time.UTC).AddDate(0, 0, k*(7+i%11))
			text.WriteString(c + "," + d.Format(time.DateOnly) + "," + strconv.Itoa(5+i*i*13%97+(i+k)%7) + ".50,h" + string(rune('0'+i%10)) + "\n")
		}
	}
	text.WriteString("aa,2025-06-30,20,h0\naa,2025-06-30,-5,h0\n")
	dir := t.TempDir()
	file := filepath.Join(dir, "t.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := readCSV(t, holdfast(t, time.Now, nil, "", "value", "predict", "--transactions", file,
		"--customer", "who", "--date", "day", "--amount", "paid", "--household", "home", "--horizon", "26", "--kind", "nbd"))
	if got := strings.Join(rows[0], ","); got !=
		"customer,repeats,last,age,still_customer,expected,expected_low,expected_high,mean_amount,to_date,clv,at_stake,total,potential,household_clv" {
		t.Errorf("header %s", got)
	}
	// aa bought on 1 January (5.50) and 30 June (20 less 5).
	if r := rows[1]; r[0] != "aa" || r[1] != "1" || r[9] != "20.50" {
		t.Errorf("the customer with a return: %v", r)
	}
	for _, c := range []struct {
		config, currency, want string
	}{{"", "JPY", "20"}, {"", "kwd", "20.500"}, {"isk", "", "20"}, {"ISK", "KWD", "20.500"}} {
		args := []string{"value", "predict", "--transactions", file, "--customer", "who", "--date", "day", "--amount", "paid", "--kind", "nbd"}
		if c.currency != "" {
			args = append(args, "--currency", c.currency)
		}
		if c.config != "" {
			path := filepath.Join(t.TempDir(), "holdfast.yaml")
			if err := os.WriteFile(path, []byte("business: {currency: "+c.config+"}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--config", path)
		}
		if r := readCSV(t, holdfast(t, time.Now, nil, "", args...))[1]; r[9] != c.want {
			t.Errorf("in %+v the amount to date is %s", c, r[9])
		}
	}
}

func TestValueRefusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = "who,day,paid\n"
	good := head + "a,2025-01-01,5\na,2025-02-01,5\nb,2025-01-03,7\n"
	for name, c := range map[string]struct {
		text string
		more []string
		code int
		want string
	}{
		"a bad date":        {head + "a,2025-02-30,5\n", nil, 3, `FILE line 2, column "day": "2025-02-30" is not a date in the calendar`},
		"a bad amount":      {head + "a,2025-02-01,five\n", []string{"--amount", "paid"}, 3, `FILE line 2, column "paid": "five" is not a number`},
		"no customer":       {head + ",2025-02-01,5\n", nil, 3, `FILE line 2, column "who": "" is empty`},
		"no rows":           {head, nil, 3, "FILE has no rows; there is nothing to learn from"},
		"no such column":    {"who,date,paid\na,2025-01-01,5\n", nil, 2, `FILE has no column "day"; the columns are: who, date, paid`},
		"nobody came back":  {head + "a,2025-01-01,5\nb,2025-01-03,7\n", nil, 3, "none of the 2 customers bought on a second day: there is no rhythm to learn from"},
		"too early":         {good, []string{"--until", "2024-01-01"}, 3, "nobody in FILE has bought by 2024-01-01; choose a later --until"},
		"no such kind":      {good, []string{"--kind", "lstm"}, 2, `there is no model "lstm": use one of bgnbd, mbgnbd, paretonbd, nbd`},
		"no such unit":      {good, []string{"--unit", "fortnight"}, 2, `--unit "fortnight" is not known: use day, week, month or year`},
		"no such currency":  {good, []string{"--currency", "euro"}, 2, `--currency "euro" is not a three-letter currency such as EUR`},
		"no such config":    {good, []string{"--config", "none.yaml"}, 2, "there is no configuration file none.yaml: run `holdfast init` to write one"},
		"a bad end":         {good, []string{"--until", "soon"}, 2, `--until "soon" is not a date like 2006-01-31`},
		"no positive spend": {head + "a,2025-01-01,5\na,2025-02-01,0\nb,2025-01-03,7\nb,2025-04-03,0\nc,2025-01-01,0\n", []string{"--amount", "paid", "--kind", "nbd"}, 3, ""},
	} {
		path := write(strings.ReplaceAll(name, " ", "-")+".csv", c.text)
		args := append([]string{"value", "fit", "--transactions", path, "--customer", "who", "--date", "day"}, c.more...)
		r := holdfast(t, time.Now, nil, "", args...)
		if c.want == "" {
			if r.code != c.code || r.stdout != "" {
				t.Errorf("%s: %+v", name, r)
			}
			continue
		}
		t.Run(name, func(t *testing.T) { refuses(t, r, c.code, strings.ReplaceAll(c.want, "FILE", path)) })
	}
	r := holdfast(t, time.Now, nil, "", "value", "fit", "--transactions", write("few.csv", good), "--customer", "who", "--date", "day")
	if r.code != 3 || !strings.Contains(r.stderr, "fit bgnbd to 2 customers: these data do not decide the parameters") {
		t.Errorf("two customers: %+v", r)
	}
	refuses(t, holdfast(t, time.Now, nil, "", "value", "fit"), 2, "give --transactions, the file, and --customer and --date, two of its columns")
}
