package store

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/postroom/postroom"
)

// A parquetLine is a ManifestLine as a row for analysts: one flat row a document,
// without patient data. What a document does not have is null.
type parquetLine struct {
	DocumentID   string    `parquet:"document_id"`
	Version      int32     `parquet:"version"`
	Replaces     *int32    `parquet:"replaces,optional"`
	Status       string    `parquet:"status,dict"`
	Type         string    `parquet:"type,dict"`
	Urgent       bool      `parquet:"urgent"`
	Received     time.Time `parquet:"received,timestamp(microsecond)"`
	RecordKey    *string   `parquet:"record_key,optional"`
	RecordSHA256 *string   `parquet:"record_sha256,optional"`
	RecordSize   *int64    `parquet:"record_size,optional"`
	PDFKey       *string   `parquet:"pdf_key,optional"`
	PDFSHA256    *string   `parquet:"pdf_sha256,optional"`
	PDFSize      *int64    `parquet:"pdf_size,optional"`
	FHIRKey      *string   `parquet:"fhir_key,optional"`
	FHIRSHA256   *string   `parquet:"fhir_sha256,optional"`
	FHIRSize     *int64    `parquet:"fhir_size,optional"`
}

// ParquetKey is the key of the Parquet file beside the manifest under key.
func ParquetKey(key string) string { return strings.TrimSuffix(key, ".ndjson") + ".parquet" }

// parquetRows bounds what is held in memory: so many rows make a row group.
const parquetRows = 10_000

// WriteParquet writes the manifest under key once more, for analysts, as Apache Parquet
// under [ParquetKey]. Its metadata hold what a [ManifestEnd] says: postroom.schema,
// postroom.run, postroom.day, postroom.documents, postroom.filed and postroom.sha256 of the
// manifest's lines. It appears when it is complete; the same manifest gives the same bytes.
func WriteParquet(ctx context.Context, objects Objects, key string) (postroom.Object, error) {
	fail := func(err error) (postroom.Object, error) {
		return postroom.Object{}, fmt.Errorf("write %s: %w", ParquetKey(key), err)
	}
	manifest, err := objects.Open(ctx, key)
	if err != nil {
		return fail(err)
	}
	defer manifest.Close()
	temp, err := os.CreateTemp("", "postroom-parquet-")
	if err != nil {
		return fail(diskProblem(err))
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	w := parquet.NewGenericWriter[parquetLine](temp, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(parquetRows), parquet.CreatedBy("postroom", "1", ""))
	end, err := ReadManifest(contextReader{ctx, manifest}, func(l ManifestLine) error {
		_, err := w.Write([]parquetLine{parquetOf(l)})
		return err
	})
	if err != nil {
		return fail(err)
	}
	for _, kv := range [][2]string{{"schema", end.Schema}, {"run", end.Run}, {"day", end.Day}, {"documents", strconv.Itoa(end.Documents)},
		{"filed", strconv.Itoa(end.Filed)}, {"sha256", string(end.Hash)}} {
		w.SetKeyValueMetadata("postroom."+kv[0], kv[1])
	}
	if err := w.Close(); err != nil {
		return fail(diskProblem(err))
	}
	if _, err := temp.Seek(0, io.SeekStart); err != nil {
		return fail(err)
	}
	sum, size, err := postroom.HashReader(temp)
	if err != nil {
		return fail(err)
	}
	if _, err := temp.Seek(0, io.SeekStart); err != nil {
		return fail(err)
	}
	if err := objects.Put(ctx, ParquetKey(key), temp, size, sum); err != nil {
		return fail(err)
	}
	return postroom.Object{Key: ParquetKey(key), Size: size, Hash: sum}, nil
}

func parquetOf(l ManifestLine) parquetLine {
	out := parquetLine{DocumentID: l.DocumentID, Version: int32(l.Version), Status: string(l.Status), Type: string(l.Type), Urgent: l.Urgent, Received: l.Received.UTC()}
	if l.Replaces > 0 {
		n := int32(l.Replaces)
		out.Replaces = &n
	}
	set := func(o *ManifestObject, key, hash **string, size **int64) {
		if o != nil {
			h := string(o.Hash)
			*key, *hash, *size = &o.Key, &h, &o.Size
		}
	}
	set(l.Record, &out.RecordKey, &out.RecordSHA256, &out.RecordSize)
	set(l.PDF, &out.PDFKey, &out.PDFSHA256, &out.PDFSize)
	set(l.FHIR, &out.FHIRKey, &out.FHIRSHA256, &out.FHIRSize)
	return out
}
