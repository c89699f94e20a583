package channels

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// mailServer is an SMTP server that keeps what it took. script says how it
// answers a word of the protocol otherwise than well; "hang up" ends the
// connection there.
type mailServer struct {
	listener net.Listener
	script   map[string]string
	mu       sync.Mutex
	mails    []string
	senders  []string
	calls    int
}

func newMailServer(t *testing.T, script map[string]string) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{listener: l, script: script}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.calls++
			s.mu.Unlock()
			go s.serve(c)
		}
	}()
	return s
}

// say answers a word; false ends the connection.
func (s *mailServer) say(c net.Conn, word, well string) bool {
	if other, ok := s.script[word]; ok {
		well = other
	}
	if well == "hang up" {
		return false
	}
	_, err := fmt.Fprintf(c, "%s\r\n", well)
	return err == nil
}

func (s *mailServer) serve(c net.Conn) {
	defer c.Close() //nolint:errcheck // the test is over, or hung up
	r := bufio.NewReader(c)
	if !s.say(c, "", "220 test") {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		well := "250 2.0.0 ok"
		switch word {
		case "MAIL":
			s.mu.Lock()
			s.senders = append(s.senders, strings.TrimSpace(line))
			s.mu.Unlock()
		case "DATA":
			well = "354 go on"
		case "EHLO":
			well = "250-test\r\n250 ENHANCEDSTATUSCODES"
		case "QUIT":
			well = "221 bye"
		}
		if !s.say(c, word, well) || word == "QUIT" {
			return
		}
		if word == "DATA" && s.script["DATA"] == "" && !s.take(c, r) {
			return
		}
	}
}

// take reads a message up to its last line, and keeps it if it says so.
func (s *mailServer) take(c net.Conn, r *bufio.Reader) bool {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || s.script["text"] == "hang up" {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(line)
	}
	if answer := s.script["."]; answer == "" || answer == "hang up" {
		s.mu.Lock()
		s.mails = append(s.mails, text.String())
		s.mu.Unlock()
	}
	return s.say(c, ".", "250 2.0.0 queued as 17") && s.script["after"] != "hang up"
}

func (s *mailServer) carrier() *SMTP {
	return &SMTP{
		Config: SMTPConfig{
			Host: "127.0.0.1", Port: s.listener.Addr().(*net.TCPAddr).Port, TLS: TLSNone,
			From: "Ann of Example <ann@example.com>", Bounces: "bounce@example.com",
		},
		Timeout: 5 * time.Second, Now: func() time.Time { return now },
		Unsubscribe: func(interventions.Message) string { return "https://desk.example.com/unsubscribe/abc" },
	}
}

func mailed() interventions.Message {
	m := letter()
	m.Channel, m.To, m.Name, m.IdempotencyKey = interventions.ChannelEmail, "zofia@example.net", "Zofia Żak", "00c0ffee00c0ffee"
	m.Subject, m.Body = "Dla Ciebie: żółw\r\nBcc: all@example.org", "Dear Zofia,\n.\nthank you.\n"
	return m
}

// What leaves is one mail to one person, with a sender that tells the message
// when it comes back, and the two headers of RFC 8058.
func TestMailLeaves(t *testing.T) {
	t.Parallel()
	s := newMailServer(t, nil)
	receipt, err := s.carrier().Send(context.Background(), mailed())
	if err != nil || !strings.Contains(receipt, "queued as 17") {
		t.Fatalf("receipt %q, %v", receipt, err)
	}
	if len(s.mails) != 1 || len(s.senders) != 1 || !strings.Contains(s.senders[0], "<bounce+00c0ffee00c0ffee@example.com>") {
		t.Fatalf("%d mails from %v", len(s.mails), s.senders)
	}
	m, err := netmail.ReadMessage(strings.NewReader(s.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"List-Unsubscribe":      "<https://desk.example.com/unsubscribe/abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Message-ID":            "<00c0ffee00c0ffee@example.com>",
		"Bcc":                   "",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if to, err := m.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Name != "Zofia Żak" || to[0].Address != "zofia@example.net" {
		t.Errorf("to %v, %v", to, err)
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || got != "Dla Ciebie: żółw Bcc: all@example.org" {
		t.Errorf("subject %q, %v", got, err)
	}
	if !strings.Contains(s.mails[0], "https://desk.example.com/unsubscribe/abc\r\n") || !strings.Contains(s.mails[0], "\r\n..\r\n") {
		t.Errorf("the text: %s", s.mails[0])
	}
}

// What each way of failing means for another try.
func TestMailServerFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script  map[string]string
		kind    fault.Kind // 0: the message was taken
		unclear bool
	}{
		"accepts the connection and drops it": {map[string]string{"": "hang up"}, fault.Unavailable, false},
		"drops after the greeting":            {map[string]string{"EHLO": "hang up", "HELO": "hang up"}, fault.Unavailable, false},
		"drops at the recipient":              {map[string]string{"RCPT": "hang up"}, fault.Unavailable, false},
		"drops before the text":               {map[string]string{"DATA": "hang up"}, fault.Unavailable, false},
		"drops in the middle of the text":     {map[string]string{"text": "hang up"}, fault.Unavailable, true}, // its last line may have been read
		"drops instead of the last answer":    {map[string]string{".": "hang up"}, fault.Unavailable, true},
		"drops once it has answered":          {map[string]string{"after": "hang up"}, 0, false},
		"does not know the recipient":         {map[string]string{"RCPT": "550 5.1.1 unknown"}, fault.Invalid, false},
		"is greylisting":                      {map[string]string{"RCPT": "451 4.7.1 later"}, fault.Unavailable, false},
		"refuses the text":                    {map[string]string{".": "554 5.7.1 spam"}, fault.Invalid, false},
		"is full":                             {map[string]string{".": "452 4.3.1 full"}, fault.Unavailable, false},
		"fails to reset":                      {map[string]string{"RSET": "500 what"}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newMailServer(t, c.script)
			_, err := s.carrier().Send(context.Background(), mailed())
			if (err == nil) != (c.kind == 0) || (err != nil && fault.Of(err) != c.kind) || errors.Is(err, ErrUnclear) != c.unclear {
				t.Errorf("%v, want kind %v, unclear %v", err, c.kind, c.unclear)
			}
			if err != nil && strings.Contains(err.Error(), "zofia") {
				t.Errorf("the error tells whom it was for: %v", err)
			}
		})
	}
}

// A mail that may have arrived is never sent again: it is a person's.
func TestMailIsSentOnce(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]struct {
		state interventions.MessageState
		mails int
	}{
		".":     {interventions.MessageUnknown, 1},
		"after": {interventions.MessageSent, 1},
	} {
		s := newMailServer(t, map[string]string{script: "hang up"})
		d := newDesk()
		d.message = mailed()
		d.known = func(k *interventions.Known) {
			email := k.Points[0]
			email.Channel, email.Value, email.Ref = "email", "zofia@example.net", 3
			k.Points = append(k.Points, email)
		}
		del := d.deliverer(t)
		del.Carriers = map[interventions.Channel]Carrier{interventions.ChannelEmail: s.carrier()}
		for range 3 {
			_, err := del.Deliver(context.Background(), 5)
			if errors.Is(err, ErrAskReceiver) != (want.state == interventions.MessageUnknown) || (err != nil && fault.Of(err) != fault.Held) {
				t.Fatalf("%s: %v", script, err)
			}
		}
		if len(d.stamps) != 1 || !d.stamps[0].Contacted {
			t.Errorf("%s: as a contact it counts as %+v", script, d.stamps)
		}
		if d.message.State != want.state || len(s.mails) != want.mails || s.calls != 1 {
			t.Errorf("%s: %s after %d mails and %d calls", script, d.message.State, len(s.mails), s.calls)
		}
	}
}

// More messages than a minute bears come back later, spread out.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	d := newDesk()
	del := d.deliverer(t)
	del.PerMinute = map[interventions.Channel]int{interventions.ChannelLetter: 2}
	d.begun = 2
	again, err := del.Deliver(context.Background(), 5)
	if err != nil || again.Before(now.Add(time.Hour+time.Minute)) || again.After(now.Add(time.Hour+6*time.Minute)) || d.calls != 0 {
		t.Errorf("again at %v after %d calls: %v", again, d.calls, err)
	}
	d.begun = 1
	if again, err := del.Deliver(context.Background(), 5); err != nil || !again.IsZero() || d.calls != 1 {
		t.Errorf("again at %v after %d calls: %v", again, d.calls, err)
	}
}

// Only what a server says of the recipient, and for good, is said of the address.
func TestAnAddressThatIsNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word, answer string
		none         bool
	}{
		{"RCPT", "550 5.1.1 unknown", true},
		{"RCPT", "550 5.1.2 no such domain", true},
		{"RCPT", "553 5.1.3 no address", true},
		{"RCPT", "551 5.1.6 moved", true},
		{"RCPT", "554 5.1.1 unknown", true},
		{"RCPT", "556 5.1.10 null MX", true},
		{"RCPT", "550 5.1.0 sender rejected", false},
		{"RCPT", "550 5.1.7 sender rejected", false},
		{"RCPT", "550 5.1.8 sender rejected", false},
		{"RCPT", "550 5.7.1 relaying denied, not 5.1.1", false},
		{"RCPT", "550 5.2.2 full", false},
		{"RCPT", "552 5.1.1 full", false},
		{"RCPT", "554 refused", false},
		{"RCPT", "550 refused", false},
		{"RCPT", "450 4.1.1 not now", false},
		{"RCPT", "hang up", false},
		{"MAIL", "550 5.1.1 unknown", false},
		{"DATA", "550 5.1.1 unknown", false},
		{".", "550 5.1.1 unknown", false},
	} {
		s := newMailServer(t, map[string]string{c.word: c.answer})
		if _, err := s.carrier().Send(context.Background(), mailed()); err == nil || errors.Is(err, ErrNoAddress) != c.none {
			t.Errorf("%s answered with %q: %v, want it said of the address: %v", c.word, c.answer, err, c.none)
		}
	}
}
