package store

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"

	"holdfast/history"
)

// The bodies that differ from fact to fact are decoded here, ten times faster
// than by encoding/json, as long as they are written plainly, as nearly all
// are: no blanks, no escapes, no key twice over in another case. Anything else
// is left to encoding/json; a fuzz test holds the two together.

// plain reads such JSON from the front of what is left.
type plain []byte

// skip takes one character and says whether it was there.
func (p *plain) skip(c byte) bool {
	if len(*p) == 0 || (*p)[0] != c {
		return false
	}
	*p = (*p)[1:]
	return true
}

// text takes a string without escapes.
func (p *plain) text() (string, bool) {
	if !p.skip('"') {
		return "", false
	}
	end := bytes.IndexByte(*p, '"')
	if end < 0 {
		return "", false
	}
	s := (*p)[:end]
	for _, c := range s {
		if c < ' ' || c == '\\' {
			return "", false
		}
	}
	if !utf8.Valid(s) {
		return "", false
	}
	*p = (*p)[end+1:]
	return string(s), true
}

// number takes a whole number.
func (p *plain) number() (int64, bool) {
	end := 0
	for end < len(*p) && ((*p)[end] >= '0' && (*p)[end] <= '9' || end == 0 && (*p)[0] == '-') {
		end++
	}
	digits := bytes.TrimPrefix((*p)[:end], []byte("-"))
	if len(digits) == 0 || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(string((*p)[:end]), 10, 64)
	*p = (*p)[end:]
	return n, err == nil
}

// instant takes a time as encoding/json writes it.
func (p *plain) instant() (t time.Time, ok bool) {
	s, ok := p.text()
	if ok {
		ok = t.UnmarshalText([]byte(s)) == nil
	}
	return t, ok
}

// object takes an object, giving each key to member, which takes its value.
func (p *plain) object(member func(key string) bool) bool {
	if !p.skip('{') {
		return false
	}
	if p.skip('}') {
		return true
	}
	for {
		key, ok := p.text()
		if !ok || !p.skip(':') || !member(key) {
			return false
		}
		if p.skip('}') {
			return true
		}
		if !p.skip(',') {
			return false
		}
	}
}

// plainBody decodes a body that is written plainly.
func plainBody(kind history.FactKind, text []byte) (body any, ok bool) {
	p := plain(text)
	switch kind {
	case history.FactProfile:
		body, ok = p.profile()
	case history.FactContactPoint:
		body, ok = p.contactPoint()
	case history.FactSubscription:
		body, ok = p.subscription()
	}
	return body, ok && len(p) == 0
}

func (p *plain) profile() (v history.Profile, ok bool) {
	ok = p.object(func(key string) bool {
		if key != "a" || v.Attributes != nil {
			return false
		}
		v.Attributes = map[string]string{}
		return p.object(func(name string) (ok bool) {
			v.Attributes[name], ok = p.text()
			return ok
		})
	})
	return v, ok
}

func (p *plain) contactPoint() (v history.ContactPoint, ok bool) {
	ok = p.object(func(key string) (ok bool) {
		switch key {
		case "ch":
			v.Channel, ok = p.text()
		case "v":
			v.Value, ok = p.text()
		case "u":
			v.Until, ok = p.instant()
		}
		return ok
	})
	return v, ok
}

func (p *plain) subscription() (v history.Subscription, ok bool) {
	ok = p.object(func(key string) (ok bool) {
		switch key {
		case "p":
			v.Plan, ok = p.text()
		case "s":
			v.Start, ok = p.instant()
		case "r":
			v.RenewsAt, ok = p.instant()
		case "v":
			v.ValueMinor, ok = p.number()
		case "m":
			var n int64
			n, ok = p.number()
			v.PeriodMonths = int(n)
		}
		return ok
	})
	return v, ok
}
