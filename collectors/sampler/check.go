package sampler

import (
	"errors"
	"fmt"
	"slices"

	"dashcam/collectors"
)

// check holds the collectors of one sampler against each other.
type check struct {
	names    map[string]bool
	families map[string]*collectors.Family
}

// newCheck knows the families that the catalog and the signs fill.
func newCheck() *check {
	c := &check{names: make(map[string]bool), families: make(map[string]*collectors.Family)}
	for _, f := range collectors.Families() {
		c.families[f.Name] = f
	}
	return c
}

// add reports the first mistake in a description. A series is known by the name of
// its family, so that two families of one name would change it back and forth.
func (c *check) add(d *collectors.Description) error {
	if d.Name == "" {
		return errors.New("a collector has no name")
	}
	if c.names[d.Name] {
		return fmt.Errorf("two collectors are called %q", d.Name)
	}
	c.names[d.Name] = true
	for _, f := range d.Families {
		if f == nil {
			return fmt.Errorf("collector %s: a family is nil", d.Name)
		}
		if err := f.Validate(); err != nil {
			return fmt.Errorf("collector %s: %w", d.Name, err)
		}
		if other := c.families[f.Name]; other != nil && other != f {
			return fmt.Errorf("collector %s: another family is called %s", d.Name, f.Name)
		}
		c.families[f.Name] = f
	}
	return nil
}

// describe calls c.Describe, which is not ours to trust.
func describe(c collectors.Collector) (d collectors.Description, err error) {
	if c == nil {
		return d, errors.New("a collector is nil")
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("describe %T: panic: %v", c, v)
		}
	}()
	return c.Describe(), nil
}

// describeAll returns the descriptions of the collectors that have one; [New] says
// what is wrong with the others.
func describeAll(cs []collectors.Collector) []collectors.Description {
	out := make([]collectors.Description, 0, len(cs))
	for _, c := range cs {
		if d, err := describe(c); err == nil {
			out = append(out, d)
		}
	}
	return out
}

// Tables returns the tables that the given collectors fill.
func Tables(cs []collectors.Collector) []*collectors.Table {
	var out []*collectors.Table
	for _, d := range describeAll(cs) {
		out = append(out, d.Tables...)
	}
	return out
}

// Panels returns the panels that the given collectors bring with them: those they
// declare, and a plain one for every family that no panel shows. States and moments are
// no curves.
func Panels(catalog []collectors.Panel, cs []collectors.Collector) []collectors.Panel {
	descriptions := describeAll(cs)
	shown := make(map[string]bool)
	out := slices.Clone(catalog)
	for _, d := range descriptions {
		out = append(out, d.Panels...)
	}
	for _, p := range out {
		for _, f := range p.Families {
			shown[f] = true
		}
	}
	for _, f := range collectors.Families() {
		shown[f.Name] = true // the catalog decides whether it has a panel
	}
	for _, d := range descriptions {
		for _, f := range d.Families {
			if f == nil || shown[f.Name] || f.Kind == collectors.KindState || f.Unit == collectors.Timestamp {
				continue
			}
			shown[f.Name] = true
			out = append(out, collectors.Panel{ID: f.Name, Title: f.Name, Subtitle: f.Help, Section: d.Name, Families: []string{f.Name}, Scale: collectors.ScaleFree})
		}
	}
	return out
}
