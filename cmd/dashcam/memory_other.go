//go:build !linux

package main

func unmapProgram() error { return nil }
