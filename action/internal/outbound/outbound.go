// Package outbound bounds what requests to other hosts may cost and reveal, whatever the hosts answer.
//
// A secret goes out encrypted, or stays on this machine: [Readable] reports whether others could read it on the way.
//
// A hostile host costs little: [Transport] bounds the headers of an answer, a [Room] bounds the bodies that are in memory at
// the same time, and a [Retrier] bounds tries, waits and the time of all of them. Bounds of whole calls are the caller's, in contexts.
package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Loopback reports whether a host, with or without a port, is this machine: localhost, ::1, or in 127.0.0.0/8.
func Loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// Readable reports whether others could read on the way what is sent to an address.
func Readable(address *url.URL) bool { return address.Scheme != "https" && !Loopback(address.Host) }

const (
	// maxHeader is the most bytes that the headers of an answer may have. Those of GitHub have about 5,000.
	maxHeader = 64 << 10
	// maxUnread is the most bytes of an answer over HTTP/2 that are kept before they are read; Go's own limit is 4 MB, and up
	// to 64 answers arrive at a time.
	maxUnread = 256 << 10
)

// Transport sends requests. Requests to this machine never go through a proxy.
//
// Hosts with HTTP/2, which are GitHub and most registries, get one connection. It is given up when nothing comes for 8
// seconds, not even the answer to a ping, since the next try would use it again. To other hosts the transport keeps as many
// connections as a round of requests needs.
func Transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	t.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: maxUnread, SendPingTimeout: 5 * time.Second, PingTimeout: 3 * time.Second}
	t.MaxResponseHeaderBytes = maxHeader
	t.Proxy = func(r *http.Request) (*url.URL, error) {
		if Loopback(r.URL.Host) {
			return nil, nil
		}
		return http.ProxyFromEnvironment(r)
	}
	return t
}

// RetryAfter returns how long a host asks to wait (RFC 9110, section 10.2.3); 0 when it does not. A time is compared with
// the clock of the host, in Date.
func RetryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds) * time.Second // out of range: 68 years
	}
	then, err := http.ParseTime(text)
	now, errDate := http.ParseTime(h.Get("Date"))
	if err != nil || errDate != nil {
		return 0
	}
	return max(0, then.Sub(now))
}

// TimeFor reports whether a wait would end before its context does.
func TimeFor(ctx context.Context, wait time.Duration) bool {
	end, ends := ctx.Deadline()
	return !ends || wait < time.Until(end)
}
