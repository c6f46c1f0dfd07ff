package github

import "sync/atomic"

// Passing returns the same client for answers of which the caller keeps little: what they take is bounded one by one, and not
// counted among all that the client keeps.
func (c *Client) Passing() *Client {
	passing := *c
	passing.kept = &atomic.Int64{}
	return &passing
}
