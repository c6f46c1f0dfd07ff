package outbound_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

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
