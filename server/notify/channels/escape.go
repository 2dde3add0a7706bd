package channels

import "strings"

var (
	slackEscapes    = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	discordEscapes  = strings.NewReplacer("@", "@\u200b", "<", "<\u200b", "`", "'", "*", `\*`, "_", `\_`, "~", `\~`, "|", `\|`, "[", `\[`)
	markdownEscapes = strings.NewReplacer("*", `\*`, "_", `\_`, "`", "'", "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "#", `\#`)
)

// slackText escapes what Slack takes for links and mentions, as its documentation says.
func slackText(s string) string { return slackEscapes.Replace(s) }

// discordText keeps @everyone and <@id> from being mentions, and names from being markup.
func discordText(s string) string { return outsideLinks(s, discordEscapes) }

// markdownText escapes what Markdown takes for markup.
func markdownText(s string) string { return outsideLinks(s, markdownEscapes) }

// outsideLinks escapes all but the links that messages hold, which end at a blank.
func outsideLinks(s string, escapes *strings.Replacer) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		words := strings.Split(line, " ")
		for i, word := range words {
			if i > 0 {
				b.WriteByte(' ')
			}
			if ours := len(words) == 1 || i == len(words)-1 && strings.HasPrefix(line, "silence "); ours && (strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://")) {
				b.WriteString(word)
				continue
			}
			b.WriteString(escapes.Replace(word))
		}
	}
	return b.String()
}
