// Package ringpolicy decides how an image moves through deployment rings: which ring a branch belongs to,
// whether an image may move on into a ring, and when a ring must go back.
package ringpolicy
