package wire

import (
	"strconv"

	"dashcam/collectors"
)

// AppendTable appends the table message that leads from base to data, or the full one
// when base is nil. A row that is new names its cells that have a value; a known row
// only those that changed; a row without a change is not named at all. Both are
// observations of one table, their keys unique.
func AppendTable(dst []byte, data, base *collectors.TableData) []byte {
	dst = append(dst, `{"type":"table","table":`...)
	dst = appendString(dst, data.Table.Name)
	dst = append(dst, `,"seq":`...)
	dst = strconv.AppendUint(dst, data.Seq, 10)
	dst = append(dst, `,"t":`...)
	dst = strconv.AppendInt(dst, data.T, 10)
	dst = append(dst, `,"base":`...)
	if base == nil {
		dst = append(dst, '0')
	} else {
		dst = strconv.AppendUint(dst, base.Seq, 10)
	}
	dst = append(dst, `,"cols":[`...)
	for i := range data.Table.Columns {
		dst = appendString(dst, data.Table.Columns[i].Name)
		dst = append(dst, ',')
	}
	dst = endList(dst)
	dst = append(dst, `,"rows":[`...)
	if base == nil {
		for i := range data.Rows {
			dst = appendRow(dst, data.Table, &data.Rows[i], nil)
		}
		dst = endList(dst)
	} else {
		dst = appendRowsAndGone(dst, data, base)
	}
	if data.Partial != "" {
		dst = append(dst, `,"partial":`...)
		dst = appendString(dst, data.Partial)
	}
	return append(dst, '}')
}

// AppendOthers adds one member to the table message at the end of dst, where data is what
// is remembered of an observation: "others", the rows that were left out and their sums in
// quanta.
func AppendOthers(dst []byte, data *collectors.TableData) []byte {
	if data.Others == 0 {
		return dst
	}
	dst = append(dst[:len(dst)-1], `,"others":{"count":`...)
	dst = strconv.AppendInt(dst, int64(data.Others), 10)
	dst = append(dst, `,"sums":{`...)
	some := false
	for i, sum := range data.OthersSums {
		if sum == collectors.Missing || i >= len(data.Table.Columns) {
			continue
		}
		if some {
			dst = append(dst, ',')
		}
		some = true
		dst = append(appendString(dst, data.Table.Columns[i].Name), ':')
		dst = strconv.AppendInt(dst, sum, 10)
	}
	return append(dst, "}}}"...)
}

func appendRowsAndGone(dst []byte, data, base *collectors.TableData) []byte {
	at := make(map[string]int, len(base.Rows))
	for i := range base.Rows {
		at[base.Rows[i].Key] = i
	}
	kept := make([]bool, len(base.Rows))
	for i := range data.Rows {
		row := &data.Rows[i]
		j, ok := at[row.Key]
		if !ok {
			dst = appendRow(dst, data.Table, row, nil)
			continue
		}
		kept[j] = true
		dst = appendRow(dst, data.Table, row, &base.Rows[j])
	}
	dst = endList(dst)
	found := false
	for i := range base.Rows {
		if kept[i] {
			continue
		}
		if !found {
			dst = append(dst, `,"gone":[`...)
			found = true
		}
		dst = appendString(dst, base.Rows[i].Key)
		dst = append(dst, ',')
	}
	if found {
		dst = endList(dst)
	}
	return dst
}

// appendRow appends "[key,{column:value,…}]," with the cells that differ from old; a
// new row differs from one where every number is missing and every text empty.
func appendRow(dst []byte, t *collectors.Table, row, old *collectors.TableRow) []byte {
	start := len(dst)
	dst = append(dst, '[')
	dst = appendString(dst, row.Key)
	dst = append(dst, `,{`...)
	first := len(dst)
	for i := range t.Columns {
		cell, was := row.Cells[i], collectors.Cell{Q: collectors.Missing}
		if old != nil {
			was = old.Cells[i]
		}
		text := t.Columns[i].Kind == collectors.ColumnText
		if text && cell.Text == was.Text || !text && cell.Q == was.Q {
			continue
		}
		dst = appendString(dst, t.Columns[i].Name)
		dst = append(dst, ':')
		if text {
			dst = appendString(dst, cell.Text)
		} else {
			dst = appendQuanta(dst, cell.Q)
		}
		dst = append(dst, ',')
	}
	if len(dst) == first {
		if old != nil {
			return dst[:start]
		}
	} else {
		dst = dst[:len(dst)-1] // the last comma
	}
	return append(dst, "}],"...)
}
