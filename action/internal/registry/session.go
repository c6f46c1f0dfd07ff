package registry

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/wizzense/deployment-rings/action/internal/registry/access"
)

// A session is the way into a repository, for reading or for writing.
type session struct {
	*Client
	*access.Door
}

type sessionKey struct{ repo, scope string }

// A slot holds a session once there is one; whoever has the turn shakes hands while others wait.
type slot struct {
	turn    chan struct{}
	session *session
}

// open returns a session for a scope.
func (c *Client) open(ctx context.Context, image, scope string) (*session, error) {
	repo, err := access.Repository(image)
	if err != nil {
		return nil, err
	}
	found, _ := c.sessions.LoadOrStore(sessionKey{repo.Name(), scope}, &slot{turn: make(chan struct{}, 1)})
	slot := found.(*slot)
	select {
	case slot.turn <- struct{}{}:
		defer func() { <-slot.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if slot.session != nil {
		return slot.session, nil
	}
	door, err := c.keys.Open(ctx, repo, scope, c.try)
	if err != nil {
		return nil, err
	}
	slot.session = &session{c, door}
	return slot.session, nil
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
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return access.WithoutURL(err)
	}
	defer resp.Body.Close()
	success := []int{http.StatusOK}
	if r.method == http.MethodPut {
		success = []int{http.StatusOK, http.StatusCreated, http.StatusAccepted}
	}
	if err := transport.CheckError(resp, success...); err != nil || r.read == nil {
		return err
	}
	return s.room.Read(ctx, resp.Body, r.max, func(content []byte) error { return r.read(resp, content) })
}

// send sends a request until it is answered; see try.
func (s *session) send(ctx context.Context, r request) error {
	return s.try(ctx, func(ctx context.Context) error { return s.once(ctx, r) })
}

// url returns an address in the repository; the handshake found out whether it is plain HTTP.
func (s *session) url(elements ...string) string {
	u := url.URL{Scheme: s.Repo.Scheme(), Host: s.Repo.RegistryStr(), Path: "/v2/" + s.Repo.RepositoryStr()}
	return u.JoinPath(elements...).String()
}
