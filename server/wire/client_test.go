package wire

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseClient_Understands(t *testing.T) {
	cases := map[string]struct {
		text string
		want any
	}{
		"subscribe since":          {`{"type":"subscribe","topics":["metrics","processes"],"since":{"instance":"01J","seq":789}}`, Subscribe{Type: "subscribe", Topics: []string{"metrics", "processes"}, Since: &Since{Instance: "01J", Seq: 789}}},
		"subscribe window":         {`{"type":"subscribe","topics":["metrics"],"window":600}`, Subscribe{Type: "subscribe", Topics: []string{"metrics"}, Window: 600}},
		"a wide window is cut":     {`{"type":"subscribe","topics":["metrics"],"window":86400}`, Subscribe{Type: "subscribe", Topics: []string{"metrics"}, Window: 3600}},
		"null is absent":           {`{"type":"subscribe","topics":["metrics"],"window":null,"since":null}`, Subscribe{Type: "subscribe", Topics: []string{"metrics"}}},
		"since with a rest":        {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a","seq":9,"rest":{"from":2,"to":9}}}`, Subscribe{Type: "subscribe", Topics: []string{"metrics"}, Since: &Since{"a", 9, &PartialRows{2, 9}}}},
		"in parts":                 {`{"type":"subscribe","topics":["metrics"],"window":300,"parts":true}`, Subscribe{Type: "subscribe", Topics: []string{"metrics"}, Window: 300, Parts: true}},
		"unsubscribe":              {`{"type":"unsubscribe","topics":["processes"]}`, Unsubscribe{"unsubscribe", []string{"processes"}}},
		"ping":                     {` {"t":1.5,"id":7,"type":"ping"} `, Ping{"ping", 7, 1.5}},
		"unknown fields":           {`{"type":"ping","id":-7,"t":1e3,"mood":{"a":[1,2]}}`, Ping{"ping", -7, 1000}},
		"unknown type":             {`{"type":"dance","topics":5}`, nil},
		"names are case-exact":     {`{"type":"ping","id":1,"t":2,"ID":"x","Type":"subscribe"}`, Ping{"ping", 1, 2}},
		"the largest seq":          {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a","seq":9007199254740992}}`, Subscribe{Type: "subscribe", Topics: []string{"metrics"}, Since: &Since{Instance: "a", Seq: 1 << 53}}},
		"as many topics as may":    {`{"type":"unsubscribe","topics":["` + strings.Repeat(`a","`, MaxTopics-1) + `a"]}`, Unsubscribe{"unsubscribe", strings.Split(strings.Repeat("a", MaxTopics), "")}},
		"as long a topic as may":   {`{"type":"unsubscribe","topics":["` + strings.Repeat("a", MaxTopicLen) + `"]}`, Unsubscribe{"unsubscribe", []string{strings.Repeat("a", MaxTopicLen)}}},
		"a message as long as may": {`{"type":"dance"` + strings.Repeat(" ", MaxInbound-16) + `}`, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := ParseClient([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseClient_SaysWhatIsWrong(t *testing.T) {
	cases := map[string]struct {
		text, want string
		code       int
	}{
		"too long":        {strings.Repeat(" ", MaxInbound+1), "message of 4097 bytes: expected at most 4096", CloseTooBig},
		"not UTF-8":       {"{\"type\":\"\xff\"}", "message is not UTF-8: expected JSON text in UTF-8", CloseProtocol},
		"nothing":         {"", `message "" is not a JSON object: expected one object with a type`, CloseProtocol},
		"not JSON":        {"hello", `message "hello" is not a JSON object: expected one object with a type`, CloseProtocol},
		"null":            {"null", `message "null" is not a JSON object: expected one object with a type`, CloseProtocol},
		"a list":          {"[]", `message "[]" is not a JSON object: expected one object with a type`, CloseProtocol},
		"two objects":     {"{}{}", `message "{}{}" is not a JSON object: expected one object with a type`, CloseProtocol},
		"no type":         {"{}", "type is missing: expected a string", CloseProtocol},
		"null type":       {`{"type":null}`, `type is "null": expected a string`, CloseProtocol},
		"no topics":       {`{"type":"subscribe"}`, "topics is missing: expected 1 to 16 names of 1 to 64 bytes", CloseProtocol},
		"empty topics":    {`{"type":"subscribe","topics":[]}`, `topics is "[]": expected 1 to 16 names of 1 to 64 bytes`, CloseProtocol},
		"number as topic": {`{"type":"subscribe","topics":[1]}`, `topics is "[1]": expected 1 to 16 names of 1 to 64 bytes`, CloseProtocol},
		"null as topic":   {`{"type":"subscribe","topics":[null]}`, `topics is "[null]": expected 1 to 16 names of 1 to 64 bytes`, CloseProtocol},
		"empty topic":     {`{"type":"unsubscribe","topics":[""]}`, `topics is "[\"\"]": expected 1 to 16 names of 1 to 64 bytes`, CloseProtocol},
		"long topic":      {`{"type":"unsubscribe","topics":["` + strings.Repeat("a", 65) + `"]}`, `topics is "[\"` + strings.Repeat("a", 62) + `"…: expected 1 to 16 names of 1 to 64 bytes`, CloseProtocol},
		"many topics":     {`{"type":"unsubscribe","topics":["a"` + strings.Repeat(`,"a"`, 16) + `]}`, `topics is "[\"a\"` + strings.Repeat(`,\"a\"`, 15) + `"…: expected 1 to 16 names of 1 to 64 bytes`, CloseProtocol},
		"negative window": {`{"type":"subscribe","topics":["metrics"],"window":-1}`, `window is "-1": expected an integer from 0 to 9007199254740992`, CloseProtocol},
		"broken window":   {`{"type":"subscribe","topics":["metrics"],"window":1.5}`, `window is "1.5": expected an integer from 0 to 9007199254740992`, CloseProtocol},
		"text window":     {`{"type":"subscribe","topics":["metrics"],"window":"all"}`, `window is "\"all\"": expected an integer from 0 to 9007199254740992`, CloseProtocol},
		"parts by number": {`{"type":"subscribe","topics":["metrics"],"parts":1}`, `parts is "1": expected true or false`, CloseProtocol},
		"flat since":      {`{"type":"subscribe","topics":["metrics"],"since":789}`, `since is "789": expected an object with instance and seq`, CloseProtocol},
		"since nobody":    {`{"type":"subscribe","topics":["metrics"],"since":{"seq":1}}`, "since.instance is missing: expected a string of 1 to 64 bytes", CloseProtocol},
		"since nothing":   {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a"}}`, "since.seq is missing: expected an integer from 0 to 9007199254740992", CloseProtocol},
		"since before 0":  {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a","seq":-1}}`, `since.seq is "-1": expected an integer from 0 to 9007199254740992`, CloseProtocol},
		"huge seq":        {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a","seq":1e300}}`, `since.seq is "1e300": expected an integer from 0 to 9007199254740992`, CloseProtocol},
		"long instance":   {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"` + strings.Repeat("a", 65) + `","seq":1}}`, `since.instance is "\"` + strings.Repeat("a", 63) + `"…: expected a string of 1 to 64 bytes`, CloseProtocol},
		"rest of nothing": {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a","seq":9,"rest":[]}}`, `since.rest is "[]": expected the first and the last of at most 3600 rows up to seq`, CloseProtocol},
		"rest to come":    {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a","seq":9,"rest":{"from":2,"to":10}}}`, `since.rest is "{\"from\":2,\"to\":10}": expected the first and the last of at most 3600 rows up to seq`, CloseProtocol},
		"rest backwards":  {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a","seq":9,"rest":{"from":3,"to":2}}}`, `since.rest is "{\"from\":3,\"to\":2}": expected the first and the last of at most 3600 rows up to seq`, CloseProtocol},
		"a wide rest":     {`{"type":"subscribe","topics":["metrics"],"since":{"instance":"a","seq":9999,"rest":{"from":1,"to":3601}}}`, `since.rest is "{\"from\":1,\"to\":3601}": expected the first and the last of at most 3600 rows up to seq`, CloseProtocol},
		"ping without id": {`{"type":"ping","t":1}`, "id is missing: expected an integer from -9007199254740992 to 9007199254740992", CloseProtocol},
		"endless ping":    {`{"type":"ping","id":1,"t":1e999}`, `t is "1e999": expected a number`, CloseProtocol},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := ParseClient([]byte(c.text))
			var bad *ClientError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, %v, want an error", got, err)
			}
			if got != nil || bad.Error() != c.want || bad.Code != c.code {
				t.Errorf("got %v, %d %s\nwant %d %s", got, bad.Code, bad, c.code, c.want)
			}
		})
	}
}

func FuzzParseClient(f *testing.F) {
	for _, seed := range []string{
		`{"type":"subscribe","topics":["metrics","processes"],"since":{"instance":"01J","seq":789},"window":600}`,
		`{"type":"unsubscribe","topics":["processes"]}`, `{"type":"ping","id":7,"t":1.5}`, `{"type":"x"}`, `[]`, "{\"type\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseClient(data)
		var bad *ClientError
		if err != nil && (got != nil || !errors.As(err, &bad) || !utf8.ValidString(bad.Error()) || len(bad.Error()) > 1000) {
			t.Fatalf("got %v with error %v", got, err)
		}
		switch m := got.(type) {
		case Subscribe:
			checkTopics(t, m.Topics)
			if m.Window < 0 || m.Window > MaxReach || m.Since != nil && (m.Since.Instance == "" || len(m.Since.Instance) > MaxInstanceLen || m.Since.Seq > maxSafe) {
				t.Fatalf("out of bounds: %+v", m)
			}
		case Unsubscribe:
			checkTopics(t, m.Topics)
		case Ping, nil:
		default:
			t.Fatalf("unexpected %T", got)
		}
	})
}

func checkTopics(t *testing.T, topics []string) {
	t.Helper()
	if len(topics) == 0 || len(topics) > MaxTopics {
		t.Fatalf("%d topics", len(topics))
	}
	for _, topic := range topics {
		if topic == "" || len(topic) > MaxTopicLen {
			t.Fatalf("topic of %d bytes", len(topic))
		}
	}
}
