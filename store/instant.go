package store

import "time"

// micros is how a time is kept: microseconds since 1970 UTC.
func micros(t time.Time) int64 { return t.UnixMicro() }

// instant is the reverse of micros.
func instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

// microsOrZero keeps the zero time, which stands for "not yet", as 0.
func microsOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instantOrZero is the reverse of microsOrZero.
func instantOrZero(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return instant(us)
}
