package bench

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/block"
	"dashcam/collectors/recorded"
	"dashcam/server"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// series is one changing series of a recording, as the ring and as Prometheus have it.
type series struct {
	times  []int64 // Unix milliseconds
	quanta []int64
	values []float64
	packed [][]byte
	chunks []*chunkenc.XORChunk
}

// xorSamples is how many samples Prometheus puts into a chunk.
const xorSamples = 120

func changing(b *testing.B, name string) []*series {
	b.Helper()
	r, err := recorded.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	rows := len(r.T) / block.MaxRows * block.MaxRows
	var all []*series
	for _, i := range r.Changing() {
		s := &series{times: r.T[:rows], quanta: r.Q[i][:rows]}
		for _, q := range s.quanta {
			s.values = append(s.values, r.Series[i].Family.Value(q))
		}
		all = append(all, s)
	}
	return all
}

func (s *series) pack(p *block.Packer) {
	s.packed = s.packed[:0]
	for from := 0; from < len(s.quanta); from += block.MaxRows {
		if b, ok := p.Pack(nil, s.quanta[from:from+block.MaxRows]); ok {
			s.packed = append(s.packed, append(b, make([]byte, block.Padding)...))
		}
	}
}

func (s *series) xor() error {
	s.chunks = s.chunks[:0]
	var to chunkenc.Appender
	n := 0
	for i, q := range s.quanta {
		if q == collectors.Missing {
			continue // Prometheus has no word for it
		}
		if n%xorSamples == 0 {
			c := chunkenc.NewXORChunk()
			s.chunks = append(s.chunks, c)
			var err error
			if to, err = c.Appender(); err != nil {
				return err
			}
		}
		to.Append(0, s.times[i], s.values[i])
		n++
	}
	return nil
}

// BenchmarkRing compares the ring's columns with Prometheus' chunks on the changing series of
// real hosts. The ring's time of a row is shared by all series; that of a chunk is in it.
func BenchmarkRing(b *testing.B) {
	for _, name := range recorded.Names() {
		all := changing(b, name)
		samples := 0
		for _, s := range all {
			samples += len(s.quanta)
		}
		var p block.Packer
		b.Run("pack/"+name, func(b *testing.B) {
			compare(b, func() error {
				for _, s := range all {
					s.pack(&p)
				}
				return nil
			}, func() error {
				for _, s := range all {
					if err := s.xor(); err != nil {
						return err
					}
				}
				return nil
			})
			ours, theirs := 0, 0
			for _, s := range all {
				for _, c := range s.packed {
					ours += len(c) - block.Padding + 4 // where it begins
				}
				for _, c := range s.chunks {
					theirs += len(c.Bytes())
				}
			}
			b.ReportMetric(float64(ours)/float64(samples), "ours-B/sample")
			b.ReportMetric(float64(theirs)/float64(samples), "theirs-B/sample")
		})
		b.Run("decode/"+name, func(b *testing.B) {
			for _, s := range all {
				s.pack(&p)
				if err := s.xor(); err != nil {
					b.Fatal(err)
				}
			}
			var v [block.MaxRows]int64
			var it chunkenc.Iterator
			var sum float64
			compare(b, func() error {
				for _, s := range all {
					for _, packed := range s.packed {
						c := block.OpenColumn(packed, block.MaxRows)
						c.Unpack(v[:])
					}
				}
				return nil
			}, func() error {
				for _, s := range all {
					for _, c := range s.chunks {
						for it = c.Iterator(it); it.Next() != chunkenc.ValNone; {
							_, value := it.At()
							sum += value
						}
					}
				}
				return it.Err()
			})
			b.ReportMetric(float64(samples), "samples")
		})
	}
}

// BenchmarkChart is a chart's question: the newest 15 minutes of 300 series in buckets, with
// least, most, mean, last, number and the place of the most of each, as JSON, compressed. We
// answer it over HTTP, by the program's own route; the other way is Prometheus' chunks in
// memory, encoding/json and the same compression, without HTTP.
func BenchmarkChart(b *testing.B) {
	const want, rows = 300, 900
	name := recorded.Names()[0]
	r, err := recorded.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	ring := history.New(history.Config{Panels: collectors.Panels(), Resources: collectors.Resources()})
	from := r.Changing()
	var all []*series
	var ids []collectors.SeriesID
	for i := range want {
		s := r.Series[from[i%len(from)]]
		f := *s.Family
		f.Name += "." + strconv.Itoa(i)
		s.Family = &f
		id, err := ring.Intern(s)
		if err != nil {
			b.Fatal(err)
		}
		ids, all = append(ids, id), append(all, &series{})
	}
	begin := time.Now().Add(-time.Hour).Truncate(time.Hour).UnixMilli()
	for played := range r.Play(begin, rows) {
		q := make([]int64, want)
		for i, s := range all {
			k := from[i%len(from)]
			q[i] = r.Q[k][(played.Row+i/len(from)*100)%len(r.T)]
			s.times, s.quanta = append(s.times, played.T), append(s.quanta, q[i])
			s.values = append(s.values, r.Series[k].Family.Value(q[i]))
		}
		ring.Append(history.Commit{Row: collectors.Row{T: played.T, IDs: ids, Q: q}})
	}
	for _, s := range all {
		if err := s.xor(); err != nil {
			b.Fatal(err)
		}
	}
	ask := serve(b, ring)
	ours, err := ask()
	if err != nil {
		b.Fatal(err)
	}
	step, n := answered(b, ours)
	theirs, err := chartOfChunks(all, begin, step)
	if err != nil {
		b.Fatal(err)
	}
	if _, m := answered(b, theirs); n != want || m != want {
		b.Fatalf("%d and %d series answered, want %d", n, m, want)
	}
	compare(b, func() error {
		_, err := ask()
		return err
	}, func() error {
		_, err := chartOfChunks(all, begin, step)
		return err
	})
	b.ReportMetric(rows*1000/float64(step), "buckets")
	b.ReportMetric(float64(len(ours)), "ours-B")
	b.ReportMetric(float64(len(theirs)), "theirs-B")
}

// bucketed is what is answered for a series.
type bucketed struct {
	Min    []float64 `json:"min"`
	Max    []float64 `json:"max"`
	Mean   []float64 `json:"mean"`
	Last   []float64 `json:"last"`
	N      []int     `json:"n"`
	MaxSeq []int     `json:"maxSeq"`

	seq int
	at  int64 // which bucket is the last one
}

// add counts the next value, of the bucket with the number at.
func (a *bucketed) add(at int64, v float64) {
	a.seq++
	if len(a.N) == 0 || at != a.at {
		a.at = at
		a.Min, a.Max, a.Mean = append(a.Min, v), append(a.Max, v), append(a.Mean, 0)
		a.Last, a.N, a.MaxSeq = append(a.Last, 0), append(a.N, 0), append(a.MaxSeq, a.seq)
	}
	n := len(a.N) - 1
	a.Min[n] = min(a.Min[n], v)
	if v > a.Max[n] {
		a.Max[n], a.MaxSeq[n] = v, a.seq
	}
	a.N[n]++
	a.Mean[n] += (v - a.Mean[n]) / float64(a.N[n])
	a.Last[n] = v
}

// chartOfChunks answers with buckets of step milliseconds.
func chartOfChunks(all []*series, begin, step int64) ([]byte, error) {
	answer := struct {
		Series map[string]*bucketed `json:"series"`
	}{make(map[string]*bucketed, len(all))}
	var it chunkenc.Iterator
	for i, s := range all {
		a := &bucketed{}
		answer.Series[strconv.Itoa(i)] = a
		for _, c := range s.chunks {
			for it = c.Iterator(it); it.Next() != chunkenc.ValNone; {
				t, v := it.At()
				a.add((t-begin)/step, v)
			}
			if err := it.Err(); err != nil {
				return nil, err
			}
		}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

// serve answers for the ring as the program does, and returns a way to ask for the chart.
func serve(b *testing.B, ring *history.Ring) func() ([]byte, error) {
	b.Helper()
	log := slog.New(slog.DiscardHandler)
	s, err := server.New(server.Config{
		Assets: fstest.MapFS{"index.html": {Data: []byte(`<!doctype html>`)}},
		Ring:   ring, Stream: stream.New(stream.Config{Ring: ring, Log: log, Hello: func() wire.Hello { return wire.Hello{} }}),
		Host: func() collectors.Host { return collectors.Host{} }, Log: log,
	})
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(b.Context(), ln) }()
	b.Cleanup(func() {
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	b.Cleanup(client.CloseIdleConnections)
	last := ring.Bounds()
	query := "/api/v1/history?points=300&from=" + strconv.FormatInt(last.OldestT, 10) + "&to=" + strconv.FormatInt(last.NewestT+1, 10)
	return func() ([]byte, error) {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+ln.Addr().String()+query, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept-Encoding", "gzip")
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		return body, first(err, resp.Body.Close())
	}
}

// answered returns the length of a bucket and how many series have values in any.
func answered(b *testing.B, compressed []byte) (step int64, series int) {
	b.Helper()
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		b.Fatal(err)
	}
	var answer struct {
		StepMs int64 `json:"stepMs"`
		Series map[string]struct {
			N []int `json:"n"`
		} `json:"series"`
	}
	if err := json.NewDecoder(z).Decode(&answer); err != nil {
		b.Fatal(err)
	}
	for _, s := range answer.Series {
		if slices.Max(s.N) > 0 {
			series++
		}
	}
	return answer.StepMs, series
}
