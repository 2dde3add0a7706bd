package fleet

import "testing"

// A message may be older than the last schema: whoever joined while a series came was
// refused for as long as rows of before were in his window.
func TestDecoder_TakesRowsOfAnEarlierRevision(t *testing.T) {
	d := newDecoder()
	for _, text := range []string{
		`{"type":"schema","rev":5,"series":[{"id":0,"name":"cpu.usage","unit":"percent","kind":"gauge","quantum":0.125},{"id":1,"name":"cpu.busiest","unit":"percent","kind":"gauge","quantum":0.125}]}`,
		`{"type":"history","rev":4,"seq":[7,8],"t":[1795187078000,1795187079000],"columns":[[0,112,[1]]]}`,
		`{"type":"frame","rev":4,"seq":9,"t":1795187080000,"d":[1,111]}`,
	} {
		if err := d.take([]byte(text)); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if len(d.rows) != 3 || d.rows[2].commit.Row.Seq != 9 || d.rows[2].commit.Row.Q[0] != 111 {
		t.Errorf("%+v", d.rows)
	}
	if err := d.take([]byte(`{"type":"frame","rev":6,"seq":10,"t":1795187081000,"d":[]}`)); err == nil {
		t.Error("a row of a schema that was never sent was taken")
	}
}
