package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
	"github.com/wizzense/deployment-rings/internal/text"
)

// A Failure is the error of a request that GitHub did not answer or carry out.
type Failure struct {
	Doing  string // "read the checks of 0a1b2c3d"
	Status int    // of the answer; 0 when there was none
	Needs  string // the permission that this takes: "checks: read"
	text   string
	err    error
}

// Error says what failed and what to do, in one line.
func (f *Failure) Error() string { return "cannot " + f.Doing + ": " + f.text }

// Unwrap returns the cause, such as context.Canceled.
func (f *Failure) Unwrap() error { return f.err }

// refused is an answer with a status that is no success.
type refused struct {
	status  int
	message string
	limited bool          // too many requests, of which this one was not served
	wait    time.Duration // what GitHub asks for; 0: nothing
	until   time.Time     // when the limit ends; zero: not known
}

func (r *refused) Error() string { return fmt.Sprintf("%d: %s", r.status, r.message) }

// refusal reads an answer that is no success.
//
// Of the two kinds of rate limits, one says so by X-RateLimit-Remaining, the other by Retry-After or in words alone:
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api.
func (c *Client) refusal(resp *http.Response, body []byte) *refused {
	r := &refused{status: resp.StatusCode, message: c.messageOf(resp.StatusCode, body)}
	used := resp.Header.Get("X-RateLimit-Remaining") == "0"
	after := outbound.RetryAfter(resp.Header)
	said := strings.Contains(strings.ToLower(r.message), "rate limit")
	r.limited = r.status == http.StatusTooManyRequests || r.status == http.StatusForbidden && (used || after > 0 || said)
	switch reset, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64); {
	case after > 0:
		r.wait = after
	case used && err == nil:
		r.until = time.Unix(reset, 0).UTC()
		r.wait = r.until.Sub(c.now())
	}
	return r
}

// messageOf returns the reason that GitHub gives, without the token and in one line.
func (c *Client) messageOf(status int, body []byte) string {
	var said struct {
		Message string
		Errors  []struct{ Message string }
	}
	if json.Unmarshal(body, &said) != nil || said.Message == "" {
		return strings.ToLower(http.StatusText(status))
	}
	message := said.Message
	for _, e := range said.Errors {
		if e.Message != "" {
			message += ", " + e.Message
		}
	}
	return c.hide(text.OneLine(message, text.MaxNote))
}

// hide takes the token out of a text that came from elsewhere.
func (c *Client) hide(s string) string {
	if c.token == "" {
		return s
	}
	return strings.ReplaceAll(s, c.token, "***")
}

// unwrapURL leaves out the address, which says no more than what was asked for.
func unwrapURL(err error) error {
	if u := new(url.Error); errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Explain says what failed and what to do about it.
func (c *Client) Explain(op Operation, err error) error {
	if err == nil {
		return nil
	}
	f := &Failure{Doing: op.Doing, Needs: op.Needs, text: c.hide(text.OneLine(err.Error(), text.MaxNote)), err: err}
	if r := new(refused); errors.As(err, &r) {
		f.Status = r.status
		f.text = c.advise(op, r, f.text)
	}
	return f
}

func (c *Client) advise(op Operation, r *refused, said string) string {
	permit := fmt.Sprintf("give the job %q", "permissions: "+op.Needs)
	if c.token == "" {
		permit = "give github-token a token with " + strconv.Quote(op.Needs)
	}
	switch {
	case r.limited:
		return fmt.Sprintf("the rate limit is used up%s (%s): run again later, or give github-token a token with a limit of its own", r.end(), said)
	case r.status == http.StatusUnauthorized:
		return fmt.Sprintf("GitHub does not accept the token (%s): a job token lives as long as its job, any other has to be valid for this repository", said)
	case r.status == http.StatusForbidden:
		return fmt.Sprintf("the token may not do this (%s): %s", said, permit)
	case r.status == http.StatusNotFound:
		return fmt.Sprintf("there is no such thing, or the token may not see it (%s): %s", said, permit)
	case r.status == http.StatusGone:
		return fmt.Sprintf("it is gone or turned off (%s): if issues are turned off, turn them on in the settings of the repository", said)
	case r.status >= 500:
		return fmt.Sprintf("GitHub has trouble (%s): run again later, see https://www.githubstatus.com", said)
	}
	return fmt.Sprintf("GitHub refuses this (%s)", said)
}

func (r *refused) end() string {
	switch {
	case !r.until.IsZero():
		return " until " + r.until.Format(time.RFC3339)
	case r.wait > 0:
		return " for " + r.wait.String()
	}
	return ""
}

// Joined returns several errors as one, in one line; nil if all are nil.
func Joined(errs ...error) error {
	var all error
	for _, err := range errs {
		switch {
		case err == nil:
		case all == nil:
			all = err
		default:
			all = fmt.Errorf("%w; %w", all, err)
		}
	}
	return all
}
