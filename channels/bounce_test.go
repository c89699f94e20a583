package channels

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
)

// report is a delivery report in the form of RFC 3464, appendix E.1.
func report(to, status, returned string) string {
	return strings.ReplaceAll(`From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>
To: `+to+`
Subject: Returned mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

The message could not be delivered.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Tue, 10 Mar 2026 10:00:00 +0000

Final-Recipient: rfc822; zofia@example.net
`+status+`
--b1
Content-Type: text/rfc822-headers

`+returned+`
--b1--
`, "\n", "\r\n")
}

func TestParseBounce(t *testing.T) {
	t.Parallel()
	const verp, plain, returned = "bounce+00c0ffee00c0ffee@example.com", "bounce@example.com", "Message-ID: <00c0ffee00c0ffee@example.com>"
	const gone = "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no\n such user"
	key := "00c0ffee00c0ffee"
	for name, c := range map[string]struct {
		text string
		want Bounce
	}{
		"no such address":         {report(verp, gone, ""), Bounce{key, "5.1.1", true, true, "smtp; 550 no such user"}},
		"told by the message":     {report(plain, gone, returned), Bounce{key, "5.1.1", true, true, "smtp; 550 no such user"}},
		"the mailbox is disabled": {report(verp, "Action: failed\nStatus: 5.2.1", ""), Bounce{key, "5.2.1", true, true, ""}},
		"refused as unwanted":     {report(verp, "Action: failed\nStatus: 5.7.1", ""), Bounce{key, "5.7.1", true, false, ""}},
		"late":                    {report(verp, "Action: delayed\nStatus: 4.4.1", ""), Bounce{key, "4.4.1", false, false, ""}},
		"delivered":               {report(verp, "Action: delivered\nStatus: 2.0.0", ""), Bounce{key, "2.0.0", false, false, ""}},
	} {
		got, err := ParseBounce(strings.NewReader(c.text))
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for status, address := range map[string]bool{
		"5.1.0": false, "5.1.1": true, "5.1.2": true, "5.1.3": true, "5.1.4": false, "5.1.6": true,
		"5.1.7": false, "5.1.8": false, "5.1.10": true, "5.1.11": false, "5.2.1": true, "5.2.2": false, "4.1.1": false,
	} {
		got, err := ParseBounce(strings.NewReader(report(verp, "Action: failed\nStatus: "+status, "")))
		if err != nil || got.Status != status || got.Address != address {
			t.Errorf("%s: %+v, %v; want it said of the address: %v", status, got, err, address)
		}
	}
	for text, want := range map[string]string{
		"":                            "this is no mail",
		"Subject: hello\r\n\r\nhi":    "this mail is no delivery report",
		report(plain, gone, ""):       "the delivery report is about no message of ours",
		report(verp, "Action: x", ""): "the delivery report gives no status",
		report(verp, gone, "")[:500]:  "the delivery report is damaged",
	} {
		if _, err := ParseBounce(strings.NewReader(text)); fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func FuzzParseBounce(f *testing.F) {
	f.Add(report("bounce+00c0ffee00c0ffee@example.com", "Action: failed\nStatus: 5.1.1", ""))
	f.Add("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 5")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBounce(strings.NewReader(text))
		if err != nil {
			return
		}
		if len(b.Key) != 16 || b.Status == "" || len([]rune(b.Why)) > 200 || b.Address && !b.Failed {
			t.Errorf("%+v", b)
		}
	})
}
