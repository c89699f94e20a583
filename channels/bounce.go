package channels

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"holdfast/internal/fault"
)

// Bounce is what a returned message says.
type Bounce struct {
	Key    string // idempotency key of the message it is about
	Status string // enhanced status code, such as 5.1.1
	// Failed says that the message was given up; else it is only late.
	Failed bool
	// Address says that the address itself is none: nothing more may go to it.
	Address bool
	Why     string // the receiver's own words, shortened
}

var (
	keyed      = regexp.MustCompile(`\+([0-9a-f]{16})@`)
	identified = regexp.MustCompile(`(?m)^[Mm]essage-[Ii][Dd]:\s*<([0-9a-f]{16})@`)
	statusCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}`)
)

// most bounds what is read of a returned message, and of one of its parts.
const most = 1 << 20

// ParseBounce reads a returned message: a delivery status notification (RFC
// 3464) whose recipient, or whose copy of the message, carries the key. The
// error is Invalid for anything else.
func ParseBounce(r io.Reader) (Bounce, error) {
	m, err := mail.ReadMessage(io.LimitReader(r, most))
	if err != nil {
		return Bounce{}, fault.New(fault.Invalid, "this is no mail: %w", err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return Bounce{}, fault.New(fault.Invalid, "this mail is no delivery report (multipart/report of delivery-status)")
	}
	var b Bounce
	for _, name := range []string{"To", "Delivered-To", "X-Original-To"} {
		if at := keyed.FindStringSubmatch(m.Header.Get(name)); at != nil && b.Key == "" {
			b.Key = at[1]
		}
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for range 10 { // a report has three
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Bounce{}, fault.New(fault.Invalid, "the delivery report is damaged: %w", err)
		}
		if err := b.read(part); err != nil {
			return Bounce{}, err
		}
	}
	if b.Key == "" {
		return Bounce{}, fault.New(fault.Invalid, "the delivery report is about no message of ours: neither its recipient nor the returned message has a key")
	}
	if b.Status == "" {
		return Bounce{}, fault.New(fault.Invalid, "the delivery report gives no status")
	}
	b.Address = b.Failed && (slices.Contains(noAddress, b.Status) || b.Status == "5.2.1")
	return b, nil
}

// read takes what one part of a report tells.
func (b *Bounce) read(part *multipart.Part) error {
	text, err := io.ReadAll(io.LimitReader(part, most))
	if err != nil {
		return fault.New(fault.Invalid, "the delivery report is damaged: %w", err)
	}
	kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		return nil // a part without a type tells nothing
	}
	switch kind {
	case "message/delivery-status":
		b.status(text)
	case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
		if at := identified.FindSubmatch(text); at != nil && b.Key == "" {
			b.Key = string(at[1])
		}
	}
	return nil
}

// status reads the groups of fields, one of the message and one for each
// recipient, of whom a message of ours has one.
func (b *Bounce) status(text []byte) {
	r := textproto.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(text), strings.NewReader("\r\n\r\n"))))
	for range 10 {
		h, err := r.ReadMIMEHeader()
		if at := statusCode.FindString(strings.TrimSpace(h.Get("Status"))); at != "" {
			b.Status = at
			b.Failed = strings.EqualFold(strings.TrimSpace(h.Get("Action")), "failed") && at[0] == '5'
			b.Why = shortened(h.Get("Diagnostic-Code"))
		}
		if err != nil {
			return
		}
	}
}

// shortened is a receiver's text on one line of at most 200 characters.
func shortened(s string) string {
	runes := []rune(strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "?"))
	return string(runes[:min(len(runes), 200)])
}
