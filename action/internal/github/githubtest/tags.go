package githubtest

import "slices"

// TagState are the Git tags of the repository.
type TagState struct {
	Tags []Tag `json:"tags"`
}

// A Tag points to a commit, or to an object of its own, which is an annotated tag and points to something itself.
type Tag struct {
	Name string `json:"name"` // "": an object without a name
	SHA  string `json:"sha"`  // of its object; "": it is none
	At   Object `json:"object"`
}

// An Object is something in the repository.
type Object struct {
	Type string `json:"type"` // commit, tag, tree, blob
	SHA  string `json:"sha"`
}

func (g *GitHub) tagHandlers() handlers {
	return handlers{
		"GET /git/ref/tags/{tag}": (*call).tag,
		"GET /git/tags/{sha}":     (*call).tagObject,
	}
}

func (c *call) tag() {
	at := slices.IndexFunc(c.state.Tags, func(t Tag) bool { return t.Name != "" && t.Name == c.r.PathValue("tag") })
	if at < 0 {
		c.missing()
		return
	}
	t := c.state.Tags[at]
	object := t.At
	if t.SHA != "" {
		object = Object{"tag", t.SHA}
	}
	c.ok(map[string]any{"ref": "refs/tags/" + t.Name, "object": object})
}

func (c *call) tagObject() {
	at := slices.IndexFunc(c.state.Tags, func(t Tag) bool { return t.SHA != "" && t.SHA == c.r.PathValue("sha") })
	if at < 0 {
		c.missing()
		return
	}
	c.ok(map[string]any{"tag": c.state.Tags[at].Name, "sha": c.state.Tags[at].SHA, "object": c.state.Tags[at].At})
}
