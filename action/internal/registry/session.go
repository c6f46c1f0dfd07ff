package registry

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// A session is a repository that the registry has let us in to, for reading or for writing.
type session struct {
	*Client
	repo  name.Repository
	scope string // transport.PullScope or transport.PushScope
	cred  credential
	http  *http.Client
}

type sessionKey struct{ repo, scope string }

// A slot holds a session once there is one; its lock lets one goroutine shake hands while others wait.
type slot struct {
	mu      sync.Mutex
	session *session
}

// open is a session for a scope.
func (c *Client) open(ctx context.Context, image, scope string) (*session, error) {
	repo, err := repository(image)
	if err != nil {
		return nil, err
	}
	found, _ := c.sessions.LoadOrStore(sessionKey{repo.Name(), scope}, &slot{})
	slot := found.(*slot)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if slot.session == nil {
		slot.session, err = c.handshake(ctx, repo, scope)
	}
	return slot.session, err
}

func (c *Client) handshake(ctx context.Context, repo name.Repository, scope string) (*session, error) {
	cred, err := c.credential(ctx, repo)
	if err != nil {
		return nil, err
	}
	s := &session{Client: c, repo: repo, scope: scope, cred: cred}
	inner, rt := c.transport, http.RoundTripper(nil)
	if cred.host != "" {
		inner = &homebound{inner, cred.host}
	}
	err = c.try(ctx, func(ctx context.Context) (err error) {
		rt, err = transport.NewWithContext(ctx, repo.Registry, cred.Authenticator, inner, []string{repo.Scope(scope)})
		return withoutURL(err)
	})
	if err != nil {
		return nil, s.explain("log in to "+repo.RegistryStr(), err)
	}
	s.http = &http.Client{Transport: rt}
	return s, nil
}

// A request is sent to the repository.
type request struct {
	method string
	url    string
	header http.Header
	body   []byte
	max    int64                                           // bytes of the answer
	read   func(resp *http.Response, content []byte) error // takes the answer; nil: nothing in it is needed
}

// once sends a request once.
func (s *session) once(ctx context.Context, r request) error {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return err
	}
	if r.header != nil {
		req.Header = r.header.Clone() // a try may not see what the one before added
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	success := http.StatusOK
	if r.method == http.MethodPut {
		success = http.StatusCreated
	}
	if err := transport.CheckError(resp, success); err != nil || r.read == nil {
		return err
	}
	return s.room.Read(ctx, resp.Body, r.max, func(content []byte) error { return r.read(resp, content) })
}

// send sends a request until it is answered; see try.
func (s *session) send(ctx context.Context, r request) error {
	return s.try(ctx, func(ctx context.Context) error { return s.once(ctx, r) })
}

// withoutURL takes the address off an error: after a redirect it may hold a signature.
func withoutURL(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}

// url is an address in the repository; the handshake found out whether it is plain HTTP.
func (s *session) url(elements ...string) string {
	u := url.URL{Scheme: s.repo.Scheme(), Host: s.repo.RegistryStr(), Path: "/v2/" + s.repo.RepositoryStr()}
	return u.JoinPath(elements...).String()
}
