package ringpolicy

// commonText finds a short text that two patterns match both, if there is one.
//
// It walks pairs of positions in the two patterns, breadth first; each pair is visited once.
func commonText(a, b pattern) (string, bool) {
	type state struct{ i, j int }
	type step struct {
		from state
		char rune // 0: none was read
	}
	came := map[state]step{{}: {}}
	end := state{len(a.tokens), len(b.tokens)}
	queue := []state{{}}
	for ; len(queue) > 0 && queue[0] != end; queue = queue[1:] {
		at := queue[0]
		visit := func(next state, char rune) {
			if _, seen := came[next]; !seen {
				came[next] = step{at, char}
				queue = append(queue, next)
			}
		}
		ta, tb := a.at(at.i), b.at(at.j)
		if ta.kind == anyRun {
			visit(state{at.i + 1, at.j}, 0)
		}
		if tb.kind == anyRun {
			visit(state{at.i, at.j + 1}, 0)
		}
		if at.i < end.i && at.j < end.j {
			if char, ok := commonChar(ta, tb); ok {
				visit(state{at.i + stays(ta), at.j + stays(tb)}, char)
			}
		}
	}
	if len(queue) == 0 {
		return "", false
	}
	var text []rune
	for at := end; at != (state{}); at = came[at].from {
		if c := came[at].char; c != 0 {
			text = append([]rune{c}, text...)
		}
	}
	return string(text), true
}

// at is the token at a position; after the last one a literal that matches nothing.
func (p pattern) at(i int) token {
	if i < len(p.tokens) {
		return p.tokens[i]
	}
	return token{}
}

// stays is how far a position moves when the token matches a character: "*" stays for more.
func stays(t token) int {
	if t.kind == anyRun {
		return 0
	}
	return 1
}

// commonChar finds a character that two tokens match both: one of those at which their ranges begin or end will do.
func commonChar(a, b token) (rune, bool) {
	for _, c := range append(append(a.candidates(), b.candidates()...), 'x', 'y', '0', '-') {
		if a.matches(c, false) && b.matches(c, false) {
			return c, true
		}
	}
	return 0, false
}

func (t token) candidates() []rune {
	if t.kind == literal {
		return []rune{t.char}
	}
	var all []rune
	for _, r := range t.ranges {
		all = append(all, r.low, r.high)
		if r.low > ' ' {
			all = append(all, r.low-1)
		}
		all = append(all, r.high+1)
	}
	return all
}
