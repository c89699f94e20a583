package tabular

// iso reads 2006-01-31[(T| )15:04[:05[(.|,)999]][ ][Z|±07[[:]00]]].
func (t *Times) iso(text []byte) (int64, Reason) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return 0, t.bad
	}
	y, ok1 := number(text[:4])
	m, ok2 := number(text[5:7])
	d, ok3 := number(text[8:10])
	if !ok1 || !ok2 || !ok3 {
		return 0, t.bad
	}
	days, ok := daysOf(y, m, d)
	if !ok {
		return 0, NoSuchDate
	}
	if len(text) == 10 {
		return t.zone.utc(days*86400) * 1e6, OK
	}
	if c := text[10]; (c != 'T' && c != ' ') || len(text) < 16 {
		return 0, t.bad
	}
	return t.isoClock(text[11:], days)
}

func (t *Times) isoClock(text []byte, days int64) (int64, Reason) {
	if text[2] != ':' {
		return 0, t.bad
	}
	hour, ok1 := number(text[:2])
	minute, ok2 := number(text[3:5])
	second, ok3, micros := int64(0), true, int64(0)
	text = text[5:]
	if len(text) >= 3 && text[0] == ':' {
		second, ok3 = number(text[1:3])
		text = text[3:]
		if len(text) > 1 && (text[0] == '.' || text[0] == ',') {
			var n int
			micros, n = fraction(text[1:])
			if n == 0 {
				return 0, t.bad
			}
			text = text[1+n:]
		}
	}
	if !ok1 || !ok2 || !ok3 {
		return 0, t.bad
	}
	if hour > 23 || minute > 59 || second > 59 {
		return 0, NoSuchTime
	}
	wall := days*86400 + hour*3600 + minute*60 + second
	if len(text) == 0 {
		return t.zone.utc(wall)*1e6 + micros, OK
	}
	if text[0] == ' ' {
		text = text[1:]
	}
	offset, n := offsetOf(text)
	if n == 0 || n != len(text) {
		return 0, t.bad
	}
	return (wall-offset)*1e6 + micros, OK
}

// fraction reads digits after a point as microseconds and gives how many
// there were.
func fraction(text []byte) (micros int64, n int) {
	for n < len(text) && text[n]-'0' <= 9 {
		if n < 6 {
			micros = micros*10 + int64(text[n]-'0')
		}
		n++
	}
	for i := n; i < 6; i++ {
		micros *= 10
	}
	return micros, n
}

// offsetOf reads Z, ±07, ±0700 or ±07:00 in seconds and gives its length, or 0.
func offsetOf(text []byte) (seconds int64, n int) {
	if len(text) > 0 && text[0] == 'Z' {
		return 0, 1
	}
	if len(text) < 3 || (text[0] != '+' && text[0] != '-') {
		return 0, 0
	}
	hours, ok := number(text[1:3])
	if !ok || hours > 23 {
		return 0, 0
	}
	n = 3
	minutes := int64(0)
	rest := text[3:]
	if len(rest) > 0 && rest[0] == ':' {
		rest = rest[1:]
		n++
	}
	if len(rest) >= 2 {
		if minutes, ok = number(rest[:2]); !ok || minutes > 59 {
			return 0, 0
		}
		n += 2
	} else if n == 4 {
		return 0, 0
	}
	seconds = hours*3600 + minutes*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, n
}
