package web

import (
	"crypto/tls"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"

	"holdfast/internal/fault"
)

// TLSConfig names the files of the desk's own certificate, in PEM; without them
// it speaks plain HTTP, behind a proxy.
type TLSConfig struct {
	Certificate string `yaml:"certificate"` // with the chain
	Key         string `yaml:"key"`
}

// certificate is the pair of files as they were when they were last read.
type certificate struct {
	files TLSConfig
	log   *slog.Logger
	mu    sync.Mutex
	seen  [2]fs.FileInfo
	pair  *tls.Certificate
}

// Server returns how to speak TLS: Invalid when the files are no certificate and
// its key. When the files change, the next connection gets the new certificate;
// while what they hold is not a pair, it gets the old one.
func (c TLSConfig) Server(log *slog.Logger) (*tls.Config, error) {
	held := &certificate{files: c, log: log}
	if err := held.read(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: held.get}, nil
}

// stat looks at both files; nil for one that is not there.
func (c *certificate) stat() (seen [2]fs.FileInfo) {
	seen[0], _ = os.Stat(c.files.Certificate) // reading says what is wrong
	seen[1], _ = os.Stat(c.files.Key)
	return seen
}

func (c *certificate) read() error {
	c.seen = c.stat()
	pair, err := tls.LoadX509KeyPair(c.files.Certificate, c.files.Key)
	if err != nil {
		return fault.New(fault.Invalid, "web.tls: read the certificate %s and its key %s: %w", c.files.Certificate, c.files.Key, err)
	}
	c.pair = &pair
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.stat(); changed(c.seen[0], now[0]) || changed(c.seen[1], now[1]) {
		if err := c.read(); err != nil {
			c.log.Warn("the new certificate cannot be used, the old one stays", "error", err.Error())
		} else {
			c.log.Info("the certificate was read anew", "file", c.files.Certificate)
		}
	}
	return c.pair, nil
}

func changed(before, now fs.FileInfo) bool {
	if before == nil || now == nil {
		return before != now
	}
	return !before.ModTime().Equal(now.ModTime()) || before.Size() != now.Size() || !os.SameFile(before, now)
}

// proxies are the networks whose word on who asks is taken.
type proxies []netip.Prefix

func parseProxies(list []string) (proxies, error) {
	var p proxies
	for _, text := range list {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, e := netip.ParseAddr(text)
			if e != nil {
				return nil, fault.New(fault.Invalid, "trusted_proxies: %q is not an address or network such as 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		p = append(p, prefix.Masked())
	}
	return p, nil
}

func (p proxies) trust(address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, prefix := range p {
		if prefix.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// clientOf is the address of who asks: the last in X-Forwarded-For that no
// trusted proxy has, if a trusted proxy passes the request on. Anybody can write
// what stands before it. A zone, which may be any text, is left out.
func (p proxies) clientOf(r *http.Request) string {
	client := r.RemoteAddr
	if own, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		client = own.Addr().WithZone("").String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trust(client); i-- {
		hop := strings.TrimSpace(hops[i])
		a, err := netip.ParseAddr(hop)
		if err != nil {
			break
		}
		client = a.WithZone("").String()
	}
	return client
}
