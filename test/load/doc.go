// Package load holds the benchmarks: each figure is a ratio to a floor measured
// in the same run, so that it means the same on any machine. Run them with
// make bench; docs/performance.md holds the figures.
package load
