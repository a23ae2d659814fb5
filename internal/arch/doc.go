// Package arch holds no code, only the tests of the rules every package obeys:
// who may import whom, and the limits of the house.
package arch
