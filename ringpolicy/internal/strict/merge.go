package strict

// Merge lays over over base: maps key by key, anything else whole; a null in over removes what base has.
// Neither is changed, and every value keeps the place and the path that it was read from.
func Merge(base, over *Node) *Node {
	switch {
	case base == nil:
		return over
	case over == nil:
		return base
	case base.Kind != Map || over.Kind != Map:
		return over
	}
	merged := *over
	merged.Fields = nil
	for _, m := range base.Fields {
		if top := over.Get(m.Key.Text); top == nil {
			merged.Fields = append(merged.Fields, m)
		} else if top.Kind != Null {
			merged.Fields = append(merged.Fields, Member{m.Key, Merge(m.Value, top)})
		}
	}
	for _, m := range over.Fields {
		if base.Get(m.Key.Text) == nil {
			merged.Fields = append(merged.Fields, m)
		}
	}
	return &merged
}
