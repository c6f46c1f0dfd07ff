package github

import (
	"context"
	"errors"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// Remembering is a client that asks everything once and remembers the answer, refusals too. It is for a run that looks
// at much and changes nothing: what is read after something was written must not come from memory.
func (c *Client) Remembering() *Client {
	remembering := *c
	remembering.memory = &memory{answers: map[string]*answer{}}
	return &remembering
}

// A memory has what was asked, also while the answer is still to come.
type memory struct {
	mu      sync.Mutex
	answers map[string]*answer
	spent   *answer // that the rate limit is used up: GitHub wants no more requests then
}

type answer struct {
	done  chan struct{} // closed when the rest is there
	value any
	err   error
}

// look finds an answer. It reports whether the caller is the first, who has to ask for it.
func (m *memory) look(question string) (a *answer, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.answers[question]; ok {
		return a, false
	}
	if m.spent != nil {
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
	if c.memory == nil {
		return ask()
	}
	known, first := c.memory.look(question)
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
