package auth

// table is a map that forgets what was not used for long, so that its size is bounded
// and no call of it has to go through all of it. It holds the newest entries, at least
// the given number and at most twice as many: the young ones, and those that were young
// before.
type table[K comparable, V any] struct {
	most       int
	young, old map[K]V
}

func newTable[K comparable, V any](most int) *table[K, V] {
	return &table[K, V]{most: most, young: make(map[K]V)}
}

// get returns the entry of a key, which counts as used.
func (t *table[K, V]) get(k K) (v V, ok bool) {
	if v, ok = t.young[k]; ok {
		return v, true
	}
	if v, ok = t.old[k]; ok {
		t.put(k, v)
	}
	return v, ok
}

// put sets the entry of a key.
func (t *table[K, V]) put(k K, v V) {
	if _, known := t.young[k]; !known && len(t.young) >= t.most {
		t.old, t.young = t.young, make(map[K]V)
	}
	t.young[k] = v
}

// of returns the entry of a key, made where there is none.
func (t *table[K, V]) of(k K, fresh func() V) V {
	v, ok := t.get(k)
	if !ok {
		v = fresh()
		t.put(k, v)
	}
	return v
}
