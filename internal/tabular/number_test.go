package tabular

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestAmounts(t *testing.T) {
	t.Parallel()
	plain := AmountFormat{Digits: 2}
	english := AmountFormat{Digits: 2, Thousands: ","}
	german := AmountFormat{Digits: 2, Decimal: ",", Thousands: "."}
	rounding := AmountFormat{Digits: 2, Round: true}
	const noComma = "has a comma, and no thousands separator is configured; set `thousands: \",\"`, or `decimal: \",\"` if it separates the decimals"
	cases := []struct {
		f    AmountFormat
		text string
		want int64
		why  Reason
	}{
		{plain, "12.34", 1234, OK},
		{plain, " -12.3 ", -1230, OK},
		{plain, "+7", 700, OK},
		{plain, ".5", 50, OK},
		{plain, "5.", 500, OK},
		{plain, "12.340", 1234, OK},
		{plain, "-92233720368547758.08", math.MinInt64, OK},
		{plain, "92233720368547758.08", 0, TooLarge},
		{plain, "99999999999999999999999", 0, TooLarge},
		{plain, "12.345", 0, "has more than 2 decimals; ask for rounding if that is right"},
		{plain, "12.3451x", 0, NotAmount},
		{plain, "1,234.50", 0, noComma},
		{plain, "12,34", 0, noComma},
		{plain, "", 0, Missing},
		{plain, "  ", 0, Missing},
		{plain, "-", 0, NotAmount},
		{plain, ".", 0, NotAmount},
		{plain, "1.2.3", 0, NotAmount},
		{plain, "12x", 0, NotAmount},
		{plain, "£12", 0, NotAmount},
		{plain, "1e3", 0, HasExponent},
		{plain, "1.5E-3", 0, HasExponent},
		{AmountFormat{}, "1000", 1000, OK},
		{AmountFormat{}, "10.5", 0, "has more than 0 decimals; ask for rounding if that is right"},
		{english, "1,234,567.89", 123456789, OK},
		{english, "1234.5", 123450, OK},
		{english, "1,23.50", 0, BadGroups},
		{english, "1234,567", 0, BadGroups},
		{english, ",123", 0, BadGroups},
		{english, "1,,234", 0, BadGroups},
		{german, "1.234,50", 123450, OK},
		{german, "1,234.50", 0, NotAmount},
		{AmountFormat{Digits: 2, Decimal: ","}, "1.234,50", 0, "has a point, and no thousands separator is configured; set `thousands: \".\"`, or `decimal: \".\"` if it separates the decimals"},
		{AmountFormat{Digits: 2, Thousands: " "}, "1 234,50", 0, `has a comma, but "." separates the decimals and " " the thousands`},
		{rounding, "145.79999999999998", 14580, OK},
		{rounding, "0.005", 1, OK},
		{rounding, "-0.005", -1, OK},
		{rounding, "0.00499999", 0, OK},
	}
	for _, c := range cases {
		a, err := NewAmounts(c.f)
		if err != nil {
			t.Fatal(err)
		}
		if got, why := a.Parse([]byte(c.text)); got != c.want || why != c.why {
			t.Errorf("%q %+v: %d %q, want %d %q", c.text, c.f, got, why, c.want, c.why)
		}
	}
	for _, f := range []AmountFormat{{Digits: 10}, {Digits: -1}, {Decimal: ";"}, {Thousands: "x"}, {Thousands: "."}} {
		if _, err := NewAmounts(f); err == nil {
			t.Errorf("%+v is accepted", f)
		}
	}
}

var plainAmount = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$`)

// slowAmount is the exact twin of Amounts.Parse without thousands.
func slowAmount(text string, digits int, round bool) (int64, bool) {
	if !plainAmount.MatchString(text) {
		return 0, false
	}
	v, _ := new(big.Rat).SetString(text)
	v.Mul(v, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)))
	if !v.IsInt() {
		if !round {
			return 0, false
		}
		half := big.NewRat(int64(v.Sign()), 2)
		v.Add(v, half)
	}
	q := new(big.Int).Quo(v.Num(), v.Denom())
	return q.Int64(), q.IsInt64()
}

func FuzzAmounts(f *testing.F) {
	for _, s := range []string{"12.34", "-0.005", "9223372036854775807", "92233720368547758.07", "-.5", "1.", "12,3", "00012.30", "18446744073709551616"} {
		f.Add(s, uint8(2), true)
	}
	f.Fuzz(func(t *testing.T, text string, digits uint8, round bool) {
		a, err := NewAmounts(AmountFormat{Digits: int(digits % 10), Round: round})
		if err != nil {
			t.Fatal(err)
		}
		got, why := a.Parse([]byte(text))
		want, ok := slowAmount(strings.Trim(text, " \t"), int(digits%10), round)
		if ok != (why == OK) || (ok && got != want) {
			t.Fatalf("%q to %d digits, rounding %v: %d %q, want %d %v", text, digits%10, round, got, why, want, ok)
		}
	})
}

func TestFromFloat(t *testing.T) {
	t.Parallel()
	exact, _ := NewAmounts(AmountFormat{Digits: 2})
	round, _ := NewAmounts(AmountFormat{Digits: 2, Round: true})
	for i := int64(-100000); i < 100000; i += 7 {
		v, _ := strconv.ParseFloat(string(appendDecimal(nil, i, 2)), 64)
		if got, why := exact.FromFloat(v); got != i || why != OK {
			t.Fatalf("%v: %d %q, want %d", v, got, why, i)
		}
	}
	for _, c := range []struct {
		v    float64
		want int64
	}{{1.005, 101}, {1.0049999999, 100}, {-1.005, -101}, {145.79999999999998, 14580}, {2.675, 268}, {1e13 + 0.125, 1000000000000013}} {
		if got, why := round.FromFloat(c.v); got != c.want || why != OK {
			t.Errorf("%v: %d %q, want %d", c.v, got, why, c.want)
		}
	}
	if _, why := exact.FromFloat(1.005); why != exact.finer {
		t.Errorf("1.005: %q", why)
	}
	if _, why := exact.FromFloat(math.Inf(1)); why != NotFinite {
		t.Errorf("infinity: %q", why)
	}
	if _, why := exact.FromFloat(1e300); why != TooLarge {
		t.Errorf("1e300: %q", why)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Reason{
		"0": OK, "-9223372036854775808": OK, "9223372036854775807": OK, " 12": OK, "+3": OK,
		"9223372036854775808": TooLarge, "-9223372036854775809": TooLarge, "99999999999999999999": TooLarge,
		"": Missing, "-": NotWhole, "1.0": NotWhole, "abc": NotWhole, "1 2": NotWhole,
	} {
		got, why := ParseInt([]byte(text))
		slow, _ := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if why != want || (why == OK && got != slow) {
			t.Errorf("%q: %d %q, want %q", text, got, why, want)
		}
	}
	for text, want := range map[string]Reason{
		"1.5": OK, "-0": OK, "1e5": OK, "123456789012345678901234567890": OK, ".5": OK, "1.7976931348623157e308": OK,
		"": Missing, "inf": NotFinite, "-Infinity": NotFinite, "NaN": NotFinite, "1e999": NotFinite,
		"0x10": NotNumber, "1_000": NotNumber, "1,5": NotNumber, "-": NotNumber, ".": NotNumber, "e5": NotNumber, "1.2.3": NotNumber,
	} {
		if _, why := ParseFloat([]byte(text)); why != want {
			t.Errorf("%q: %q, want %q", text, why, want)
		}
	}
	for text, want := range map[string]Reason{"true": OK, "YES": OK, "1": OK, "f": OK, "No": OK, "ja": NotTruth, "2": NotTruth, "": Missing} {
		if got, why := new(Truths).Parse([]byte(text)); why != want || got != (why == OK && strings.ContainsAny(text, "YE1tu")) {
			t.Errorf("%q: %v %q, want %q", text, got, why, want)
		}
	}
	own := Truths{True: []string{"ja"}, False: []string{"nein"}}
	if got, why := own.Parse([]byte("JA")); !got || why != OK {
		t.Errorf("JA: %v %q", got, why)
	}
	if _, why := own.Parse([]byte("yes")); why == OK {
		t.Error("yes is none of the configured words")
	}
}

func FuzzFloat(f *testing.F) {
	for _, s := range []string{"1.5", "-0.1", "123456.789", "9007199254740993", "0.3", "1e-7", "00.10", "+5", "-", "5e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, why := ParseFloat([]byte(text))
		if why != OK {
			return
		}
		want, err := strconv.ParseFloat(strings.Trim(text, " \t"), 64)
		if err != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q: %v, want %v %v", text, got, want, err)
		}
	})
}

func TestParsersDoNotAllocate(t *testing.T) {
	a, _ := NewAmounts(AmountFormat{Digits: 2})
	iso, _ := NewTimes("", nil)
	named, _ := NewTimes("%d %b %Y", nil)
	goes, _ := NewTimes("02.01.2006", nil)
	good, bad, date := []byte("1234.56"), []byte("1,2"), []byte("2011-06-01 10:00:00")
	dates := [][]byte{[]byte("01 Jun 2011"), []byte("01.06.2011")}
	n := testing.AllocsPerRun(100, func() {
		_, _ = a.Parse(good)
		_, _ = a.Parse(bad)
		_, _ = a.FromFloat(12.34)
		_, _ = ParseInt(good[:4])
		_, _ = ParseFloat(good)
		_, _ = new(Truths).Parse(good)
		_, _ = iso.Parse(date)
		_, _ = named.Parse(dates[0])
		_, _ = goes.Parse(dates[1])
	})
	if n != 0 {
		t.Errorf("%v allocations for each round of cells", n)
	}
}
