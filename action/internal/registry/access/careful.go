package access

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// MaxAnswer is the most bytes of an answer. A list of tags without pages needs 10 MB for 100,000 long tags.
const MaxAnswer = 16 << 20

// careful sends requests. It keeps them off the open network when they are not encrypted, bounds the size of all answers, and
// marks the failures that are worth another try, wherever they show: in handshakes, answers and bodies.
type careful struct{ inner http.RoundTripper }

// RoundTrip fails with busy for 429 and 5xx, and with lost for a connection that breaks.
func (c *careful) RoundTrip(req *http.Request) (*http.Response, error) {
	if before := req.Response; before != nil && before.Request != nil && before.Request.URL.Scheme == "https" && req.URL.Scheme != "https" {
		return nil, errors.New("the registry redirects from https to http, which is refused")
	}
	if outbound.Readable(req.URL) {
		return nil, fmt.Errorf("%s would be spoken to in plain HTTP, which is for registries on this machine alone: give it TLS", req.URL.Host)
	}
	resp, err := c.inner.RoundTrip(req)
	switch {
	case err != nil:
		return nil, lose(err)
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		resp.Body.Close()
		return nil, &busy{status: resp.StatusCode, after: outbound.RetryAfter(resp.Header)}
	}
	resp.Body = &body{resp.Body, MaxAnswer + 1}
	return resp, nil
}

// busy is an answer that may be another one a little later.
type busy struct {
	status int
	after  time.Duration // what the registry asks for; 0: nothing
}

func (b *busy) Error() string {
	if b.after > 0 {
		return fmt.Sprintf("the registry answers %d %s, and asks to come again in %v", b.status, http.StatusText(b.status), b.after)
	}
	return fmt.Sprintf("the registry answers %d %s", b.status, http.StatusText(b.status))
}

// lose marks what another try may mend: not a certificate, nor plain HTTP where TLS was tried, nor a host that there is not.
func lose(err error) error {
	if dns := new(net.DNSError); errors.As(err, &dns) && dns.IsNotFound {
		return err
	}
	if bad := new(tls.CertificateVerificationError); errors.As(err, &bad) || errors.Is(err, http.ErrSchemeMismatch) {
		return err
	}
	return &outbound.Lost{Err: err}
}

// A body marks what breaks while it is read, and fails where it is longer than any honest one. Its readers bound what is in
// memory: a Room, and the handshake, which takes 64 kB.
type body struct {
	io.ReadCloser
	left int // bytes
}

func (b *body) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, outbound.ErrTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	if err != nil && err != io.EOF {
		err = &outbound.Lost{Err: err}
	}
	return n, err
}

// homebound lets credentials go to one host alone, whatever token service a registry names.
type homebound struct {
	inner http.RoundTripper
	host  string
}

func (h *homebound) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Authorization") != "" && req.URL.Host != h.host {
		return nil, fmt.Errorf("the credentials for %s would go to %.200q, which is refused", h.host, req.URL.Host)
	}
	return h.inner.RoundTrip(req)
}

// Again reports whether another try may mend a failure, and how long to wait for it: see [outbound.Again].
func Again(err error, wait time.Duration) (time.Duration, bool) {
	if b := new(busy); errors.As(err, &b) {
		return cmp.Or(b.after, wait), true
	}
	return wait, errors.As(err, new(*outbound.Lost))
}
