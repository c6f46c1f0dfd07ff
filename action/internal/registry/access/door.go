// Package access lets requests into registries: it finds credentials, logs in, and says why a request was refused.
//
// The Docker configuration comes first, then the job token for ghcr.io, then none. The job token goes to ghcr.io alone, also
// where ghcr.io names another token service. A registry is spoken to in plain HTTP only on this machine (loopback), so that
// credentials never go out in the clear. Messages name where credentials came from, and never contain them.
package access

import (
	"context"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// Keys open registries.
type Keys struct {
	Transport http.RoundTripper // see [Transport]
	Keychain  authn.Keychain
	Token     string // the job token; "": none
}

// Transport returns one that sends requests carefully.
func Transport(inner http.RoundTripper, userAgent string) http.RoundTripper {
	return transport.NewUserAgent(&careful{inner: inner}, userAgent)
}

// A Door is a repository that the registry has let us in to, for reading or for writing.
type Door struct {
	Repo  name.Repository
	HTTP  *http.Client
	scope string // transport.PullScope or transport.PushScope
	cred  credential
}

// Repository reads the name of an image. One on this machine may speak plain HTTP.
func Repository(image string) (name.Repository, error) {
	repo, err := name.NewRepository(image)
	if err == nil && outbound.Loopback(repo.RegistryStr()) {
		repo, err = name.NewRepository(image, name.Insecure)
	}
	return repo, err
}

// Open logs in to a repository. The function try does something until it succeeds or was tried often enough.
func (k Keys) Open(ctx context.Context, repo name.Repository, scope string, try func(context.Context, func(context.Context) error) error) (*Door, error) {
	cred, err := k.credential(ctx, repo)
	if err != nil {
		return nil, err
	}
	d := &Door{Repo: repo, scope: scope, cred: cred}
	inner, rt := k.Transport, http.RoundTripper(nil)
	if cred.host != "" {
		inner = &homebound{inner, cred.host}
	}
	err = try(ctx, func(ctx context.Context) (err error) {
		rt, err = transport.NewWithContext(ctx, repo.Registry, cred.Authenticator, inner, []string{repo.Scope(scope)})
		return WithoutURL(err)
	})
	if err != nil {
		return nil, d.Explain("log in to "+repo.RegistryStr(), err)
	}
	d.HTTP = &http.Client{Transport: rt}
	return d, nil
}

// WithoutURL takes the address off an error: after a redirect it may contain a signature.
func WithoutURL(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}
