// Package view writes results for people and for later steps: outputs, text for a terminal, and Markdown for job summaries.
//
// It is pure: it touches values alone. Untrusted text in what it returns has no meaning to a terminal, Markdown or HTML.
package view
