package outbound_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

func TestReadable(t *testing.T) {
	for address, want := range map[string]bool{
		"https://api.github.com":        false,
		"http://127.0.0.1:8080/api/v3":  false,
		"http://127.8.9.1":              false,
		"http://[::1]:8080":             false,
		"http://localhost":              false,
		"http://LocalHost:1":            false,
		"http://github.example/api/v3":  true,
		"http://10.0.0.5":               true,
		"http://192.168.1.1":            true,
		"http://0.0.0.0":                true,
		"http://127.0.0.1.example":      true,
		"http://127.0.0.1@example":      true,
		"http://localhost.example":      true,
		"http://x.localhost":            true, // a name, which anybody may resolve
		"http://127.1":                  true, // not every resolver takes it for an address
		"http://2130706433":             true,
		"http://[::ffff:10.0.0.5]:8080": true,
		"ftp://example":                 true,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := outbound.Readable(u); got != want {
			t.Errorf("Readable(%s) = %v, want %v", address, got, want)
		}
	}
}

// A proxy would see what is meant for this machine. That of the environment is used for others; Go reads it once.
func TestNoProxyToThisMachine(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://proxy.example:3128")
	t.Setenv("NO_PROXY", "")
	for host, want := range map[string]string{"127.0.0.1:1": "", "localhost": "", "LOCALHOST": "", "[::1]:1": "", "github.example": "http://proxy.example:3128"} {
		got, err := outbound.Transport().Proxy(&http.Request{URL: &url.URL{Scheme: "http", Host: host}})
		if err != nil || (got != nil || want != "") && (got == nil || got.String() != want) {
			t.Errorf("proxy to %s = %v, %v, want %q", host, got, err, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	date := "Tue, 03 Mar 2026 12:00:00 GMT"
	for text, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"soon":                          0,
		"1.5":                           0,
		"3600":                          time.Hour,
		"99999999999999999999":          (1<<31 - 1) * time.Second,
		"Tue, 03 Mar 2026 12:00:05 GMT": 5 * time.Second,
		"Tue, 03 Mar 2026 11:00:00 GMT": 0,
	} {
		if got := outbound.RetryAfter(http.Header{"Retry-After": {text}, "Date": {date}}); got != want {
			t.Errorf("RetryAfter(%q) = %v, want %v", text, got, want)
		}
	}
	if got := outbound.RetryAfter(http.Header{"Retry-After": {date}}); got != 0 {
		t.Errorf("RetryAfter of a time without the clock of the host = %v, want 0", got)
	}
}

func TestTimeFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for wait, want := range map[time.Duration]bool{time.Minute - 1: true, time.Minute: false} {
			if got := outbound.TimeFor(ctx, wait); got != want {
				t.Errorf("TimeFor(%v) = %v, want %v", wait, got, want)
			}
		}
		if !outbound.TimeFor(t.Context(), 1000*time.Hour) {
			t.Error("a context without an end has no time")
		}
	})
}

func TestRoomTakesWhatHostsSend(t *testing.T) {
	const limit = 3 << 20
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                {"", nil},
		"all that fits":          {strings.Repeat(" ", limit), nil},
		"a byte more":            {strings.Repeat(" ", limit+1), outbound.ErrTooLarge},
		"100,000 elements":       {"[" + strings.Repeat("0,", 100_000) + "0]", nil},
		"one more":               {"[" + strings.Repeat("0,", 100_001) + "0]", outbound.ErrTooLarge},
		"of many lists":          {strings.Repeat("[0,0],", 60_000) + strings.Repeat("[[0,0]],", 60_000), outbound.ErrTooLarge},
		"400,000 values":         {strings.Repeat("{},", 199_000), nil},
		"more values":            {"{" + strings.Repeat("{},", 200_001), outbound.ErrTooLarge},
		"depth":                  {strings.Repeat("[", 400_001), outbound.ErrTooLarge},
		"commas in a text":       {`["` + strings.Repeat(`,[{\"\\`, 200_000) + `"]`, nil},
		"no JSON":                {strings.Repeat("}]", 1000) + `"\`, nil},
		"a text without an end":  {`"` + strings.Repeat(`a`, 1000), nil},
		"a quote that is no end": {`"\"` + strings.Repeat(",", 400_001) + `"`, nil},
	} {
		var got []byte
		err := new(outbound.Room).Read(t.Context(), strings.NewReader(c.text), limit, func(text []byte) error {
			got = bytes.Clone(text)
			return nil
		})
		if !errors.Is(err, c.want) || err == nil && string(got) != c.text {
			t.Errorf("%s: Read = %v with %d bytes, want %v and %d", name, err, len(got), c.want, len(c.text))
		}
	}
	broken := errors.New("broken")
	for _, body := range []io.Reader{iotest.ErrReader(broken), io.MultiReader(strings.NewReader(strings.Repeat(" ", 2<<20)), iotest.ErrReader(broken))} {
		if err := new(outbound.Room).Read(t.Context(), body, limit, nil); err != broken {
			t.Errorf("Read of a body that breaks = %v", err)
		}
	}
}

// Of answers that are read at the same time, one is larger than a megabyte; whoever waits for its turn waits as long as it may.
func TestRoomForOneLargeAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var room outbound.Room
		first, end := io.Pipe()
		done := make(chan error)
		go func() { done <- room.Read(t.Context(), first, 8<<20, func([]byte) error { return nil }) }()
		end.Write(make([]byte, 1<<20))
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := room.Read(ctx, bytes.NewReader(make([]byte, 2<<20)), 8<<20, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second large answer: %v, want the end of its time", err)
		}
		if err := room.Read(t.Context(), strings.NewReader("[]"), 8<<20, func([]byte) error { return nil }); err != nil {
			t.Errorf("a small answer: %v", err)
		}
		end.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := room.Read(t.Context(), bytes.NewReader(make([]byte, 2<<20)), 8<<20, func([]byte) error { return nil }); err != nil {
			t.Errorf("a large answer after the first: %v", err)
		}
	})
}
