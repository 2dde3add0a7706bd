package notify

import (
	"context"
	"math"
	"strings"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

const (
	sparkSpan  = 15 * time.Minute
	sparkCells = 30
)

// blocks draw a value from small to large.
var blocks = []rune("▁▂▃▄▅▆▇█")

// spark draws values from 0 to top, and what is missing as a gap.
func spark(values []float64, top float64) string {
	var b strings.Builder
	for _, v := range values {
		if math.IsNaN(v) {
			b.WriteByte(' ')
			continue
		}
		i := 0
		if top > 0 {
			i = min(max(int(v/top*float64(len(blocks))), 0), len(blocks)-1)
		}
		b.WriteRune(blocks[i])
	}
	return b.String()
}

// trend draws the last 15 minutes of the series that an alert is about: "disk ▁▁▂█". It is
// empty where nothing is known.
func trend(ctx context.Context, source collectors.Source, a *alert.Alert, resource string, at int64) (string, error) {
	name, picks := trendOf(a, resource)
	if picks == nil {
		return "", nil
	}
	step := sparkSpan.Milliseconds() / sparkCells
	from := at - sparkSpan.Milliseconds()
	b, err := source.Buckets(ctx, collectors.Query{
		Window: collectors.Window{From: from, To: at + 1}, Match: collectors.MatcherOf(picks), Points: sparkCells * 2,
	})
	if err != nil {
		return "", err
	}
	values := make([]float64, sparkCells)
	for i := range values {
		values[i] = math.NaN()
	}
	var family *collectors.Family
	top := 0.0
	for s, err := range b.Series {
		if err != nil {
			return "", err
		}
		if family == nil {
			family = s.Family
		}
		if s.Family != family {
			continue // the first of them is as good
		}
		for i, q := range s.Max {
			cell := int((b.T[i] - from) / step)
			if s.N[i] == 0 || cell < 0 || cell >= sparkCells {
				continue
			}
			v := family.Value(q)
			if math.IsNaN(values[cell]) || v > values[cell] {
				values[cell] = v
			}
			top = max(top, v)
		}
	}
	if family == nil {
		return "", nil
	}
	if family.Unit == collectors.Percent {
		top = 100
	}
	return name + " " + strings.TrimLeft(spark(values, top), " "), nil
}

// trendOf says which series shows best how an alert came about.
func trendOf(a *alert.Alert, resource string) (name string, picks func(*collectors.Series) bool) {
	if mount := a.Labels["mount"]; mount != "" {
		kind := "filesystem"
		if strings.Contains(a.Rule, "inodes") {
			kind = "inodes"
		}
		return clean(mount, 24), func(s *collectors.Series) bool {
			return s.Family.Name == collectors.LimitUsed.Name && s.Label("kind") == kind && s.Label("name") == mount
		}
	}
	kind, _, _ := strings.Cut(a.Rule, "-")
	of := map[string]string{"memory": "memory", "oom": "memory", "swap": "memory", "cpu": "cpu", "io": "disk", "disk": "disk", "filesystem": "disk", "link": "network", "listen": "network"}[kind]
	if of == "" {
		of = resource
	}
	families := map[string][]*collectors.Family{
		"cpu": {collectors.UseCPU}, "memory": {collectors.UseMemory}, "network": {collectors.UseNetwork, collectors.UseNetworkRate}, "disk": {collectors.UseDisk, collectors.UseDiskRate},
	}[of]
	if families == nil {
		return "", nil
	}
	return of, func(s *collectors.Series) bool {
		for _, f := range families {
			if s.Family.Name == f.Name {
				return true
			}
		}
		return false
	}
}
