package channels

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// SMTP hands each message to a mail server, one connection a message. The
// envelope's sender and the Message-ID carry the idempotency key, so that a
// returned message can be told; a message that promotes carries the headers of
// one-click unsubscribing (RFC 8058).
type SMTP struct {
	Config  SMTPConfig
	Timeout time.Duration
	Now     func() time.Time
	// Unsubscribe is the https address that a message's customer objects at;
	// empty for a message that promotes nothing.
	Unsubscribe func(interventions.Message) string
	trust       *tls.Config // nil trusts the system's authorities
}

// Repeatable is false: no mail server tells a second copy from the first.
func (*SMTP) Repeatable() bool { return false }

// Send hands the message over. The receipt is the server's own word. What the
// server refuses for good (5xx) is Invalid, and ErrNoAddress where there is no
// such recipient; a refusal for now (4xx), and a connection that ends before the
// whole message was sent, may be tried again; ErrUnclear is a connection that
// ends between the message's last line and the server's answer to it.
func (s *SMTP) Send(ctx context.Context, m interventions.Message) (string, error) {
	msg, err := s.compose(m)
	if err != nil {
		return "", err
	}
	client, err := s.client()
	if err != nil {
		return "", fault.New(fault.Invalid, "channels.smtp: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if msg.IsDelivered() { // whatever happened to the connection afterwards
		return msg.ServerResponse(), nil
	}
	return "", s.failed(err)
}

func (s *SMTP) client() (*mail.Client, error) {
	c := s.Config
	options := []mail.Option{mail.WithPort(c.Port), mail.WithTimeout(s.Timeout), mail.WithoutNoop()}
	switch c.TLS {
	case TLSImplicit:
		options = append(options, mail.WithSSL())
	case TLSNone:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.trust != nil {
		options = append(options, mail.WithTLSConfig(s.trust))
	}
	if c.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.Username), mail.WithPassword(c.Password))
	}
	return mail.NewClient(c.Host, options...)
}

// compose makes the mail. Who it is for, what it says and its key are the same
// however often it is made.
func (s *SMTP) compose(m interventions.Message) (*mail.Msg, error) {
	from, err := netmail.ParseAddress(s.Config.From)
	if err != nil {
		return nil, fault.New(fault.Invalid, "channels.smtp.from: %q is no address", s.Config.From)
	}
	msg := mail.NewMsg()
	msg.FromMailAddress(from)
	if err := msg.EnvelopeFrom(returnAddress(s.Config.Bounces, m.IdempotencyKey)); err != nil {
		return nil, fault.New(fault.Invalid, "channels.smtp.bounces: %q is no address", s.Config.Bounces)
	}
	to, err := netmail.ParseAddress(m.To)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the customer's e-mail address is none")
	}
	msg.AddToMailAddress(&netmail.Address{Name: m.Name, Address: to.Address})
	msg.Subject(strings.Join(strings.Fields(m.Subject), " "))
	msg.SetDateWithValue(s.Now())
	msg.SetMessageIDWithValue(m.IdempotencyKey + "@" + domainOf(from.Address))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	text := m.Body
	if link := s.Unsubscribe(m); link != "" {
		msg.SetGenHeaderPreformatted(mail.HeaderListUnsubscribe, "<"+link+">")
		msg.SetGenHeaderPreformatted(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
		text = strings.TrimRight(text, "\n") + "\n\n-- \n" + link + "\n"
	}
	msg.SetBodyString(mail.TypeTextPlain, text)
	return msg, nil
}

// failed sorts out what a failure means for another try.
func (s *SMTP) failed(err error) error {
	var send *mail.SendError
	if !errors.As(err, &send) { // before anything of the message: reaching, greeting, TLS, signing in
		return fault.New(fault.Unavailable, "the mail server %s:%d cannot be used: %w", s.Config.Host, s.Config.Port, err)
	}
	code := send.ErrorCode()
	switch {
	case noSuchAddress(send):
		return fault.As(fault.Invalid, fmt.Errorf("the mail server refused the message with %d%s: %w", code, enhanced(send), ErrNoAddress))
	case code >= 500:
		return fault.New(fault.Invalid, "the mail server refused the message with %d%s", code, enhanced(send))
	case code >= 400:
		return fault.New(fault.Unavailable, "the mail server does not take the message now (%d%s)", code, enhanced(send))
	case send.Reason == mail.ErrSMTPDataClose:
		return fault.As(fault.Unavailable, fmt.Errorf("the mail server took the message and did not answer: %w", ErrUnclear))
	}
	return fault.New(fault.Unavailable, "the mail server ended the connection before the message was sent")
}

// ErrNoAddress means that the address of a message is none, by the word of the
// receiver: nothing more may go to it.
var ErrNoAddress = errors.New("the address does not exist")

// noAddress are the enhanced status codes (RFC 3463, RFC 7505) of a recipient
// whom there is not, at RCPT and in returned mail alike. The others of 5.1 are
// about the sender (5.1.7, 5.1.8), say that the message did arrive (5.1.9) or
// that the address would fit two (5.1.4), or do not say whose address is meant
// (5.1.0): a good address that is given up is lost, a bad one comes back again.
var noAddress = []string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}

// noSuchAddress says whether the server refused the recipient because there is
// none: not the sender, the text, or a mailbox that is full (552).
func noSuchAddress(e *mail.SendError) bool {
	return e.Reason == mail.ErrSMTPRcptTo && e.ErrorCode() >= 500 && e.ErrorCode() != 552 && slices.Contains(noAddress, e.EnhancedStatusCode())
}

func enhanced(e *mail.SendError) string {
	if status := e.EnhancedStatusCode(); status != "" {
		return " " + status
	}
	return ""
}

// returnAddress is where the mail server returns a message that it could not
// deliver: the address for bounces with the message's key in it (VERP).
//
//	bounce@example.com, 00c0ffee → bounce+00c0ffee@example.com
func returnAddress(bounces, key string) string {
	local, domain, _ := strings.Cut(bounces, "@")
	return local + "+" + key + "@" + domain
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}
