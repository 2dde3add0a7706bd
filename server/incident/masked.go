package incident

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"dashcam/collectors"
)

// source is another one whose names are replaced. What is made of it, verdicts and what
// changed, has the words and never saw the names.
type source struct {
	collectors.Source
	*names
}

// scan reads all names of a stretch of time.
func scan(ctx context.Context, from collectors.Source, w collectors.Window, mask Mask) (*source, error) {
	s := &source{from, &names{mask: mask}}
	host := from.Info()
	s.add(MaskHosts, host.Hostname)
	if short, _, cut := strings.Cut(host.Hostname, "."); cut {
		s.alias(MaskHosts, short, host.Hostname)
	}
	schema, err := from.Schema(ctx, w)
	if err != nil {
		return nil, err
	}
	for i := range schema.Series {
		s.scanSeries(&schema.Series[i])
	}
	for _, t := range []*collectors.Table{collectors.Services, collectors.Processes} {
		for d, err := range from.Tables(ctx, t.Name, w) {
			if err != nil {
				return nil, err
			}
			for i := range d.Rows {
				s.scanRow(d.Table, &d.Rows[i])
			}
		}
	}
	for e, err := range from.Events(ctx, w) {
		if err != nil {
			return nil, err
		}
		s.scanEvent(&e)
	}
	return s, nil
}

func (s *source) scanSeries(x *collectors.Series) {
	for _, name := range x.Family.Labels {
		if value := x.Label(name); name == serviceLabel {
			s.service(value)
		} else {
			s.find(value)
		}
	}
	for _, value := range x.Info {
		s.find(value)
	}
}

// serviceLabel is the label of families that are about a service.
const serviceLabel = "service"

func (s *source) scanRow(t *collectors.Table, row *collectors.TableRow) {
	text := func(column string) string {
		if i := t.Column(column); i >= 0 && i < len(row.Cells) {
			return row.Cells[i].Text
		}
		return ""
	}
	group := text("cgroup")
	switch t.Name {
	case collectors.Processes.Name:
		s.add(MaskProcesses, text("name"))
		s.add(MaskUsers, text("user"))
		s.find(text("command"))
	case collectors.Services.Name:
		base, _ := unit(text("name"))
		s.service(text("name"))
		s.add(MaskServices, text("image"))
		// A container's group is its id: whoever has one knows the other.
		last, _ := unit(group[strings.LastIndexByte(group, '/')+1:])
		if base != unaccounted && !shared.MatchString(last) {
			s.alias(MaskServices, strings.TrimSuffix(last, "…"), base)
		}
	}
	if s.mask&MaskServices != 0 {
		s.group(group)
	}
}

func (s *source) scanEvent(e *collectors.Event) {
	s.service(e.About.Service)
	switch e.About.Kind {
	case "process":
		s.add(MaskProcesses, e.About.Name)
	case "service":
		s.service(e.About.Name)
	}
	s.find(e.Text)
	s.find(e.About.Name)
	if e.Kind == collectors.EventMark {
		s.add(MaskMarks, e.Text)
	}
}

// Info says which host it is, or only what kind of host.
func (s *source) Info() collectors.Host {
	host := s.Source.Info()
	host.Hostname = s.name(MaskHosts, host.Hostname)
	if s.mask&MaskHosts != 0 {
		host.ID = strings.Repeat("0", len(host.ID))
	}
	return host
}

// Schema has other labels.
func (s *source) Schema(ctx context.Context, w collectors.Window) (*collectors.Schema, error) {
	schema, err := s.Source.Schema(ctx, w)
	if err != nil || s.mask == 0 {
		return schema, err
	}
	out := *schema
	out.Series = slices.Clone(schema.Series)
	for i := range out.Series {
		x := &out.Series[i]
		labels := x.Labels.List(len(x.Family.Labels))
		for k, name := range x.Family.Labels {
			if name == serviceLabel {
				labels[k] = s.service(labels[k])
			} else {
				labels[k] = s.text(labels[k])
			}
		}
		x.Labels = collectors.LabelsOf(labels...)
		if len(x.Info) > 0 {
			x.Info = maps.Clone(x.Info)
			for name, value := range x.Info {
				x.Info[name] = s.text(value)
			}
		}
	}
	return &out, nil
}

// Tables have other texts.
func (s *source) Tables(ctx context.Context, name string, w collectors.Window) iter.Seq2[*collectors.TableData, error] {
	return func(yield func(*collectors.TableData, error) bool) {
		for d, err := range s.Source.Tables(ctx, name, w) {
			if err == nil && s.mask != 0 {
				d = s.table(d)
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

func (s *source) table(d *collectors.TableData) *collectors.TableData {
	out := *d
	out.Partial = s.text(d.Partial)
	out.Rows = make([]collectors.TableRow, len(d.Rows))
	for i := range d.Rows {
		cells := slices.Clone(d.Rows[i].Cells)
		for k := range cells {
			if k < len(d.Table.Columns) && d.Table.Columns[k].Kind == collectors.ColumnText {
				cells[k].Text = s.cell(d.Table.Name, d.Table.Columns[k].Name, cells[k].Text)
			}
		}
		out.Rows[i] = collectors.TableRow{Key: s.text(d.Rows[i].Key), Cells: cells}
	}
	return &out
}

func (s *source) cell(table, column, text string) string {
	processes := table == collectors.Processes.Name
	switch column {
	case "name":
		if processes {
			return s.name(MaskProcesses, text)
		}
		return s.service(text)
	case "user":
		return s.name(MaskUsers, text)
	case "image":
		return s.name(MaskServices, text)
	case "cgroup", "parent":
		return s.group(text)
	case "command":
		if s.mask&MaskProcesses != 0 && text != "" {
			return "…"
		}
	case "state", "kind":
		return text
	}
	return s.text(text)
}

// Events have other texts.
func (s *source) Events(ctx context.Context, w collectors.Window) iter.Seq2[collectors.Event, error] {
	return func(yield func(collectors.Event, error) bool) {
		for e, err := range s.Source.Events(ctx, w) {
			if err == nil && s.mask != 0 {
				e = s.event(e)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (s *source) event(e collectors.Event) collectors.Event {
	if e.Kind == collectors.EventMark {
		e.Text = s.name(MaskMarks, e.Text)
	}
	e.Text = s.text(e.Text)
	e.About.Service = s.service(e.About.Service)
	switch e.About.Kind {
	case "process":
		e.About.Name = s.name(MaskProcesses, e.About.Name)
	case "service":
		e.About.Name = s.service(e.About.Name)
	default:
		e.About.Name = s.text(e.About.Name)
	}
	return e
}
