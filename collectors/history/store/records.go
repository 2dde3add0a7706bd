package store

// The kinds of records on the store. Those with * are JSON, those with + lines.
const (
	recordInstance   = 'I' // * an instance began: instanceRecord
	recordEnd        = 'E' // * an instance ended by itself: endRecord
	recordCatalog    = 'C' // + series and tables, new ones or all
	recordBlock      = 'B' // a sealed block
	recordGap        = 'G' // * rows that could not be written: gapRecord
	recordEvent      = 'V' // * collectors.Event
	recordRow        = 'R' // a row of the open block, as the difference to the one before
	recordGrowth     = 'P' // what was added to the open block of a table
	recordTableBlock = 'T' // a sealed block of a table
	recordSums       = 'S' // the summaries of every series over the blocks of a segment
	recordSumsDir    = 'D' // where in recordSums those of each series are
	recordIndex      = 'X' // + indexRecord, at the end of a finished file
)

// The kinds of files, and how their names end.
const (
	fileBlocks = 'b'
	fileTables = 't'
	fileWAL    = 'o'

	extBlocks = ".seg"
	extTables = ".tab"
	extWAL    = ".open"
)
