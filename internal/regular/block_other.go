//go:build !unix

package regular

const dontBlock = 0
