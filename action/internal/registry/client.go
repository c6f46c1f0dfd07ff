package registry

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
	"github.com/wizzense/deployment-rings/action/internal/registry/access"
)

// Options configure a Client. The zero Options use the Docker configuration and real time.
type Options struct {
	Transport http.RoundTripper // nil: http.DefaultTransport
	UserAgent string
	Keychain  authn.Keychain                             // nil: the Docker configuration
	Token     string                                     // the job token, used for ghcr.io alone; "": none
	AtOnce    int                                        // requests under way, over all images; 0: 64
	Limit     time.Duration                              // of one call in all; 0: a minute, five for [Client.Move]
	Sleep     func(context.Context, time.Duration) error // waits before another try; nil: real time
}

// A Client speaks with registries. It may be used by several goroutines at once.
type Client struct {
	keys     access.Keys
	limit    time.Duration
	retrier  outbound.Retrier
	room     outbound.Room
	sessions sync.Map // of slots, by sessionKey
	ahead    sync.Map // of answers, by reference: see [Client.Ahead]
	memory   memory
}

// New returns a Client. It sends no request yet.
func New(o Options) *Client {
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Keychain == nil {
		o.Keychain = authn.DefaultKeychain
	}
	return &Client{
		keys:  access.Keys{Transport: access.Transport(o.Transport, o.UserAgent), Keychain: o.Keychain, Token: o.Token},
		limit: o.Limit,
		retrier: outbound.Retrier{
			Patience: 30 * time.Second,
			Backoff:  []time.Duration{time.Second, 3 * time.Second, 9 * time.Second},
			Sleep:    o.Sleep,
			Turns:    make(chan struct{}, cmp.Or(o.AtOnce, 64)),
		},
	}
}

// try does something that may be done again.
func (c *Client) try(ctx context.Context, do func(context.Context) error) error {
	return c.retrier.Try(ctx, access.Again, do)
}

var errLimit = errors.New("the registry took too long in all")

const (
	readLimit = time.Minute     // of a call that reads, in all
	moveLimit = 5 * time.Minute // of one that moves tags, in all: it reads, writes, and reads again
)

// bound ends a call that takes too long in all.
func (c *Client) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, cmp.Or(c.limit, readLimit), errLimit)
}
