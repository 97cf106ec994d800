package pipeline

import (
	"context"
	"hash/maphash"

	"github.com/postroom/postroom"
)

// A listing is what the object store holds. It may be many millions of objects, so
// it is kept without a pointer to each: the collector never walks through it.
type listing struct {
	seeds [2]maphash.Seed
	at    map[[2]uint64]uint32 // by two hashes of the key: where in objects
	all   []listedObject
	keys  []byte // one after the other
}

// A listedObject is used once something refers to it.
type listedObject struct {
	key      uint64 // where it begins in keys
	length   uint32
	used     bool
	size     int64
	modified int64 // microseconds since 1970
}

// listStore lists what Postroom has put into the object store.
func (p *Pipeline) listStore(ctx context.Context) (*listing, error) {
	l := &listing{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, at: map[[2]uint64]uint32{}}
	for _, prefix := range []string{"originals/", "documents/", "manifests/"} {
		if err := p.parts.Objects.List(ctx, prefix, func(o postroom.Object) error {
			l.at[l.hash(o.Key)] = uint32(len(l.all))
			l.all = append(l.all, listedObject{key: uint64(len(l.keys)), length: uint32(len(o.Key)), size: o.Size, modified: micros(o.Modified)})
			l.keys = append(l.keys, o.Key...)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *listing) hash(key string) [2]uint64 {
	return [2]uint64{maphash.String(l.seeds[0], key), maphash.String(l.seeds[1], key)}
}

// find returns nil for what was not there when the store was listed.
func (l *listing) find(key string) *listedObject {
	i, ok := l.at[l.hash(key)]
	if !ok || string(l.keys[l.all[i].key:][:l.all[i].length]) != key {
		return nil
	}
	return &l.all[i]
}

// unused calls f for each object that nothing has referred to, as they were listed.
func (l *listing) unused(f func(o postroom.Object) error) error {
	for _, o := range l.all {
		if o.used {
			continue
		}
		if err := f(postroom.Object{Key: string(l.keys[o.key:][:o.length]), Size: o.size, Modified: fromMicros(o.modified)}); err != nil {
			return err
		}
	}
	return nil
}
