package locale_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/fault"
	"holdfast/internal/locale"
)

// of is the writer of a locale that there is.
func of(t testing.TB, tag, currency string) locale.Writer {
	t.Helper()
	w, err := locale.New(tag, currency)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestLocalesWriteAsCLDRSays: what Intl of Node 22 (ICU 78.2, CLDR 48) wrote for
// 1234.56, −1234567.89, an amount of the country's currency and one in Kuwaiti
// dinars, 5 March 2026 in digits and seven past two in the afternoon.
//
//	new Intl.NumberFormat(tag, {minimumFractionDigits: 2}).format(1234.56)
//	new Intl.NumberFormat(tag, {style: "currency", currency}).format(12345.67)
//	new Intl.DateTimeFormat(tag, {year: "numeric", month: "2-digit", day: "2-digit"}).format(day)
func TestLocalesWriteAsCLDRSays(t *testing.T) {
	t.Parallel()
	rows := []struct{ tag, currency, number, negative, money, dinar, date, clock string }{
		{"cs-CZ", "CZK", "1\u00a0234,56", "-1\u00a0234\u00a0567,89", "12\u00a0345,67\u00a0K\u010d", "1\u00a0234,567\u00a0KWD", "05. 03. 2026", "14:07"},
		{"da-DK", "DKK", "1.234,56", "-1.234.567,89", "12.345,67\u00a0kr.", "1.234,567\u00a0KWD", "05.03.2026", "14.07"},
		{"de-CH", "CHF", "1'234.56", "-1'234'567.89", "CHF\u00a012'345.67", "KWD\u00a01'234.567", "05.03.2026", "14:07"},
		{"de-DE", "EUR", "1.234,56", "-1.234.567,89", "12.345,67\u00a0\u20ac", "1.234,567\u00a0KWD", "05.03.2026", "14:07"},
		{"en-GB", "GBP", "1,234.56", "-1,234,567.89", "\u00a312,345.67", "KWD\u00a01,234.567", "05/03/2026", "14:07"},
		{"en-IE", "EUR", "1,234.56", "-1,234,567.89", "\u20ac12,345.67", "KWD\u00a01,234.567", "05/03/2026", "14:07"},
		{"en-US", "USD", "1,234.56", "-1,234,567.89", "$12,345.67", "KWD\u00a01,234.567", "03/05/2026", "2:07 PM"},
		{"es-ES", "EUR", "1234,56", "-1.234.567,89", "12.345,67\u00a0\u20ac", "1234,567\u00a0KWD", "05/03/2026", "14:07"},
		{"fi-FI", "EUR", "1\u00a0234,56", "\u22121\u00a0234\u00a0567,89", "12\u00a0345,67\u00a0\u20ac", "1\u00a0234,567\u00a0KWD", "05.03.2026", "14.07"},
		{"fr-FR", "EUR", "1\u202f234,56", "-1\u202f234\u202f567,89", "12\u202f345,67\u00a0\u20ac", "1\u202f234,567\u00a0KWD", "05/03/2026", "14:07"},
		{"it-IT", "EUR", "1234,56", "-1.234.567,89", "12.345,67\u00a0\u20ac", "1234,567\u00a0KWD", "05/03/2026", "14:07"},
		{"ja-JP", "JPY", "1,234.56", "-1,234,567.89", "\uffe512,346", "KWD\u00a01,234.567", "2026/03/05", "14:07"},
		{"nb-NO", "NOK", "1\u00a0234,56", "\u22121\u00a0234\u00a0567,89", "12\u00a0345,67\u00a0kr", "1\u00a0234,567\u00a0KWD", "05.03.2026", "14:07"},
		{"nl-NL", "EUR", "1.234,56", "-1.234.567,89", "\u20ac\u00a012.345,67", "KWD\u00a01.234,567", "05-03-2026", "14:07"},
		{"pl-PL", "PLN", "1234,56", "-1\u00a0234\u00a0567,89", "12\u00a0345,67\u00a0z\u0142", "1234,567\u00a0KWD", "05.03.2026", "14:07"},
		{"pt-PT", "EUR", "1234,56", "-1\u00a0234\u00a0567,89", "12\u00a0345,67\u00a0\u20ac", "1234,567\u00a0KWD", "05/03/2026", "14:07"},
		{"sv-SE", "SEK", "1\u00a0234,56", "\u22121\u00a0234\u00a0567,89", "12\u00a0345,67\u00a0kr", "1\u00a0234,567\u00a0KWD", "2026-03-05", "14:07"},
	}
	// Where this package goes its own way, and why.
	ours := map[string]string{
		"en-GB 05/03/2026": "5 Mar 2026", "en-IE 05/03/2026": "5 Mar 2026", "en-US 03/05/2026": "Mar 5, 2026", // the sentences are English
		"cs-CZ 05. 03. 2026": "05.03.2026",   // CLDR's own short form has no spaces
		"ja-JP \uffe512,346": "\u00a512,346", // the wide sign is for Japanese type
	}
	at := time.Date(2026, 3, 5, 14, 7, 0, 0, time.UTC)
	var tags []string
	for _, r := range rows {
		tags = append(tags, r.tag)
		w := of(t, r.tag, r.currency)
		minor := int64(math.Round(12345.67 * float64(w.Unit())))
		for _, c := range [][2]string{
			{w.Decimal(2, 1234.56), r.number},
			{w.Decimal(2, -1234567.89), strings.Replace(r.negative, "-", "−", 1)},
			{w.Exact(minor), r.money},
			{of(t, r.tag, "KWD").Exact(1234567), r.dinar},
			{w.Date(at), r.date},
			{w.Clock(at), r.clock},
		} {
			want := c[1]
			if own, ok := ours[r.tag+" "+want]; ok {
				want = own
			}
			if c[0] != want {
				t.Errorf("%s: %q, want %q", r.tag, c[0], want)
			}
		}
	}
	if got := locale.Tags(); fmt.Sprint(got) != fmt.Sprint(tags) {
		t.Errorf("there are %v, compared are %v", got, tags)
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tag, currency string
		minor         int64
		whole, exact  string
	}{
		{"en-GB", "GBP", 2639, "£26", "£26.39"},
		{"en-GB", "GBP", 2650, "£27", "£26.50"},
		{"en-GB", "GBP", -2650, "−£27", "−£26.50"},
		{"en-GB", "GBP", -5, "£0", "−£0.05"},
		{"en-GB", "JPY", 1549, "¥1,549", "¥1,549"},
		{"ja-JP", "JPY", -1549, "−¥1,549", "−¥1,549"},
		{"en-GB", "KWD", 1499, "KWD\u00a01", "KWD\u00a01.499"},
		{"en-GB", "KWD", 1500, "KWD\u00a02", "KWD\u00a01.500"},
		{"en-GB", "KWD", 1005, "KWD\u00a01", "KWD\u00a01.005"},
		{"en-GB", "SEK", 123456, "SEK\u00a01,235", "SEK\u00a01,234.56"},
		{"en-GB", "", 123456, "1,235", "1,234.56"},
		{"de-DE", "EUR", -123456, "−1.235\u00a0€", "−1.234,56\u00a0€"},
		{"nl-NL", "EUR", -123456, "−€\u00a01.235", "−€\u00a01.234,56"},
		{"pl-PL", "PLN", 123456, "1235\u00a0zł", "1234,56\u00a0zł"},
		{"pl-PL", "GBP", 100, "1\u00a0£", "1\u00a0£"},
		{"en-GB", "GBP", math.MaxInt64, "£92,233,720,368,547,758", "£92,233,720,368,547,758.07"},
		{"en-GB", "GBP", math.MinInt64, "−£92,233,720,368,547,758", "−£92,233,720,368,547,758.08"},
	} {
		w := of(t, c.tag, c.currency)
		if w.Money(c.minor) != c.whole || w.Exact(c.minor) != c.exact {
			t.Errorf("%s %s %d: %q and %q, want %q and %q", c.tag, c.currency, c.minor, w.Money(c.minor), w.Exact(c.minor), c.whole, c.exact)
		}
	}
	if s := (locale.Writer{}).Shortest(2, 1234.5) + (locale.Writer{}).Decimal(1, -.01) + (locale.Writer{}).Shortest(1, math.NaN()) + (locale.Writer{}).Shortest(1, 1e300)[:3]; s != "1,234.50.0–1,0" {
		t.Errorf("numbers are written %q", s)
	}
}

func TestTypedAmounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tag, currency, typed string
		want                 int64 // -1: refused
	}{
		{"en-GB", "GBP", "20", 2000},
		{"en-GB", "GBP", " 1,250.5 ", 125050},
		{"en-GB", "GBP", "20.505", -1},
		{"en-GB", "GBP", "20,50", -1},
		{"en-GB", "JPY", "1250", 1250},
		{"en-GB", "JPY", "1250.5", -1},
		{"en-GB", "JPY", "1250.0", 1250},
		{"en-GB", "KWD", "1.005", 1005},
		{"en-GB", "KWD", "1.0005", -1},
		{"de-DE", "EUR", "1.250,50", 125050},
		{"de-DE", "EUR", "1.250", 125000},
		{"de-DE", "EUR", "20.50", 2050},
		{"de-DE", "EUR", "20,5", 2050},
		{"pl-PL", "PLN", "1250,5", 125050},
		{"pl-PL", "PLN", "12 500,00", 1250000},
		{"de-CH", "CHF", "1’250.50", 125050},
		{"en-GB", "GBP", "", -1},
		{"en-GB", "GBP", "-1", -1},
		{"en-GB", "GBP", "1e3", -1},
		{"en-GB", "GBP", "1/2", -1},
		{"en-GB", "GBP", "£20", -1},
		{"en-GB", "GBP", ".", -1},
		{"en-GB", "GBP", "1,,250", -1},
		{"en-GB", "GBP", "99999999999999999999", -1},
		{"en-GB", "GBP", "+5", -1},
	} {
		got, err := of(t, c.tag, c.currency).Minor(c.typed)
		if c.want < 0 {
			if fault.Of(err) != fault.Invalid {
				t.Errorf("%s %q is %d, %v; want it refused", c.tag, c.typed, got, err)
			}
		} else if err != nil || got != c.want {
			t.Errorf("%s %q is %d, %v; want %d", c.tag, c.typed, got, err, c.want)
		}
	}
}

// A currency is three letters, however they are typed.
func TestCurrency(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"EUR": "EUR", "jpy": "JPY", "Kwd": "KWD", "euro": "", "€": "", "E1R": "", "eu": "", "": "", "É ": ""} {
		if got, err := locale.Currency(typed); got != want || (want == "") != (fault.Of(err) == fault.Invalid) {
			t.Errorf("%q is %q (%v)", typed, got, err)
		}
	}
}

// TestWhatIsWrittenIsRead: in every locale an amount without its currency reads
// back to the minor unit.
func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tag := rapid.SampledFrom(locale.Tags()).Draw(t, "tag")
		currency := rapid.SampledFrom([]string{"EUR", "GBP", "JPY", "KWD", "CLF"}).Draw(t, "currency")
		minor := rapid.Int64Range(0, 1e12).Draw(t, "minor")
		w, err := locale.New(tag, currency)
		if err != nil {
			t.Fatal(err)
		}
		number := strings.TrimFunc(w.Exact(minor), func(r rune) bool { return r < '0' || r > '9' })
		if got, err := w.Minor(number); err != nil || got != minor {
			t.Fatalf("%s: %d is written %q and read as %d, %v", tag, minor, w.Exact(minor), got, err)
		}
	})
}

func TestUnknownLocalesAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := locale.New("de", "EUR"); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "de-DE") {
		t.Errorf("de gives %v", err)
	}
	if locale.Unit("JPY") != 1 || locale.Unit("EUR") != 100 || locale.Unit("KWD") != 1000 || locale.Unit("CLF") != 10000 {
		t.Error("units are wrong")
	}
}

// FuzzMinor: whatever is typed, it is refused or no less than nothing.
func FuzzMinor(f *testing.F) {
	for _, s := range []string{"20", "1.250,50", "1'250", "9e9", "½"} {
		f.Add("de-DE", s)
	}
	f.Fuzz(func(t *testing.T, tag, typed string) {
		w, _ := locale.New(tag, "EUR") // an unknown locale writes as the default one
		if n, err := w.Minor(typed); err == nil && n < 0 {
			t.Errorf("%q is %d", typed, n)
		}
	})
}
