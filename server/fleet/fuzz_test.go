package fleet

import (
	"testing"
)

// What is understood is understood again when it is sent on, and lies within its bounds.
func FuzzSummary(f *testing.F) {
	s := exampleSummary()
	f.Add(s.encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseSummary(text)
		if err != nil {
			return
		}
		if len(s.Process) > maxLabel || len(s.Service) > maxLabel || !ValidID(s.Instance) {
			t.Errorf("%+v", s)
		}
		encoded := s.encode()
		if len(encoded) > MaxSummary {
			t.Errorf("%d bytes", len(encoded))
		}
		if _, err := ParseSummary(encoded); err != nil {
			t.Error(err)
		}
	})
}

func FuzzAbout(f *testing.F) {
	f.Add([]byte(`{"instance":"A","nowMs":1,"intervalMs":1000,"labels":{"role":"db"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := ParseAbout(text)
		if err == nil && (len(a.Labels) > MaxLabels || len(a.Name) > maxName) {
			t.Errorf("%+v", a)
		}
	})
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte(`{"instance":"A","events":[{"seq":1,"t":1,"kind":"mark","text":"x"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseEvents(text)
		if err == nil && (len(m.Events) > maxEvents || !ValidID(m.Instance)) {
			t.Errorf("%+v", m)
		}
	})
}

func FuzzControl(f *testing.F) {
	f.Add([]byte(`{"type":"lease","lease":"A","since":{"instance":"B","seq":9},"window":300}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseControl(text)
		if err == nil && c.Type == typeLease && !ValidID(c.Lease) {
			t.Errorf("%+v", c)
		}
	})
}

func FuzzQuestion(f *testing.F) {
	f.Add([]byte(`{"type":"request","id":"A","method":"GET","path":"/api/v1/host?x=1","header":{"accept":"text/csv"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		q, err := ParseQuestion(text)
		if err == nil && q.Type == typeRequest && (q.Method != "GET" && q.Method != "HEAD" || q.Path[0] != '/' || len(q.Header) > len(questionHeaders)) {
			t.Errorf("%+v", q)
		}
	})
}

func FuzzLive(f *testing.F) {
	f.Add([]byte("1\n{}"))
	f.Add(appendLive(nil, 9, append([]byte("\n"), make([]byte, packFrom)...)))
	f.Fuzz(func(t *testing.T, text []byte) {
		number, messages, err := parseLive(text)
		if err == nil && (number == 0 || len(messages) == 0) {
			t.Errorf("%d, %d messages", number, len(messages))
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add(appendPart(nil, kindHead, 0, []byte(`{"status":200,"header":{"content-type":["text/plain"]}}`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePart(text)
		if err != nil || p.kind != kindHead {
			return
		}
		if h, err := parseHead(p.body); err == nil && len(h.Header) > len(answerHeaders) {
			t.Errorf("%+v", h)
		}
	})
}

func FuzzToken(f *testing.F) {
	token := NewToken([32]byte{1})
	f.Add(token.Text())
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseToken(text)
		if err != nil {
			return
		}
		if again, err := ParseToken(token.Text()); err != nil || again != token {
			t.Errorf("%q: %v", text, err)
		}
	})
}
