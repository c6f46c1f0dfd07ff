package jsonl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
)

const many = 100_000

// manyEntries writes a file of deployments to four rings, each in progress and then successful.
func manyEntries(b *testing.B) jsonl.File {
	b.Helper()
	var text strings.Builder
	for i := range many {
		outcome := []string{"in_progress", "success"}[i%2]
		at := begin.Add(time.Duration(i) * time.Minute).Format(time.RFC3339)
		fmt.Fprintf(&text, `{"id":"%d","at":"%s","ring":"ring-%d","outcome":"%s","digest":"sha256:%064x","images":["ghcr.io/acme/app"],"revision":"%040x","pr":%d,"decision_id":"sha256:%064x"}`+"\n",
			i+1, at, i/2%4, outcome, i/2, i/2, i/2+1, i)
	}
	path := filepath.Join(b.TempDir(), "ledger.jsonl")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	return jsonl.File{Path: path}
}

// BenchmarkRead reads one ring, or all four, of 100,000 entries; held is the memory of what is kept.
func BenchmarkRead(b *testing.B) {
	l := manyEntries(b)
	for _, rings := range [][]string{{"ring-0"}, {"ring-0", "ring-1", "ring-2", "ring-3"}} {
		b.Run(fmt.Sprintf("rings=%d", len(rings)), func(b *testing.B) {
			b.ReportAllocs()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var all ledger.Reading
			for b.Loop() {
				var err error
				if all, err = l.Read(b.Context(), rings...); err != nil || len(entriesIn(all, "ring-0")) != many/4 {
					b.Fatal(len(entriesIn(all, "ring-0")), err)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/(1<<20), "MB-held")
			runtime.KeepAlive(all)
		})
	}
}

func BenchmarkFacts(b *testing.B) {
	all, err := manyEntries(b).Read(b.Context(), "ring-0")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if f := all.Facts("ring-0"); len(f.History) != many/8 {
			b.Fatal(len(f.History))
		}
	}
}

// BenchmarkAppend adds to a file of 100,000 entries, and waits for the disk.
func BenchmarkAppend(b *testing.B) {
	l := manyEntries(b)
	for b.Loop() {
		if _, err := l.Append(b.Context(), success); err != nil {
			b.Fatal(err)
		}
	}
}
