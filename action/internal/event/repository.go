package event

import "strings"

// A Repository is the repository that the workflow runs in. It is zero where neither the payload nor the run names it.
type Repository struct {
	FullName      string // owner and name with a slash between
	Owner         string
	Name          string
	HTMLURL       string // its page
	Description   string
	License       string // SPDX identifier, or NOASSERTION when GitHub does not know the licence
	DefaultBranch string
}

// repository reads the repository of the payload. Small payloads have none: then its name comes from env.
func repository(root *value, env Env) Repository {
	in := root.get("repository")
	r := Repository{
		FullName:      or(in.get("full_name").text(), env.Repository),
		HTMLURL:       in.get("html_url").text(),
		Description:   in.get("description").text(),
		License:       in.get("license", "spdx_id").text(),
		DefaultBranch: in.get("default_branch").text(),
	}
	if r.FullName == "" {
		return r
	}
	r.Owner, r.Name, _ = strings.Cut(r.FullName, "/")
	if r.Owner == "" || r.Name == "" || strings.Contains(r.Name, "/") {
		in.get("full_name").problem("%.80q is not a repository, expected OWNER/NAME (also in GITHUB_REPOSITORY)", r.FullName)
	}
	r.HTMLURL = or(r.HTMLURL, or(strings.TrimRight(env.ServerURL, "/"), "https://github.com")+"/"+r.FullName)
	return r
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
