package server

import (
	"bufio"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// What fasthttp takes and a proxy may read otherwise was answered with 200.
func TestMalformedHeadsAreRefused(t *testing.T) {
	r := newRig(t, nil)
	const head, end = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n", "Connection: close\r\n\r\n"
	for name, c := range map[string]struct{ request, status string }{
		"ordinary":                    {head + end, "200"},
		"HTTP/1.0":                    {"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n", "200"},
		"no blank behind the colon":   {head + "X-A:b\r\n" + end, "200"},
		"an empty value":              {head + "X-A:\r\n" + end, "200"},
		"odd characters of a name":    {head + "X_!#$%&'*+.^`|~: b\r\n" + end, "200"},
		"a length":                    {head + "Content-Length: 1\r\n" + end + "x", "200"},
		"HTTP/9.9":                    {"GET /healthz HTTP/9.9\r\nHost: localhost\r\n" + end, "400"},
		"HTTP/1.2":                    {"GET /healthz HTTP/1.2\r\nHost: localhost\r\n" + end, "400"},
		"HTTP/2.0":                    {"GET /healthz HTTP/2.0\r\nHost: localhost\r\n" + end, "400"},
		"a continued line":            {head + "X-A: b\r\n c\r\n" + end, "400"},
		"continued by a tab":          {head + "X-A: b\r\n\tc: d\r\n" + end, "400"},
		"a blank before the name":     {"GET /healthz HTTP/1.1\r\n Host: localhost\r\n" + end, "400"},
		"a blank behind the name":     {head + "X-A : b\r\n" + end, "400"},
		"a tab behind the name":       {head + "X-A\t: b\r\n" + end, "400"},
		"a blank in the name":         {head + "X A: b\r\n" + end, "400"},
		"no name":                     {head + ": b\r\n" + end, "400"},
		"no colon":                    {head + "X-A\r\n" + end, "400"},
		"a carriage return":           {head + "X-A: b\rX-C: d\r\n" + end, "400"},
		"two lengths":                 {head + "Content-Length: 1\r\nContent-Length: 1\r\n" + end + "x", "400"},
		"two lengths in one":          {head + "Content-Length: 1, 1\r\n" + end + "x", "400"},
		"a length with a sign":        {head + "Content-Length: +1\r\n" + end + "x", "400"},
		"a length and chunks":         {head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" + end + "0\r\n\r\n", "400"},
		"chunks and a length":         {head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" + end + "0\r\n\r\n", "400"},
		"two codings":                 {head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + end + "0\r\n\r\n", "400"},
		"chunks twice":                {head + "Transfer-Encoding: chunked, chunked\r\n" + end + "0\r\n\r\n", "400"},
		"an unknown coding":           {head + "Transfer-Encoding: gzip\r\n" + end, "400"},
		"chunks in HTTP/1.0":          {"GET /healthz HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		"the next one is not reached": {head + "X-A : b\r\n\r\n" + head + end, "400"},
	} {
		got := r.raw(c.request)
		closed := got == "" && c.status == "400" // refused without a word
		if !strings.HasPrefix(got, "HTTP/1.1 "+c.status) && !closed || strings.Count(got, "\r\nDate: ") > 1 {
			t.Errorf("%s: %.300q, want %s", name, got, c.status)
		}
	}
}

// head is what a browser sends with every request.
const browserHead = "GET /api/v1/host HTTP/1.1\r\nHost: localhost:7272\r\nConnection: keep-alive\r\nAccept: application/json\r\n" +
	"Dashcam-Key: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n" +
	"Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nAccept-Encoding: gzip, deflate, br\r\n" +
	"Accept-Language: en-GB,en;q=0.9\r\nCookie: dashcam-7272=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n\r\n"

func TestWellFormed_AllocatesNothing(t *testing.T) {
	h := readHead(t)
	if n := testing.AllocsPerRun(100, func() {
		if !wellFormed(h) {
			t.Fatal("what a browser sends is refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func readHead(tb testing.TB) *fasthttp.RequestHeader {
	tb.Helper()
	var h fasthttp.RequestHeader
	if err := h.Read(bufio.NewReader(strings.NewReader(browserHead))); err != nil {
		tb.Fatal(err)
	}
	return &h
}

// The check beside fasthttp reading the same head.
func BenchmarkWellFormed(b *testing.B) {
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		var h fasthttp.RequestHeader
		text := strings.NewReader("")
		buffered := bufio.NewReader(text)
		for b.Loop() {
			text.Reset(browserHead)
			buffered.Reset(text)
			if err := h.Read(buffered); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		h := readHead(b)
		for b.Loop() {
			if !wellFormed(h) {
				b.Fatal("refused")
			}
		}
	})
}
