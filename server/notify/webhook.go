package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"dashcam/collectors/alert"
)

// webhook posts JSON to an address.
type webhook struct {
	to     *url.URL
	client *httpClient
}

// webhookBody is what a webhook gets. Fields are added, not changed.
type webhookBody struct {
	Version int              `json:"version"`
	ID      string           `json:"id"`
	Kind    alert.NoticeKind `json:"kind"`
	Status  string           `json:"status"`
	Level   alert.Level      `json:"level,omitempty"`
	AtMs    int64            `json:"atMs"`
	Host    string           `json:"host"`
	Alerts  []alert.Alert    `json:"alerts"`
	Verdict string           `json:"verdict"`
	Subject string           `json:"subject"`
	Text    string           `json:"text"`
	Link    string           `json:"link"`
	// MaybeTwice says that the answer to an earlier attempt was lost.
	MaybeTwice bool `json:"maybeTwice,omitempty"`
}

func (w *webhook) Send(ctx context.Context, m *Message) error {
	b := webhookBody{
		Version: 1, ID: m.ID, Kind: m.Kind, Status: m.Status(), Level: m.Level, AtMs: m.AtMs, Host: m.Host, Alerts: m.Alerts,
		Verdict: m.Verdict, Subject: m.Subject, Text: m.Text(), Link: m.Link, MaybeTwice: m.MaybeTwice,
	}
	if b.Alerts == nil {
		b.Alerts = []alert.Alert{}
	}
	body, err := json.Marshal(&b)
	if err != nil {
		return &SendError{Text: "the message has a value that JSON has not", Refused: true}
	}
	return w.client.do(ctx, http.MethodPost, w.to, http.Header{
		"Content-Type": {"application/json"},
		// Who takes a message twice can know it by this.
		"Idempotency-Key": {m.ID},
	}, body)
}
