package outbound_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// TestTransport: the requests of one round use the connections of the round before.
func TestTransport(t *testing.T) {
	const atOnce, rounds = 16, 3
	var made atomic.Int64
	var together sync.WaitGroup // all requests of a round are under way before one is answered
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		together.Done()
		together.Wait()
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			made.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := http.Client{Transport: outbound.Transport()}
	for range rounds {
		together.Add(atOnce)
		var done sync.WaitGroup
		for range atOnce {
			done.Go(func() {
				resp, err := client.Get(server.URL)
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
			})
		}
		done.Wait()
	}
	if made.Load() != atOnce {
		t.Errorf("%d rounds of %d requests made %d connections, want %d", rounds, atOnce, made.Load(), atOnce)
	}
}

// overHTTP2 starts a host with HTTP/2, and gives a client that trusts it.
func overHTTP2(t *testing.T, answer http.HandlerFunc) (*httptest.Server, *http.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(answer)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := outbound.Transport()
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	transport.TLSClientConfig.NextProtos = nil
	return server, &http.Client{Transport: transport}
}

// What hosts send over HTTP/2 before it is read stays small, however many answers arrive at a time.
func TestUnreadAnswersAreSmall(t *testing.T) {
	const atOnce, most = 64, 256 << 10
	var sent atomic.Int64
	server, client := overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		for block := make([]byte, 1<<14); r.Context().Err() == nil; {
			n, err := w.Write(block)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	for range atOnce {
		resp, err := client.Get(server.URL)
		if err != nil || resp.ProtoMajor != 2 {
			t.Fatalf("Get = %v, %v, want an answer over HTTP/2", resp, err)
		}
		defer resp.Body.Close()
	}
	for before := int64(-1); before != sent.Load(); time.Sleep(100 * time.Millisecond) {
		before = sent.Load()
	}
	if got := sent.Load(); got > atOnce*(most+1<<16) { // and what the server keeps itself
		t.Errorf("%d answers that are not read took %d bytes, want at most %d each", atOnce, got, most)
	}
}

// A pipes listens to connections in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, open := <-p; open {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// A deafConn is a connection on which nothing arrives any more once it is deaf.
type deafConn struct {
	net.Conn
	deaf *atomic.Bool
}

func (c deafConn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.deaf.Load() {
			return n, err
		}
	}
}

// A connection over HTTP/2 that is dead ends its request within the time of one try, and the next try makes another.
func TestDeadConnection(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	synctest.Test(t, func(t *testing.T) {
		transport, deaf, listener := outbound.Transport(), new(atomic.Bool), make(pipes)
		transport.TLSClientConfig = certified.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			listener <- theirs
			return deafConn{ours, deaf}, nil
		}
		server := http.Server{TLSConfig: certified.TLS.Clone()}
		server.TLSConfig.NextProtos = nil
		go server.ServeTLS(listener, "", "")
		get := func() (took time.Duration, proto int, err error) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			begin := time.Now()
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://example.com/", nil)
			resp, err := transport.RoundTrip(r)
			if err == nil {
				resp.Body.Close()
				proto = resp.ProtoMajor
			}
			return time.Since(begin), proto, err
		}
		if _, proto, err := get(); err != nil || proto != 2 {
			t.Fatalf("first request: HTTP/%d, %v, want HTTP/2", proto, err)
		}
		deaf.Store(true)
		if took, _, err := get(); err == nil || took != 8*time.Second {
			t.Errorf("request on a dead connection ended after %v: %v, want an error after 8s", took, err)
		}
		deaf.Store(false)
		if _, _, err := get(); err != nil {
			t.Errorf("request after the dead connection: %v", err)
		}
		transport.CloseIdleConnections()
		server.Close()
	})
}
