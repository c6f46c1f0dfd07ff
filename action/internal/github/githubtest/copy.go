package githubtest

import "encoding/json"

// Copy returns a GitHub that begins with the same state, prefix and token. What is written to one is not written to the other.
func (g *GitHub) Copy() *GitHub {
	g.mu.Lock()
	defer g.mu.Unlock()
	src, err := json.Marshal(g.state)
	if err != nil {
		panic(err) // a state can always be written
	}
	other := &GitHub{Prefix: g.Prefix, Token: g.Token}
	if err := json.Unmarshal(src, &other.state); err != nil {
		panic(err)
	}
	return other
}
