package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// PublicRoot is the API of github.com. In a job GITHUB_API_URL has the root, also that of an Enterprise Server.
const PublicRoot = "https://api.github.com"

// Options are what a Client is built from.
type Options struct {
	Token      string            // "": none, which can read public repositories and no more
	Root       string            // of the API; "": [PublicRoot]
	Repository string            // owner/name
	Many       bool              // queries name their repositories, and the client has none
	Transport  http.RoundTripper // nil: http.DefaultTransport
	UserAgent  string
	Limit      time.Duration                              // of one call in all; 0: 90 seconds
	Sleep      func(context.Context, time.Duration) error // between tries; nil: real time
	AtOnce     int                                        // requests under way; 0: 16, since GitHub asks clients not to send many at once
	Now        func() time.Time                           // from which the end of a rate limit is counted; nil: the clock
}

// A Client asks the API about one repository. It may be used by several goroutines at once.
type Client struct {
	http       *http.Client
	root       *url.URL
	repository string // owner/name
	token      string
	userAgent  string
	limit      time.Duration
	now        func() time.Time
	retrier    outbound.Retrier
	memory     *memory // nil: everything is asked anew
	room       *outbound.Room
	kept       *atomic.Int64 // bytes of all answers, as they are in memory
	account    *account
}

const atOnce = 16

var repositoryForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)

// New returns a Client. It sends nothing yet.
func New(o Options) (*Client, error) {
	root, err := parseRoot(cmp.Or(o.Root, PublicRoot))
	if err != nil {
		return nil, err
	}
	if !o.Many && !IsRepository(o.Repository) {
		return nil, fmt.Errorf("repository %.200q is not owner/name, as in GITHUB_REPOSITORY", o.Repository)
	}
	c := &Client{
		http:       &http.Client{Transport: o.Transport, CheckRedirect: belowRoot(root)},
		root:       root,
		repository: o.Repository,
		token:      strings.TrimSpace(o.Token),
		userAgent:  cmp.Or(o.UserAgent, "deployment-rings"),
		limit:      cmp.Or(o.Limit, 90*time.Second),
		now:        o.Now,
		retrier: outbound.Retrier{
			Patience: patience,
			Backoff:  backoff,
			Sleep:    o.Sleep,
			Turns:    make(chan struct{}, cmp.Or(o.AtOnce, atOnce)),
		},
		room:    &outbound.Room{},
		kept:    &atomic.Int64{},
		account: &account{},
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c, nil
}

func parseRoot(text string) (*url.URL, error) {
	root, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || root.Host == "" || root.User != nil || root.Scheme != "https" && root.Scheme != "http" {
		return nil, fmt.Errorf("the root of the GitHub API is not a URL such as %s (GITHUB_API_URL)", PublicRoot)
	}
	if outbound.Readable(root) {
		return nil, fmt.Errorf("the root of the GitHub API is http://%s: without encryption others could read the token on the way, and change what GitHub answers. "+
			"Give the address that begins with https (GITHUB_API_URL, or GITHUB_SERVER_URL); http is for this machine alone", root.Host)
	}
	return root, nil
}

// belowRoot follows GitHub to the new place of a repository that has another name now, and keeps the token from going elsewhere.
// That place is below the root of the same API: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api.
func belowRoot(root *url.URL) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, before []*http.Request) error {
		switch first := before[0]; {
		case !isBelow(root, next.URL):
			return fmt.Errorf("it redirects from %s to %s, outside of the API", first.URL.Host, next.URL.Host)
		case next.Method != first.Method: // net/http makes a GET of what a 301 or 302 answers
			return errors.New("it redirects what writes in a way that does not write: if the repository has another name now, give that name (GITHUB_REPOSITORY)")
		case len(before) > 5:
			return errors.New("it redirects in circles")
		}
		return nil
	}
}

// isBelow reports whether an address is of the API.
func isBelow(root, address *url.URL) bool {
	return address.Scheme == root.Scheme && address.Host == root.Host && strings.HasPrefix(path.Clean(address.Path), root.Path+"/")
}

// Repository returns the name of the repository, owner/name.
func (c *Client) Repository() string { return c.repository }

// IsRepository reports whether a text is the name of a repository, owner/name.
func IsRepository(name string) bool { return repositoryForm.MatchString(name) }

// Path returns the path of something in the repository, below the root of the API.
func (c *Client) Path(parts ...string) string {
	path := "/repos/" + c.repository
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

var errLimit = errors.New("GitHub took too long in all")

// Bound ends a call that takes too long in all.
func (c *Client) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, c.limit, errLimit)
}
