package access

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
	"github.com/wizzense/deployment-rings/internal/text"
)

// A Failure is a request that a registry did not serve.
type Failure struct {
	Doing  string // "read ghcr.io/owner/app:latest"
	Status int    // of the answer; 0 when there was none
	text   string
	err    error
}

// Error says what failed and what to do.
func (f *Failure) Error() string { return "cannot " + f.Doing + ": " + f.text }

// Unwrap returns what was seen, such as context.Canceled.
func (f *Failure) Unwrap() error { return f.err }

// Explain says what failed and what to do about it.
func (d *Door) Explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	status := Status(err)
	said := d.cred.hide(text.OneLine(reason(err), 600))
	switch status {
	case http.StatusUnauthorized:
		said = fmt.Sprintf("the registry does not accept %s (401: %s): %s", d.cred.source, said, d.login())
	case http.StatusForbidden:
		said = fmt.Sprintf("the registry does not allow this with %s (403: %s): %s", d.cred.source, said, d.permit())
	case http.StatusNotFound:
		said = fmt.Sprintf("there is no such thing (404: %s): check the name, and that it was pushed", said)
	}
	return &Failure{Doing: doing, Status: status, text: said, err: err}
}

func (d *Door) login() string {
	if d.Repo.RegistryStr() == githubRegistry {
		return "give github-token, or log in with docker/login-action"
	}
	return "log in with docker login " + d.Repo.RegistryStr() + ", in the same job"
}

func (d *Door) permit() string {
	github, right := "read", "pull from"
	if d.scope == transport.PushScope {
		github, right = "write", "push to"
	}
	switch {
	case d.cred.Authenticator == authn.Anonymous:
		return d.login()
	case d.Repo.RegistryStr() == githubRegistry:
		return `give the job "permissions: packages: ` + github + `", and this repository access to the package (package settings, Manage Actions access)`
	}
	return fmt.Sprintf("give that user the right to %s %s, or %s", right, d.Repo.RepositoryStr(), d.login())
}

// Status returns the status that a registry refused with; 0 when there was none.
func Status(err error) int {
	if t := new(transport.Error); errors.As(err, &t) {
		return t.StatusCode
	}
	if b := new(busy); errors.As(err, &b) {
		return b.status
	}
	return 0
}

// reason returns the reason that the registry gives, else the error.
func reason(err error) string {
	t := new(transport.Error)
	switch {
	case errors.As(err, new(*outbound.Lost)):
		return "the connection was lost: " + err.Error()
	case !errors.As(err, &t):
		return err.Error()
	}
	var reasons []string
	for _, e := range t.Errors {
		reasons = append(reasons, strings.TrimSpace(string(e.Code)+" "+e.Message))
	}
	if reasons == nil {
		return strings.ToLower(http.StatusText(t.StatusCode))
	}
	return strings.Join(reasons, ", ")
}
