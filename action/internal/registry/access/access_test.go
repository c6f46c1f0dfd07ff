package access_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
	"github.com/wizzense/deployment-rings/action/internal/registry/access"
)

// A server answers every request in memory.
type server func(*http.Request) (*http.Response, error)

func (s server) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

func answer(r *http.Request, status int, header, body string) *http.Response {
	h := http.Header{}
	if key, value, ok := strings.Cut(header, ": "); ok {
		h.Set(key, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// said is the Docker configuration of a test: the credentials for all hosts.
type said struct {
	authn.Authenticator
	err error
}

func (s said) Resolve(authn.Resource) (authn.Authenticator, error) { return s.Authenticator, s.err }

func once(ctx context.Context, do func(context.Context) error) error { return do(ctx) }

const jobToken = "ghs_secret"

// TestWhoGetsCredentials has a registry, the token service that it names, and which hosts saw which user.
func TestWhoGetsCredentials(t *testing.T) {
	docker := &authn.Basic{Username: "octocat", Password: "password"}
	for _, c := range []struct {
		name, image, realm string
		found              authn.Authenticator
		want               []string // host and user, of requests to the token service
		wantErr            string
	}{
		{"the configuration comes first", "ghcr.io/o/app", "https://ghcr.io/token", docker, []string{"ghcr.io octocat"}, ""},
		{"then the job token", "ghcr.io/o/app", "https://ghcr.io/token", authn.Anonymous, []string{"ghcr.io x-access-token"}, ""},
		{"then none", "other.example/o/app", "https://other.example/token", authn.Anonymous, []string{"other.example "}, ""},
		{"the job token stays at home", "ghcr.io/o/app", "https://evil.example/token", authn.Anonymous, nil, `the credentials for ghcr.io would go to "evil.example", which is refused`},
		{"also from a host with another port", "ghcr.io/o/app", "https://ghcr.io:8443/token", authn.Anonymous, nil, "which is refused"},
		{"those of the configuration follow", "other.example/o/app", "https://auth.example/token", docker, []string{"auth.example octocat"}, ""},
	} {
		var seen []string
		world := access.Transport(server(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/v2/" {
				return answer(r, 401, fmt.Sprintf("WWW-Authenticate: Bearer realm=%q", c.realm), ""), nil
			}
			user, _, _ := r.BasicAuth()
			seen = append(seen, r.URL.Host+" "+user)
			return answer(r, 200, "", `{"token": "for a while"}`), nil
		}), "test")
		repo, err := access.Repository(c.image)
		if err != nil {
			t.Fatal(err)
		}
		_, err = access.Keys{Transport: world, Keychain: said{c.found, nil}, Token: jobToken}.Open(t.Context(), repo, transport.PullScope, once)
		if !slices.Equal(seen, c.want) || (err == nil) != (c.wantErr == "") || err != nil && (!strings.Contains(err.Error(), c.wantErr) || strings.Contains(err.Error(), jobToken)) {
			t.Errorf("%s: Open of %s: %v, and the token service sees %q, want the error %q and %q", c.name, c.image, err, seen, c.wantErr, c.want)
		}
	}
	repo, err := access.Repository("other.example/o/app")
	if err != nil {
		t.Fatal(err)
	}
	_, err = access.Keys{Keychain: said{nil, errors.New("no helper")}}.Open(t.Context(), repo, transport.PullScope, once)
	if want := "the Docker configuration gives no credentials for other.example: no helper: mend it, or log in again with docker login other.example"; err == nil || err.Error() != want {
		t.Errorf("Open with a broken configuration: %v, want %s", err, want)
	}
}

// TestRepository: a registry on this machine may speak plain HTTP.
func TestRepository(t *testing.T) {
	for image, want := range map[string]string{"127.0.0.1:5000/o/app": "http", "127.0.0.2/o/app": "http", "localhost/o/app": "http", "ghcr.io/o/app": "https", "a.example:5000/o/app": "https"} {
		repo, err := access.Repository(image)
		if err != nil || repo.Scheme() != want || repo.RepositoryStr() != "o/app" {
			t.Errorf("Repository(%s) = %s over %s, %v, want o/app over %s", image, repo.RepositoryStr(), repo.Scheme(), err, want)
		}
	}
	if _, err := access.Repository("Not A Name"); err == nil {
		t.Error("Repository of what is no name: no error")
	}
}

// TestTransport has what is asked and what the server does, and what comes of it.
func TestTransport(t *testing.T) {
	before := func(address string) *http.Response {
		r, _ := http.NewRequest(http.MethodGet, address, nil)
		return &http.Response{Request: r}
	}
	fails := func(err error) server { return func(*http.Request) (*http.Response, error) { return nil, err } }
	answers := func(status int, header string) server {
		return func(r *http.Request) (*http.Response, error) { return answer(r, status, header, "body"), nil }
	}
	for _, c := range []struct {
		name, address string
		redirect      *http.Response // that led here
		server        server
		want          string        // the error; "": none
		again         bool          // another try may help
		wait          time.Duration // before it
	}{
		{"an answer", "https://a.example/", nil, answers(200, ""), "", false, time.Second},
		{"no such thing", "https://a.example/", nil, answers(404, ""), "", false, time.Second},
		{"on this machine", "http://127.0.0.1:5000/", nil, answers(200, ""), "", false, time.Second},
		{"elsewhere in the clear", "http://10.0.0.5/", nil, fails(errors.New("was asked")), "10.0.0.5 would be spoken to in plain HTTP", false, time.Second},
		{"a redirect", "https://b.example/", before("https://a.example/"), answers(200, ""), "", false, time.Second},
		{"a redirect on this machine", "http://127.0.0.1/", before("http://127.0.0.1:5000/"), answers(200, ""), "", false, time.Second},
		{"a redirect into the clear", "http://127.0.0.1/", before("https://a.example/"), fails(errors.New("was asked")), "redirects from https to http, which is refused", false, time.Second},
		{"too many requests", "https://a.example/", nil, answers(429, ""), "the registry answers 429 Too Many Requests", true, time.Second},
		{"and when", "https://a.example/", nil, answers(429, "Retry-After: 7"), "and asks to come again in 7s", true, 7 * time.Second},
		{"trouble", "https://a.example/", nil, answers(500, ""), "the registry answers 500 Internal Server Error", true, time.Second},
		{"the last refusal", "https://a.example/", nil, answers(499, ""), "", false, time.Second},
		{"a lost connection", "https://a.example/", nil, fails(io.ErrUnexpectedEOF), "unexpected EOF", true, time.Second},
		{"no such host", "https://a.example/", nil, fails(&net.DNSError{Err: "no such host", IsNotFound: true}), "no such host", false, time.Second},
		{"no answer about the host", "https://a.example/", nil, fails(&net.DNSError{Err: "server misbehaving"}), "server misbehaving", true, time.Second},
		{"a wrong certificate", "https://a.example/", nil, fails(&tls.CertificateVerificationError{Err: errors.New("expired")}), "expired", false, time.Second},
		{"plain HTTP where TLS was tried", "https://a.example/", nil, fails(http.ErrSchemeMismatch), "HTTP response to HTTPS client", false, time.Second},
	} {
		r, err := http.NewRequest(http.MethodGet, c.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Response = c.redirect
		_, err = access.Transport(c.server, "test").RoundTrip(r)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: RoundTrip = %v, want the error %q", c.name, err, c.want)
		}
		if wait, again := access.Again(err, time.Second); again != c.again || wait != c.wait {
			t.Errorf("%s: Again(%v, 1s) = %v, %v, want %v, %v", c.name, err, wait, again, c.wait, c.again)
		}
	}
}

// TestBody: an answer may have its size and no byte more, and what breaks while it is read may be tried again.
func TestBody(t *testing.T) {
	for _, c := range []struct {
		name  string
		body  io.Reader
		size  int
		large bool
		again bool
	}{
		{"the largest", bytes.NewReader(make([]byte, access.MaxAnswer)), access.MaxAnswer, false, false},
		{"too large", bytes.NewReader(make([]byte, access.MaxAnswer+2)), access.MaxAnswer + 1, true, false},
		{"one that breaks", io.MultiReader(strings.NewReader("half"), broken{}), 4, false, true},
	} {
		world := access.Transport(server(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(c.body), Request: r}, nil
		}), "test")
		r, err := http.NewRequest(http.MethodGet, "https://a.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := world.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if _, again := access.Again(err, 0); len(got) != c.size || errors.Is(err, outbound.ErrTooLarge) != c.large || again != c.again {
			t.Errorf("%s: %d bytes, %v, want %d, too large: %v, and to be tried again: %v", c.name, len(got), err, c.size, c.large, c.again)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// TestExplain has a refusal, and what the reader is told to do about it. No message has a secret.
func TestExplain(t *testing.T) {
	refused := func(status int, body string) server {
		return func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/v2/" {
				return answer(r, 200, "", ""), nil
			}
			return answer(r, status, "Content-Type: application/json", body), nil
		}
	}
	const denied = `{"errors": [{"code": "DENIED", "message": "to ` + jobToken + `"}, {"code": "LATE"}]}`
	for _, c := range []struct {
		image, scope string
		status       int
		body, want   string
	}{
		{"ghcr.io/o/app", transport.PullScope, 401, denied, "cannot read it: the registry does not accept the job token (401: DENIED to ***, LATE): give github-token, or log in with docker/login-action"},
		{"other.example/o/app", transport.PullScope, 401, "", "cannot read it: the registry does not accept a request without credentials (401: unauthorized): log in with docker login other.example, in the same job"},
		{"ghcr.io/o/app", transport.PullScope, 403, denied, `cannot read it: the registry does not allow this with the job token (403: DENIED to ***, LATE): give the job "permissions: packages: read", and this repository access to the package (package settings, Manage Actions access)`},
		{"ghcr.io/o/app", transport.PushScope, 403, denied, `cannot read it: the registry does not allow this with the job token (403: DENIED to ***, LATE): give the job "permissions: packages: write", and this repository access to the package (package settings, Manage Actions access)`},
		{"other.example/o/app", transport.PushScope, 403, "", "cannot read it: the registry does not allow this with a request without credentials (403: forbidden): log in with docker login other.example, in the same job"},
		{"ghcr.io/o/app", transport.PullScope, 404, "", "cannot read it: there is no such thing (404: not found): check the name, and that it was pushed"},
		{"ghcr.io/o/app", transport.PullScope, 418, "", "cannot read it: i'm a teapot"},
	} {
		repo, err := access.Repository(c.image)
		if err != nil {
			t.Fatal(err)
		}
		door, err := access.Keys{Transport: access.Transport(refused(c.status, c.body), "test"), Keychain: said{authn.Anonymous, nil}, Token: jobToken}.Open(t.Context(), repo, c.scope, once)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := door.HTTP.Get("https://" + repo.RegistryStr() + "/v2/o/app/manifests/latest")
		if err != nil {
			t.Fatal(err)
		}
		err = door.Explain("read it", transport.CheckError(resp, http.StatusOK))
		failure := new(access.Failure)
		if err == nil || err.Error() != c.want || !errors.As(err, &failure) || failure.Status != c.status || access.Status(err) != c.status {
			t.Errorf("Explain of %d from %s = %v\nwant %s", c.status, c.image, err, c.want)
		}
		if door.Explain("read it", nil) != nil {
			t.Error("Explain of nothing is something")
		}
	}
}
