package access

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

const githubRegistry = "ghcr.io"

// A credential identifies us to a registry.
type credential struct {
	authn.Authenticator
	source  string   // in words
	secrets []string // which no message may contain
	host    string   // the only one that may see it; "": also the token service that the registry names
}

// credential returns the credentials for a repository: those of the Docker configuration, else the job token, else none.
func (k Keys) credential(ctx context.Context, repo name.Repository) (credential, error) {
	found, err := authn.Resolve(ctx, k.Keychain, repo)
	switch {
	case err != nil:
		return credential{}, fmt.Errorf("the Docker configuration gives no credentials for %s: %w: mend it, or log in again with docker login %[1]s", repo.RegistryStr(), err)
	case found != authn.Anonymous:
		return newCredential(ctx, found, "the credentials of the Docker configuration")
	case repo.RegistryStr() == githubRegistry && k.Token != "":
		// ghcr.io looks at the token alone, but wants a user.
		cred, err := newCredential(ctx, &authn.Basic{Username: "x-access-token", Password: k.Token}, "the job token")
		cred.host = githubRegistry // it can do more than pull and push
		return cred, err
	}
	return credential{Authenticator: authn.Anonymous, source: "a request without credentials"}, nil
}

func newCredential(ctx context.Context, a authn.Authenticator, source string) (credential, error) {
	cfg, err := authn.Authorization(ctx, a)
	if err != nil {
		return credential{}, fmt.Errorf("%s cannot be read: %w", source, err)
	}
	basic := base64.StdEncoding.EncodeToString([]byte(cfg.Username + ":" + cfg.Password))
	secrets := []string{cfg.Password, cfg.Auth, cfg.IdentityToken, cfg.RegistryToken, basic}
	return credential{Authenticator: a, source: source, secrets: secrets}, nil
}

// hide removes secrets from a text that a registry may have written.
func (c credential) hide(text string) string {
	for _, secret := range c.secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}
