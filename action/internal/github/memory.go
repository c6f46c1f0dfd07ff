package github

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// Remembering is a client that asks everything once and remembers the answer, refusals too. It is for a run that looks
// at much and changes nothing: what is read after something was written must not come from memory.
func (c *Client) Remembering() *Client {
	remembering := *c
	remembering.memory = &memory{answers: map[string]*answer{}, foretold: map[string]json.RawMessage{}}
	return &remembering
}

// A memory has what was asked, also while the answer is still to come.
type memory struct {
	mu       sync.Mutex
	answers  map[string]*answer
	foretold map[string]json.RawMessage // what REST would answer, by path, until it is asked for
	spent    *answer                    // that the rate limit is used up: GitHub wants no more requests then
}

type answer struct {
	done  chan struct{} // closed when the rest is there
	value any
	err   error
}

// Foretell gives a client that remembers the answer that REST would give to a path, as another way of asking had it, so that
// nobody has to ask. A list is foretold whole. Of what the API would say the answer needs what its readers read.
func (c *Client) Foretell(path string, answer any) {
	if c.memory == nil {
		return
	}
	text, err := json.Marshal(answer)
	if err != nil || c.kept.Add(int64(len(text))) > maxKept {
		return // REST will be asked
	}
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	c.memory.foretold[path] = text
}

// Remember gives a client that remembers the answer to a question of [Client.Once].
func (c *Client) Remember(question string, value any) {
	if c.memory == nil {
		return
	}
	if known, first := c.memory.look(question, ""); first {
		c.memory.keep(known, value, nil)
	}
}

// recall decodes what was foretold of a path, and reports whether that is an answer.
func (c *Client) recall(path string, v any, check func() error) bool {
	if c.memory == nil {
		return false
	}
	c.memory.mu.Lock()
	text, ok := c.memory.foretold[path]
	delete(c.memory.foretold, path)
	c.memory.mu.Unlock()
	c.kept.Add(-int64(len(text)))
	if !ok || json.Unmarshal(text, v) != nil || check() != nil {
		return false
	}
	c.kept.Add(weight(reflect.ValueOf(v)))
	return true
}

// look finds an answer. It reports whether the caller is the first, who has to ask for it.
func (m *memory) look(question, path string) (a *answer, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.answers[question]; ok {
		return a, false
	}
	if m.spent != nil && m.foretold[path] == nil {
		return m.spent, false
	}
	a = &answer{done: make(chan struct{})}
	m.answers[question] = a
	return a, true
}

func (m *memory) keep(a *answer, value any, err error) {
	a.value, a.err = value, err
	close(a.done)
	if r := new(refused); errors.As(err, &r) && r.limited && r.wait > outbound.MaxWait {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.spent = a
	}
}

// Once asks a question, unless the client remembers the answer. Callers must not change the answer. A question, which is a path
// and whether one thing or all of a list is wanted, has answers of one type.
func (c *Client) Once(ctx context.Context, op Operation, question string, ask func() (any, error)) (any, error) {
	return c.onceAt(ctx, op, question, "", ask)
}

// onceAt does the same with a question to a path, of which the answer may be foretold.
func (c *Client) onceAt(ctx context.Context, op Operation, question, path string, ask func() (any, error)) (any, error) {
	if c.memory == nil {
		return ask()
	}
	known, first := c.memory.look(question+path, path)
	if first {
		value, err := ask()
		c.memory.keep(known, value, err)
		return value, err
	}
	select {
	case <-known.done:
		return known.value, known.err
	case <-ctx.Done():
		return nil, c.Explain(op, context.Cause(ctx))
	}
}
