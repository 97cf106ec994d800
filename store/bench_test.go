package store

import (
	"fmt"
	"testing"

	"github.com/postroom/postroom"
)

func BenchmarkEncodeRecord(b *testing.B) {
	rec := withObjects()
	for b.Loop() {
		if _, err := EncodeRecord(rec); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRecord(b *testing.B) {
	line, err := EncodeRecord(withObjects())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := DecodeRecord(line); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFolderPut(b *testing.B) {
	f, err := OpenFolder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	body := pattern(2048)
	i := 0
	for b.Loop() {
		i++
		if err := put(f, fmt.Sprintf("documents/2026/03/12/%08d/record.json", i), body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFile(b *testing.B) {
	f, err := OpenFolder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	filer := &Filer{Objects: f}
	pdf := string(pattern(200_000))
	rec := filedRecord()
	rec.Objects.Originals = nil
	i := 0
	for b.Loop() {
		i++
		rec.DocumentID = string(postroom.HashOf(fmt.Append(nil, i))[:32])
		if _, err := file(filer, rec, pdf); err != nil {
			b.Fatal(err)
		}
	}
}
