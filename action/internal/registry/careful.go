package registry

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// careful sends requests. It keeps them off the open network when they are not encrypted, and marks the
// failures that are worth another try, wherever they show: in handshakes, answers and bodies.
type careful struct{ inner http.RoundTripper }

// RoundTrip fails with busy for 429 and 5xx, and with lost for a connection that breaks.
func (c *careful) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && !loopback(req.URL.Host) {
		return nil, fmt.Errorf("%s would be spoken to in plain HTTP, which is for registries on this machine alone: give it TLS", req.URL.Host)
	}
	resp, err := c.inner.RoundTrip(req)
	switch {
	case err != nil:
		return nil, lose(err)
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		resp.Body.Close()
		return nil, &busy{status: resp.StatusCode, after: retryAfter(resp.Header)}
	}
	resp.Body = body{resp.Body}
	return resp, nil
}

// busy is an answer that may be another one a little later.
type busy struct {
	status int
	after  time.Duration // what the registry asks for; 0: nothing
}

func (b *busy) Error() string {
	return fmt.Sprintf("the registry answers %d %s", b.status, http.StatusText(b.status))
}

// lost is a connection that broke.
type lost struct{ err error }

func (l *lost) Error() string { return "the connection was lost: " + l.err.Error() }
func (l *lost) Unwrap() error { return l.err }

// lose marks what another try may mend: not a certificate, nor plain HTTP where TLS was tried, nor a host that there is not.
func lose(err error) error {
	if dns := new(net.DNSError); errors.As(err, &dns) && dns.IsNotFound {
		return err
	}
	if bad := new(tls.CertificateVerificationError); errors.As(err, &bad) || errors.Is(err, http.ErrSchemeMismatch) {
		return err
	}
	return &lost{err}
}

// A body marks what breaks while it is read.
type body struct{ io.ReadCloser }

func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = &lost{err}
	}
	return n, err
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds, or a time, which the clock of the registry
// is held against.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	then, err := http.ParseTime(text)
	now, errDate := http.ParseTime(h.Get("Date"))
	if err != nil || errDate != nil {
		return 0
	}
	return max(0, then.Sub(now))
}

// loopback tells whether a host, with or without a port, is this machine.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
