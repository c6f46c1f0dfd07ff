// Package strict reads YAML and JSON so that every mistake can be reported with its place.
//
// A document becomes a tree of [Node] values, each of which knows its line, its column and its path.
// A [Reader] walks the tree and collects problems instead of stopping at the first one.
//
// Only what both formats share is accepted: a tree of maps with text keys, lists, text, numbers, booleans and null.
// YAML aliases are followed, within a limit on the size of the whole tree; merge keys, custom tags,
// several documents in one file and a key given twice are problems.
package strict

import (
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/internal/text"
)

// Kind is the kind of value that a [Node] contains.
type Kind uint8

// All kinds. The zero Kind is Null.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Map
)

// String returns the word for a kind in a message: "a list", "text".
func (k Kind) String() string {
	return [...]string{"nothing", "a boolean", "a number", "text", "a list", "a map"}[k]
}

// A Node is a value of a document, with its place.
type Node struct {
	Kind      Kind
	Text      string   // of Text, Number and Bool: as written
	Items     []*Node  // of List
	Fields    []Member // of Map, in the order of the file
	Line, Col int      // from 1; columns count characters

	parent   *Node
	key      string     // in parent, when that is a Map
	index    int        // in parent, when that is a List
	repeated []*Problem // of the root: keys given twice, anywhere
}

// A Member is a key of a Map and its value.
type Member struct{ Key, Value *Node }

// Get returns the value of a key of a Map, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for _, m := range n.Fields {
		if m.Key.Text == key {
			return m.Value
		}
	}
	return nil
}

// Elements returns the items of a List, and none of anything else.
func (n *Node) Elements() []*Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// Parent returns the Map or List that n stands in; nil for the root and for keys.
func (n *Node) Parent() *Node { return n.parent }

// Path is the way from the root: "rings[1].soak.min"; the root itself is "".
func (n *Node) Path() string {
	if n.parent == nil {
		return n.key
	}
	up := n.parent.Path()
	switch {
	case n.parent.Kind == List:
		return up + "[" + strconv.Itoa(n.index) + "]"
	case up == "":
		return printable(n.key)
	}
	return up + "." + printable(n.key)
}

// printable quotes a key that could disturb the message that it stands in.
func printable(key string) string {
	for _, c := range key {
		if c <= ' ' || c > '~' || strings.ContainsRune(`."[]:`, c) {
			return strconv.QuoteToASCII(Clip(key))
		}
	}
	return Clip(key)
}

// Clip shortens untrusted text for a message.
func Clip(s string) string { return text.Clip(s, text.MaxWord) }
