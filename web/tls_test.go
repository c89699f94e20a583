package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/web"
)

// writePair writes a certificate of that serial number and its key.
func writePair(t *testing.T, dir string, serial int64) web.TLSConfig {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"desk.example.com"}, NotBefore: tuesday, NotAfter: tuesday.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := web.TLSConfig{Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	replaced(t, c.Certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	replaced(t, c.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text}))
	return c
}

// replaced puts a new file in the place of an old one, as certificate tools do.
func replaced(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestCertificatesAreReadAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := writePair(t, dir, 1)
	cfg, err := files.Server(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		pair, err := cfg.GetCertificate(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Errorf("certificate %d", n)
	}
	writePair(t, dir, 2)
	if n := serial(); n != 2 {
		t.Errorf("after it was renewed: certificate %d", n)
	}
	replaced(t, files.Certificate, []byte("half a fi"))
	if n := serial(); n != 2 {
		t.Errorf("with a broken file: certificate %d", n)
	}
	if err := os.Remove(files.Key); err != nil {
		t.Fatal(err)
	}
	if n := serial(); n != 2 {
		t.Errorf("without a key: certificate %d", n)
	}
	writePair(t, dir, 3)
	if n := serial(); n != 3 {
		t.Errorf("after it was mended: certificate %d", n)
	}
	_, err = web.TLSConfig{Certificate: filepath.Join(dir, "none"), Key: files.Key}.Server(nil)
	if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "read the certificate") {
		t.Errorf("without a certificate: %v", err)
	}
}

// TestProxiesAreTrustedAsFarAsSaid: the audit has the address of who asks, which
// nobody but a trusted proxy can choose.
func TestProxiesAreTrustedAsFarAsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ remote, forwarded, want string }{
		"no proxy":             {"203.0.113.9:4711", "", "203.0.113.9"},
		"a liar":               {"203.0.113.9:4711", "198.51.100.1", "203.0.113.9"},
		"a proxy":              {"10.1.2.3:99", "198.51.100.1", "198.51.100.1"},
		"two proxies":          {"10.1.2.3:99", "198.51.100.1, 10.9.9.9", "198.51.100.1"},
		"a liar behind one":    {"10.1.2.3:99", "6.6.6.6, 198.51.100.1", "198.51.100.1"},
		"a proxy says nothing": {"10.1.2.3:99", "", "10.1.2.3"},
		"a proxy says rubbish": {"10.1.2.3:99", "198.51.100.1, <script>", "10.1.2.3"},
		"IPv6":                 {"[2001:db8::1]:99", "2001:db8:ffff::7", "2001:db8:ffff::7"},
		"IPv4 in IPv6":         {"[::ffff:10.1.2.3]:99", "198.51.100.1", "198.51.100.1"},
	} {
		w := newWorld(t)
		d := w.deps(time.UTC)
		d.Config.TrustedProxies = []string{"10.0.0.0/8", "2001:db8::1"}
		h, err := web.New(d)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("name=ann&password=wrong"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got := w.addresses; len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
	bad := web.DefaultConfig()
	bad.TrustedProxies = []string{"everybody"}
	if err := bad.Validate(); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "trusted_proxies") {
		t.Errorf("%v", err)
	}
	bad = web.DefaultConfig()
	bad.TLS.Key = "key.pem"
	if err := bad.Validate(); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "tls") {
		t.Errorf("%v", err)
	}
}

func TestSingleSignOnIsOfferedWhereThereIsOne(t *testing.T) {
	t.Parallel()
	b := newWorld(t).browser(t)
	b.get("/sign-in").must(t, http.StatusOK).without(t, "/sign-in/sso")
	b.get("/sign-in/sso").must(t, http.StatusNotFound, "no single sign-on here")
	b.get("/sign-in/answer?state=x&code=y").must(t, http.StatusNotFound)
}
