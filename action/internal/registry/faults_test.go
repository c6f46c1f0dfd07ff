package registry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// A promotion has every kind of tag: fixed and moving, new, old and already right.
type promotion struct {
	*world
	old, source descriptor
	registry.Move
}

func newPromotion(t *testing.T) *promotion {
	t.Helper()
	p := &promotion{world: newWorld(t)}
	p.old, p.source = p.store.image(t, "latest", "old"), p.store.image(t, "sha-12345678", "one")
	p.store.image(t, "taken", "old")
	p.Move = registry.Move{Image: app, Digest: p.source.Digest, Fixed: []string{"sha-12345678", "1.5.0", "1.5.0_a"}, Moving: []string{"latest", "stable"}}
	return p
}

func (p *promotion) run(ctx context.Context) (registry.Result, error) {
	return p.Client.Move(ctx, p.Move)
}

// check holds a result against the registry: no half-truth, nothing lost.
func (p *promotion) check(t *testing.T, r registry.Result, err error) {
	t.Helper()
	for _, tag := range r.Tags {
		if now := p.store.tag(tag.Tag); tag.Confirmed && tag.After != now {
			t.Errorf("result says that %s points to %s, but it points to %s", tag.Tag, tag.After, now)
		}
	}
	if (err == nil) != (r.Tags != nil && r.Pending() == nil) {
		t.Errorf("error %v, but pending are %v of %v", err, r.Pending(), r.Tags)
	}
	for _, tag := range []string{"1.5.0", "1.5.0_a"} {
		if now := p.store.tag(tag); now != "" && now != p.source.Digest {
			t.Errorf("fixed tag %s points to %s", tag, now)
		}
	}
	if p.store.tag("sha-12345678") != p.source.Digest || p.store.tag("taken") != p.old.Digest || p.store.tag(p.old.Digest) == "" {
		t.Error("what was there before is lost")
	}
}

// converges checks that the same call again, without faults, does what is left.
func (p *promotion) converges(t *testing.T) {
	t.Helper()
	p.wire.forget()
	r, err := p.run(t.Context())
	p.check(t, r, err)
	if err != nil {
		t.Errorf("again: %v", err)
	}
	for _, tag := range slices.Concat(p.Fixed, p.Moving) {
		if now := p.store.tag(tag); now != p.source.Digest {
			t.Errorf("again: %s points to %s, want %s", tag, now, p.source.Digest)
		}
	}
}

// The connection drops at every request in turn, before or after the registry acted, once or for good.
func TestDroppedConnections(t *testing.T) {
	p := newPromotion(t)
	if _, err := p.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	total := p.wire.requests()
	for n := 1; n <= total; n++ {
		for _, after := range []bool{false, true} {
			for _, forGood := range []bool{false, true} {
				t.Run(fmt.Sprintf("request %d, after %v, for good %v", n, after, forGood), func(t *testing.T) {
					p := newPromotion(t)
					p.wire.fault = func(i int, _ *http.Request, send func() *http.Response) (*http.Response, error) {
						if i < n || i > n && !forGood {
							return send(), nil
						}
						if after {
							send()
						}
						return nil, errReset
					}
					r, err := p.run(t.Context())
					p.check(t, r, err)
					if (err != nil) != forGood {
						t.Errorf("error %v", err)
					}
					if forGood && !strings.Contains(err.Error(), "the connection was lost: connection reset by peer; tried 4 times") {
						t.Errorf("error %v, want one about the connection", err)
					}
					p.converges(t)
				})
			}
		}
	}
}

func TestBusyRegistries(t *testing.T) {
	date := time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		name   string
		status int
		header map[string]string
		times  int
		slept  []time.Duration
	}{
		{"429, in 7 seconds", 429, map[string]string{"Retry-After": "7"}, 1, []time.Duration{7 * time.Second}},
		{"429, at a time", 429, map[string]string{"Retry-After": date.Add(5 * time.Second).Format(http.TimeFormat), "Date": date.Format(http.TimeFormat)}, 1, []time.Duration{5 * time.Second}},
		{"429, soon", 429, map[string]string{"Retry-After": "soon"}, 1, []time.Duration{time.Second}},
		{"500 twice", 500, nil, 2, []time.Duration{time.Second, 3 * time.Second}},
		{"503 three times", 503, map[string]string{"Retry-After": "2"}, 3, []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second}},
	} {
		for _, method := range []string{"GET", "PUT"} {
			t.Run(test.name+" "+method, func(t *testing.T) {
				p := newPromotion(t)
				p.Fixed, p.Moving = nil, []string{"latest"}
				left := test.times
				p.wire.fault = func(_ int, req *http.Request, send func() *http.Response) (*http.Response, error) {
					if req.Method == method && strings.HasSuffix(req.URL.Path, "/latest") && left > 0 {
						left--
						return answer(req, test.status, test.header, ""), nil
					}
					return send(), nil
				}
				r, err := p.run(t.Context())
				p.check(t, r, err)
				if diff := cmp.Diff(test.slept, p.slept.all); err != nil || diff != "" {
					t.Errorf("%v; slept (-want +got):\n%s", err, diff)
				}
			})
		}
	}
}

// A registry that stays busy is asked four times.
func TestBusyForGood(t *testing.T) {
	p := newPromotion(t)
	p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		if req.Method == "PUT" {
			return answer(req, 503, nil, ""), nil
		}
		return send(), nil
	}
	p.Fixed, p.Moving = nil, []string{"latest"}
	r, err := p.run(t.Context())
	p.check(t, r, err)
	want := "cannot write " + app + ":latest: the registry answers 503 Service Unavailable; tried 4 times\n" +
		"0 of 1 tags are known to point to " + p.source.Digest + ": the same again does the rest"
	if err == nil || err.Error() != want {
		t.Errorf("Move = %v\nwant %s", err, want)
	}
	if p.wire.puts() != 4 {
		t.Errorf("%d writes, want 4", p.wire.puts())
	}
	p.converges(t)
}

// The tag that an image was found by moves on while the image is promoted: the image found first is promoted.
func TestSourceMovesMeanwhile(t *testing.T) {
	p := newPromotion(t)
	p.store.image(t, "source", "one")
	digest, _, err := p.Resolve(t.Context(), app+":source")
	if err != nil || digest != p.source.Digest {
		t.Fatal(digest, err)
	}
	p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		if req.Method == "PUT" {
			p.store.image(t, "source", "another")
		}
		return send(), nil
	}
	r, err := p.run(t.Context())
	p.check(t, r, err)
	p.converges(t)
}

// A target tag moves after it was first looked at: what it pointed to last is in the result.
func TestTargetMovesMeanwhile(t *testing.T) {
	p := newPromotion(t)
	var another descriptor
	p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		if req.Method == "PUT" && strings.HasSuffix(req.URL.Path, "/1.5.0") {
			another = p.store.image(t, "latest", "another")
		}
		return send(), nil
	}
	r, err := p.run(t.Context())
	p.check(t, r, err)
	for _, tag := range r.Tags {
		if tag.Tag == "latest" && tag.Before != another.Digest {
			t.Errorf("latest before = %s, want %s", tag.Before, another.Digest)
		}
	}
}

// Somebody takes a fixed tag between the look and the write that is lost: it is not written over.
func TestFixedTagTakenMeanwhile(t *testing.T) {
	p := newPromotion(t)
	p.Fixed, p.Moving = []string{"free"}, []string{"latest"}
	p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		if req.Method == "PUT" {
			p.store.image(t, "free", "another")
			return nil, errReset
		}
		return send(), nil
	}
	r, err := p.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "a fixed tag is never moved") {
		t.Errorf("Move = %v, want an error about the fixed tag", err)
	}
	p.check(t, r, err)
	if p.wire.puts() != 1 || p.store.tag("latest") != p.old.Digest {
		t.Errorf("%d writes, latest %s; want the fixed tag tried once and latest left alone", p.wire.puts(), p.store.tag("latest"))
	}
}

// What is read back differs: for a fixed tag nothing moves after that.
func TestReadBackDiffers(t *testing.T) {
	for _, tag := range []string{"1.5.0", "latest"} {
		t.Run(tag, func(t *testing.T) {
			p := newPromotion(t)
			var another descriptor
			p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
				resp := send()
				if req.Method == "PUT" && strings.HasSuffix(req.URL.Path, "/"+tag) {
					another = p.store.image(t, tag, "another")
				}
				return resp, nil
			}
			r, err := p.run(t.Context())
			want := app + ":" + tag + " points to " + another.Digest + " after it was set to " + p.source.Digest + ": another program or person moved it at the same time, which registries cannot prevent; find out who before you run this again"
			if err == nil || err.Error() != want {
				t.Errorf("Move = %v\nwant %s", err, want)
			}
			if slices.Contains(r.Moved(), tag) || !slices.Contains(r.Pending(), tag) {
				t.Errorf("moved %v, pending %v: want %s pending", r.Moved(), r.Pending(), tag)
			}
			if tag == "1.5.0" && p.store.tag("latest") != p.old.Digest {
				t.Error("latest moved although a fixed tag points elsewhere")
			}
		})
	}
}

// A tag that was right, and so was not written, is moved by somebody else meanwhile.
func TestUnwrittenTagMovesMeanwhile(t *testing.T) {
	p := newPromotion(t)
	p.store.image(t, "stable", "one")
	var another descriptor
	p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		if req.Method == "PUT" && strings.HasSuffix(req.URL.Path, "/latest") {
			another = p.store.image(t, "stable", "another")
		}
		return send(), nil
	}
	r, err := p.run(t.Context())
	p.check(t, r, err)
	if err == nil || !strings.Contains(err.Error(), app+":stable points to "+another.Digest+" after it was set to "+p.source.Digest+": another program or person moved it") {
		t.Errorf("Move = %v, want an error about stable", err)
	}
	p.converges(t)
}

// A registry that takes a write and goes on to serve the old image is not believed.
func TestWriteWithoutEffect(t *testing.T) {
	p := newPromotion(t)
	p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		if req.Method == "PUT" && strings.HasSuffix(req.URL.Path, "/latest") {
			return answer(req, http.StatusCreated, nil, ""), nil
		}
		return send(), nil
	}
	r, err := p.run(t.Context())
	p.check(t, r, err)
	if err == nil || !strings.Contains(err.Error(), "latest still points to "+p.old.Digest) {
		t.Errorf("Move = %v, want an error about latest", err)
	}
	p.converges(t)
}

// Two promotions of different images at once: whoever lost is told, or came second and won.
func TestTwoPromotionsAtOnce(t *testing.T) {
	for range 30 {
		p := newPromotion(t)
		other := p.store.image(t, "other", "other")
		moves := []registry.Move{
			{Image: app, Digest: p.source.Digest, Fixed: []string{"sha-12345678"}, Moving: tagNames("m", 5)},
			{Image: app, Digest: other.Digest, Fixed: []string{"other"}, Moving: tagNames("m", 5)},
		}
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, m := range moves {
			both.Go(func() { _, errs[i] = p.Client.Move(t.Context(), m) })
		}
		both.Wait()
		for _, tag := range moves[0].Moving {
			if now := p.store.tag(tag); now != p.source.Digest && now != other.Digest {
				t.Errorf("%s points to %q, which nobody wanted", tag, now)
			}
		}
		for i, err := range errs {
			if err != nil && !strings.Contains(err.Error(), moves[1-i].Digest+" after it was set to "+moves[i].Digest) {
				t.Errorf("error %v, want one that names the other image", err)
			}
		}
		if r, err := p.Client.Move(t.Context(), moves[0]); err != nil || r.Pending() != nil {
			t.Errorf("again: %v, pending %v", err, r.Pending())
		}
	}
}

func TestCancelledContext(t *testing.T) {
	p := newPromotion(t)
	_, err := p.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := range p.wire.requests() {
		p := newPromotion(t)
		ctx, cancel := context.WithCancel(t.Context())
		p.wire.fault = func(i int, _ *http.Request, send func() *http.Response) (*http.Response, error) {
			if i == n+1 {
				cancel()
				return nil, ctx.Err()
			}
			return send(), nil
		}
		if n == 0 {
			cancel() // before anything
		}
		r, err := p.run(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at request %d: %v, want context.Canceled", n, err)
		}
		p.check(t, r, err)
		p.converges(t)
		cancel()
	}
}

// A call ends when it took too long in all, and says so.
func TestLimit(t *testing.T) {
	p := newPromotion(t)
	p.client.Limit = time.Nanosecond
	_, err := registry.New(p.client).Move(t.Context(), p.Move)
	if err == nil || !strings.Contains(err.Error(), "the registry took too long in all") {
		t.Errorf("Move = %v, want an error about the time", err)
	}
}

type cutBody struct{ io.Reader }

func (cutBody) Close() error { return nil }

func TestBodyCutShort(t *testing.T) {
	for _, test := range []struct {
		name string
		end  error
	}{{"with an error", io.ErrUnexpectedEOF}, {"as if it had ended", io.EOF}} {
		t.Run(test.name, func(t *testing.T) {
			p := newPromotion(t)
			first := true
			p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
				resp := send()
				if strings.HasSuffix(req.URL.Path, "/latest") && req.Method == "GET" && first {
					first = false
					resp.Body = cutBody{io.MultiReader(io.LimitReader(resp.Body, 40), errReader{test.end})}
				}
				return resp, nil
			}
			r, err := p.run(t.Context())
			p.check(t, r, err)
			if err != nil || len(p.slept.all) != 1 {
				t.Errorf("Move = %v after %d waits, want one and no error", err, len(p.slept.all))
			}
		})
	}
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

// A registry that sends other bytes than it was asked for, or says that they were others, is refused.
func TestLyingRegistry(t *testing.T) {
	for _, test := range []struct{ name, path, want string }{
		{"another image for a digest", "sha256:", "cannot read IMAGE@SOURCE: the registry sent an image with the digest OLD instead"},
		{"another digest in the header", "latest", "cannot read IMAGE:latest: the registry says that it sent SOURCE, but what it sent has the digest OLD"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPromotion(t)
			p.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
				switch resp := send(); {
				case !strings.Contains(req.URL.Path, test.path):
					return resp, nil
				case test.path == "latest":
					resp.Header.Set("Docker-Content-Digest", p.source.Digest)
					return resp, nil
				}
				return answer(req, 200, map[string]string{"Content-Type": imageType}, p.store.get(t, "manifests/"+p.old.Digest)), nil
			}
			r, err := p.run(t.Context())
			want := strings.NewReplacer("IMAGE", app, "SOURCE", p.source.Digest, "OLD", p.old.Digest).Replace(test.want)
			if err == nil || err.Error() != want {
				t.Errorf("Move = %v\nwant %s", err, want)
			}
			if p.wire.puts() != 0 {
				t.Errorf("%d writes, want none", p.wire.puts())
			}
			p.check(t, r, err)
		})
	}
}

// After a write that is refused no further one is begun: at most those under way arrive.
func TestRefusedWriteIsTheLast(t *testing.T) {
	p := newPromotion(t)
	p.Fixed, p.Moving = nil, tagNames("m", 40)
	p.wire.fault = func(_ int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		if req.Method == "PUT" {
			return answer(req, 403, nil, ""), nil
		}
		return send(), nil
	}
	r, err := p.run(t.Context())
	p.check(t, r, err)
	if puts := p.wire.puts(); puts < 1 || puts > 8 {
		t.Errorf("%d writes after %v, want at most 8", puts, err)
	}
	p.converges(t)
}
