package registry_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

const (
	jobToken = "ghs_secret_of_the_job"
	password = "secret of the configuration"
)

// guarded asks for basic credentials, and serves those who have the right ones. To others it says what it heard.
func guarded(inner http.Handler, user, password string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		u, p, _ := r.BasicAuth()
		if u == user && p == password {
			inner.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"errors":[{"code":"UNAUTHORIZED","message":"not with %s %s"}]}`, p, r.Header.Get("Authorization"))
	}
}

// dockerConfig makes a Docker configuration with credentials for a registry.
func dockerConfig(t *testing.T, host, user, password string) {
	t.Helper()
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	writeConfig(t, fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, auth))
}

func writeConfig(t *testing.T, content string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", dir)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("REGISTRY_AUTH_FILE", "")
	t.Setenv("DOCKER_CONFIG", dir)
}

func TestCredentialsInTheirOrder(t *testing.T) {
	for _, test := range []struct {
		name, image, config, token string
		user, password             string // that the registry gets
	}{
		{"the Docker configuration", "ghcr.io/owner/app", "ghcr.io", jobToken, "octocat", password},
		{"the job token", "ghcr.io/owner/app", "other.example", jobToken, "x-access-token", jobToken},
		{"neither", "ghcr.io/owner/app", "other.example", "", "", ""},
		{"the job token is for ghcr.io alone", "other.example/owner/app", "ghcr.io", jobToken, "", ""},
		{"of this machine", "127.0.0.1/owner/app", "127.0.0.1", "", "octocat", password},
	} {
		t.Run(test.name, func(t *testing.T) {
			dockerConfig(t, test.config, "octocat", password)
			w := newWorld(t)
			source := w.store.image(t, "latest", "one")
			w.wire.handler = guarded(w.store, test.user, test.password)
			c := registry.New(registry.Options{Transport: w.wire, Token: test.token, UserAgent: "deployment-rings/test"})
			digest, found, err := c.Resolve(t.Context(), test.image+":latest")
			if digest != source.Digest || !found || err != nil {
				t.Errorf("Resolve = %s, %v, %v, want %s", digest, found, err, source.Digest)
			}
			for _, req := range w.wire.seen {
				if !strings.HasPrefix(req.Header.Get("User-Agent"), "deployment-rings/test") {
					t.Errorf("User-Agent %q", req.Header.Get("User-Agent"))
				}
			}
		})
	}
}

// The token of ghcr.io is handed to its token service, and what comes back goes with the requests: one exchange
// for all of them.
func TestTokenService(t *testing.T) {
	w := newWorld(t)
	source := w.store.image(t, "source", "one")
	scopes := []string{}
	w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch _, p, _ := r.BasicAuth(); {
		case r.URL.Path == "/token" && p == jobToken:
			scopes = append(scopes, r.URL.Query().Get("scope"))
			fmt.Fprint(rw, `{"token":"for a while"}`)
		case r.Header.Get("Authorization") == "Bearer for a while":
			w.store.ServeHTTP(rw, r)
		default:
			rw.Header().Set("WWW-Authenticate", `Bearer realm="https://ghcr.io/token",service="ghcr.io"`)
			rw.WriteHeader(http.StatusUnauthorized)
		}
	})
	c := registry.New(registry.Options{Transport: w.wire, Keychain: anonymous{}, Token: jobToken})
	if _, err := c.Move(t.Context(), registry.Move{Image: "ghcr.io/owner/app", Digest: source.Digest, Moving: tagNames("m", 20)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Resolve(t.Context(), "ghcr.io/owner/app:source"); err != nil {
		t.Fatal(err)
	}
	if want := []string{"repository:owner/app:push,pull", "repository:owner/app:pull"}; !slices.Equal(scopes, want) {
		t.Errorf("token for %q, want %q", scopes, want)
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name, image string
		status      int
		token, want string
	}{
		{"401 without credentials", "other.example/owner/app", 401, "",
			"cannot read other.example/owner/app:latest: the registry does not accept a request without credentials (401: DENIED to you): log in with docker login other.example, in the same job"},
		{"401 with the token", "ghcr.io/owner/app", 401, jobToken,
			"cannot read ghcr.io/owner/app:latest: the registry does not accept the job token (401: DENIED to ***): give github-token, or log in with docker/login-action"},
		{"403", "ghcr.io/owner/app", 403, jobToken,
			`cannot read ghcr.io/owner/app:latest: the registry does not allow this with the job token (403: DENIED to ***): give the job "permissions: packages: read", and this repository access to the package (package settings, Manage Actions access)`},
		{"403 elsewhere", "other.example/owner/app", 403, "",
			"cannot read other.example/owner/app:latest: the registry does not allow this with a request without credentials (403: DENIED to you): log in with docker login other.example, in the same job"},
		{"400", "other.example/owner/app", 400, "", "cannot read other.example/owner/app:latest: DENIED to you"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &wire{handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v2/" {
					return
				}
				rw.WriteHeader(test.status)
				_, p, _ := r.BasicAuth()
				if p == "" {
					p = "you"
				}
				fmt.Fprintf(rw, `{"errors":[{"code":"DENIED","message":"to %s"}]}`, p)
			})}
			c := registry.New(registry.Options{Transport: w, Keychain: anonymous{}, Token: test.token})
			_, found, err := c.Resolve(t.Context(), test.image+":latest")
			if found || err == nil || err.Error() != test.want {
				t.Errorf("Resolve = %v, %v\nwant %s", found, err, test.want)
			}
			if w.requests() != 1 {
				t.Errorf("%d requests, want 1: a refusal is not tried again", w.requests())
			}
		})
	}
}

// A refused login says so, and shows no secret that the registry repeats.
func TestRefusedLogin(t *testing.T) {
	dockerConfig(t, "127.0.0.1", "octocat", password)
	w := newWorld(t)
	w.wire.handler = guarded(w.store, "octocat", "another")
	_, err := registry.New(registry.Options{Transport: w.wire}).Move(t.Context(), registry.Move{Image: app, Digest: digestOf(nil), Moving: []string{"latest"}})
	want := "the registry does not accept the credentials of the Docker configuration (401: UNAUTHORIZED not with *** Basic ***): log in with docker login 127.0.0.1, in the same job"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Move = %v\nwant %s", err, want)
	}
	for _, secret := range []string{password, base64.StdEncoding.EncodeToString([]byte("octocat:" + password))} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %q: %v", secret, err)
		}
	}
}

func TestBrokenDockerConfiguration(t *testing.T) {
	writeConfig(t, `{"credHelpers":{"127.0.0.1":"no-such-helper"}}`)
	w := newWorld(t)
	_, _, err := registry.New(registry.Options{Transport: w.wire}).Resolve(t.Context(), app+":latest")
	if err == nil || !strings.HasPrefix(err.Error(), "the Docker configuration gives no credentials for 127.0.0.1: ") || len(w.wire.seen) != 0 {
		t.Errorf("Resolve = %v after %d requests, want an error about the configuration and none", err, len(w.wire.seen))
	}
}

// Without TLS nothing is sent to another machine: no request, no credentials.
func TestPlainHTTPStaysOnThisMachine(t *testing.T) {
	for host, allowed := range map[string]bool{
		"127.0.0.1:5000": true,
		"10.0.0.5:5000":  false,
		"192.168.1.1":    false,
		"registry.local": false,
	} {
		dockerConfig(t, host, "octocat", password)
		w := &wire{handler: &lister{tags: []string{"a"}}}
		c := registry.New(registry.Options{Transport: onlyPlain{w}, Sleep: new(naps).sleep})
		got, err := all(t.Context(), c)
		if host == "127.0.0.1:5000" && (err != nil || len(got) != 1) {
			t.Errorf("%s: %v, %v", host, got, err)
		}
		_, _, err = c.Resolve(t.Context(), host+"/owner/app:latest")
		if (err == nil) != allowed {
			t.Errorf("%s: %v", host, err)
		}
		if strings.HasPrefix(host, "1") && !allowed && !strings.Contains(err.Error(), "plain HTTP, which is for registries on this machine alone") {
			t.Errorf("%s: %v, want an error about plain HTTP", host, err)
		}
		for _, req := range w.seen {
			if req.URL.Host == host && !allowed {
				t.Errorf("%s was asked: %s", host, req.URL)
			}
		}
	}
}

// onlyPlain is a world without TLS.
type onlyPlain struct{ inner http.RoundTripper }

func (o onlyPlain) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme == "https" {
		return nil, http.ErrSchemeMismatch
	}
	return o.inner.RoundTrip(req)
}

// Credentials do not follow a redirect to another host, and an encrypted connection does not lead to a plain one.
func TestRedirects(t *testing.T) {
	for _, test := range []struct{ location, want string }{
		{"https://storage.example/blob", ""},
		{"http://127.0.0.1/blob", "redirects from https to http, which is refused"},
	} {
		w := newWorld(t)
		w.store.image(t, "latest", "one")
		w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Host == "storage.example" && r.Header.Get("Authorization") != "" {
				t.Error("credentials went to another host")
			}
			switch {
			case strings.HasSuffix(r.URL.Path, "/blob"):
				fmt.Fprint(rw, w.store.get(t, "blobs/"+r.URL.Query().Get("digest")))
			case strings.Contains(r.URL.Path, "/blobs/"):
				digest := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
				http.Redirect(rw, r, test.location+"?digest="+digest+"&signature=secret", http.StatusTemporaryRedirect)
			default:
				guarded(w.store, "x-access-token", jobToken)(rw, r)
			}
		})
		c := registry.New(registry.Options{Transport: w.wire, Keychain: anonymous{}, Token: jobToken, Sleep: w.slept.sleep})
		l, _, err := c.Labels(t.Context(), "ghcr.io/owner/app:latest")
		if test.want == "" && (err != nil || l.Platforms[0].Labels["name"] != "one") {
			t.Errorf("Labels = %v, %v", l, err)
		}
		if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("Labels = %v, want an error with %q and no signature", err, test.want)
		}
	}
}
